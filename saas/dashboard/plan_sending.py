"""What the Plans page tells of a plan and the gateways that renew: sent or not, and who pays an older price."""

from billing.services import plan_standing, repricing
from plans.models import Plan


def with_sendings(plans: list[Plan]) -> None:
    """Give each plan `sendings` (a word for each gateway) and `left_behind` (subscriptions at another price).

    Three queries, however many plans.
    """
    standings = plan_standing.standings(plans)
    behind = repricing.counts_left_behind([plan.pk for plan in plans])
    for plan in plans:
        plan.sendings = standings[plan.pk]  # type: ignore[attr-defined]
        plan.is_on_its_way = any(one.is_moving for one in standings[plan.pk])  # type: ignore[attr-defined]
        plan.left_behind = behind.get(plan.pk, 0)  # type: ignore[attr-defined]
