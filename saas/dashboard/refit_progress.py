"""How far the tenants of a changed plan are adjusted, for the Plans page."""

from plans.models import Plan
from tenants.models import PlanRefit


def with_refits(plans: list[Plan]) -> None:
    """Give each plan `refit`: its work that is going on, or the last one if that left tenants over. One query."""
    latest = PlanRefit.objects.filter(plan__in=plans).order_by("plan_id", "-started_at", "-pk")
    found = {work.plan_id: work for work in latest.distinct("plan_id")}
    for plan in plans:
        work = found.get(plan.pk)
        is_told = work is not None and (work.finished_at is None or work.failed)
        plan.refit = work if is_told else None  # type: ignore[attr-defined]
