"""Running subscriptions follow a plan to its new price (decision D10): when a super admin says so, and not before."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.utils.translation import gettext as _

from billing.models import Subscription
from billing.quotes import price_of
from billing.services.subscriptions import lock_live, take_next
from plans.models import Plan
from saas.core import audit
from saas.core.errors import Conflict
from saas.core.money import format_money
from tenants.models import Cycle, User


@dataclass(frozen=True)
class OldPrice:
    """What some running subscriptions of a plan cost, what the plan costs now, and how many those are."""

    cycle: str
    amount: int
    now: int
    currency: str
    count: int


def left_behind(plan_ids: list[int]) -> "QuerySet[Subscription]":
    """Live subscriptions that go on at another price than their plan's, which is not free on that cycle.

    None that ends, or goes on with something else: its next terms are what its tenant has chosen.
    """
    annual = When(cycle=Cycle.ANNUAL, then=F("plan__annual_price"))
    chosen = When(next_plan__isnull=False, then=F("next_amount"))
    return (
        Subscription.objects.live()
        .filter(plan_id__in=plan_ids, cancelled_at__isnull=True)
        .filter(Q(next_plan__isnull=True) | Q(next_plan=F("plan"), next_cycle=F("cycle")))
        .annotate(
            price_now=Case(annual, default=F("plan__monthly_price")),
            price_next=Case(chosen, default=F("amount")),
        )
        .filter(price_now__gt=0)
        .exclude(price_next=F("price_now"))
    )


def old_prices(plan: Plan) -> list[OldPrice]:
    """What the subscriptions that `move_subscriptions` would move cost, by cycle and amount. One query."""
    rows = left_behind([plan.pk]).values_list("cycle", "amount", "next_amount", "currency")
    counted = Counter(
        (cycle, amount if chosen is None else chosen, currency)
        for cycle, amount, chosen, currency in rows
    )
    return [
        OldPrice(cycle, amount, price_of(plan, cycle), currency, count)
        for (cycle, amount, currency), count in sorted(counted.items())
    ]


def check_any(plan: Plan) -> list[OldPrice]:
    """As `old_prices`. Raises Conflict when nothing is left to move."""
    found = old_prices(plan)
    if not found:
        raise Conflict(
            _("All subscriptions of %(plan)s have its present price.") % {"plan": plan.name}
        )
    return found


def counts_left_behind(plan_ids: list[int]) -> dict[int, int]:
    """How many subscriptions `move_subscriptions` would move, by plan; left out where none. One query."""
    rows = left_behind(plan_ids).order_by().values_list("plan_id", flat=True)
    return dict(Counter(plan_id for plan_id in rows if plan_id is not None))


def token_of(prices: list[OldPrice]) -> str:
    """What a confirmation showed; another text as soon as it would show something else."""
    return ";".join(f"{one.cycle}:{one.amount}:{one.now}:{one.count}" for one in prices)


def move_subscriptions(plan_id: int, to: dict[str, int], *, by: User, now: datetime) -> int:
    """What runs on the plan costs what `to` says of its cycle, from each one's next period on; how many were moved.

    Those where the plan costs something else by now stay. A transaction for each, under its tenant's lock, so that a
    tenant's own choice in the same moment stands. Again moves nothing. Gateways are told in the background; one audit
    entry says how many.
    """
    plan = Plan.objects.filter(pk=plan_id).first()
    if plan is None:
        return 0
    before = old_prices(plan)
    rows = left_behind([plan_id]).select_related("tenant").order_by("pk")
    moved = sum(_move(subscription, to, now) for subscription in rows.iterator())
    if moved:
        with transaction.atomic():
            changes = {f"{one.cycle} price": _told(one) for one in before}
            changes["subscriptions"] = ["", str(moved)]
            audit.record("subscription.moved", plan, changes=changes, actor=by)
    return moved


@transaction.atomic
def _move(found: Subscription, to: dict[str, int], now: datetime) -> bool:
    locked = found.tenant.lock()
    subscription = lock_live(locked)
    if subscription is None or subscription.plan is None:
        return False
    if not left_behind([subscription.plan.pk]).filter(pk=found.pk).exists():
        return False
    price = price_of(subscription.plan, subscription.cycle)
    if price != to.get(subscription.cycle):
        return False
    take_next(subscription, subscription.plan, subscription.cycle, price, now=now)
    return True


def _told(old: OldPrice) -> list[str]:
    return [format_money(amount, old.currency, "en") for amount in (old.amount, old.now)]
