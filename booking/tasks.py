"""Background work of the business, each task in its tenant's schema."""

from booking.imports.running import work_on
from booking.services.deposits.errands import KIND
from booking.services.deposits.holding import look_after
from booking.services.news import take_back_news_at
from saas.core.clock import now
from tenants.services import errands
from tenants.tasks import find_tenant, public_task, tenant_task
from workflows.services.opt_outs import tenants_that_wrote_to

AT_MOST = 500
"""How many tenants one sweep wakes."""


@tenant_task
def import_customers(tenant_id: int, run_id: int) -> None:
    """The present step of the import is done; a long one goes on in a task of its own. Again does nothing."""
    tenant = find_tenant(tenant_id)
    if tenant and work_on(tenant, run_id, now()):
        import_customers.delay(tenant_id, run_id)


@tenant_task
def take_back_news(tenant_id: int, channel: str, address: str) -> None:
    """Whoever that reaches has no news from this business any more. Again does nothing."""
    tenant = find_tenant(tenant_id)
    if tenant:
        take_back_news_at(tenant, channel, address, now=now())


@public_task
def take_back_news_everywhere(channel: str, address: str) -> None:
    """The same for each business that has written there: they said it to a number that all share."""
    for tenant_id in tenants_that_wrote_to(channel, address):
        take_back_news.enqueue_for(tenant_id, tenant_id, channel, address)  # type: ignore[attr-defined]


@tenant_task
def look_after_deposits(tenant_id: int) -> None:
    """What is due about the tenant's deposits is done; again does nothing more."""
    tenant = find_tenant(tenant_id)
    if tenant:
        look_after(tenant, now())


@public_task
def sweep_deposits() -> None:
    """Every tenant whose deposits have to be looked after is, each in a task of its own."""
    for tenant_id in errands.claim(KIND, now(), AT_MOST):
        look_after_deposits.enqueue_for(tenant_id, tenant_id)  # type: ignore[attr-defined]
