"""Plans as the cards of a price list show them."""

from typing import Any

from django.utils.translation import pgettext

from plans.entitlements import UNLIMITED, Entitlements
from plans.models import Plan
from plans.registry import registry


class Shelf:
    """A plan that nobody has yet, as a holder of its own entitlements."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan


def plan_card(plan: Plan) -> dict[str, Any]:
    """What `ui/plan_card.html` draws: the plan, and (label, text) for each limit whose feature it has."""
    entitlements = Entitlements(Shelf(plan))
    limits = [
        (limit.label, ceiling_text(entitlements.ceiling(limit.key)))
        for limit in registry.limits.values()
        if not limit.capability or entitlements.can(limit.capability)
    ]
    return {"plan": plan, "limits": limits}


def ceiling_text(ceiling: int) -> str:
    return pgettext("limit", "Unlimited") if ceiling == UNLIMITED else str(ceiling)


def common_discount(plans: list[Plan]) -> str:
    """The annual discount in percent if all plans with an annual price show the same one, otherwise empty."""
    discounts = {plan.annual_discount for plan in plans if plan.annual_price}
    return f"{discounts.pop().normalize():f}" if len(discounts) == 1 else ""
