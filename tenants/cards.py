"""Plans as the cards of a price list show them: on the landing page, and on Billing."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from plans.entitlements import UNLIMITED, Entitlements
from plans.models import Plan
from plans.registry import Limit, registry
from saas.core.templatetags.ui import number


@dataclass
class Offer:
    """A plan by itself, before anybody is on it: what Entitlements can be asked about."""

    plan: Plan

    @cached_property
    def entitlements(self) -> Entitlements:
        return Entitlements(self)

    @property
    def limits(self) -> list[tuple[Any, str]]:
        """(label, text) for each limit whose feature the plan has."""
        entitlements = self.entitlements
        return [
            (limit.label, _ceiling_of(limit, entitlements.ceiling(limit.key)))
            for limit in registry.limits.values()
            if not limit.capability or entitlements.can(limit.capability)
        ]


def _ceiling_of(limit: Limit, ceiling: int) -> str:
    """“500 a month” for what is counted by the month."""
    words = ceiling_words(ceiling)
    return _("%(ceiling)s a month") % {"ceiling": words} if limit.per and ceiling > 0 else words


def ceiling_words(ceiling: int) -> str:
    """`5`, `1,000` or `Unlimited`."""
    return pgettext("limit", "Unlimited") if ceiling == UNLIMITED else number(ceiling)


def common_discount(plans: list[Plan]) -> str:
    """The annual discount in percent if all plans with an annual price show the same one; empty for none."""
    discounts = {plan.annual_discount for plan in plans if plan.annual_price}
    common = discounts.pop() if len(discounts) == 1 else Decimal(0)
    return f"{common.normalize():f}" if common else ""
