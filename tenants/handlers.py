"""What tenants make of the news from below."""

from saas.core.clock import now
from saas.core.events import on
from tenants.plan_tasks import refit_plan
from tenants.services.refits import start_refit


@on("plan.saved")
def fit_tenants(plan_id: int, *, terms_changed: bool = True) -> None:
    """Everybody on a plan with other limits or capabilities than before is made to fit it, by the worker."""
    if terms_changed and (work := start_refit(plan_id, now())):
        refit_plan.delay(work.pk)
