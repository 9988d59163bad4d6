"""From a host name to its tenant, in one query that is written once.

Asked on every request of every tenant, so the statement and the columns are put together once per process
rather than by the ORM each time: that alone was a fifth of a page.
"""

from plans.models import Plan, PlatformSettings
from saas.core.rows import Columns, fetch
from tenants.models import Tenant

COLUMNS = Columns(tenant=Tenant, plan=Plan, platform=PlatformSettings)
FOUND = """
SELECT {columns} FROM tenants_domain AS domain
JOIN tenants_tenant AS tenant ON tenant.id = domain.tenant_id
JOIN plans_plan AS plan ON plan.id = tenant.plan_id
LEFT JOIN plans_platformsettings AS platform ON true
WHERE domain.domain = %s
"""


def find_tenant(host: str) -> Tenant | None:
    """The tenant that answers on `host` (lower case, no port), with its plan and `platform_settings`.

    None when there is none. Plan and settings come along, so a change of either is in force at once.
    """
    rows = fetch(FOUND.format(columns=COLUMNS.text), [host])
    if not rows:
        return None
    tenant: Tenant
    tenant, plan, platform = COLUMNS.read(rows[0])
    tenant.plan = plan
    tenant.platform_settings = platform or PlatformSettings()
    return tenant
