"""Background work of the business, each task in its tenant's schema."""

from booking.imports.running import work_on
from saas.core.clock import now
from tenants.tasks import find_tenant, tenant_task


@tenant_task
def import_customers(tenant_id: int, run_id: int) -> None:
    """The present step of the import is done; a long one goes on in a task of its own. Again does nothing."""
    tenant = find_tenant(tenant_id)
    if tenant and work_on(tenant, run_id, now()):
        import_customers.delay(tenant_id, run_id)
