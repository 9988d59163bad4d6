"""Plans follow to the gateways that renew by themselves: in the background, and until it has worked.

A `PlanSync` row says how far a gateway is: due (`due_at` is when, or how long a worker has it to itself), done, or
failed with the reason and the time of the next try. Whoever is through compares what was sent with the plan as it is by
then, and goes on where it was saved meanwhile; so one worker at a time is enough, and none comes too late.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from billing.gateways.base import (
    GatewayRefused,
    GatewayUnavailable,
    PlanPrices,
    RecurringGateway,
)
from billing.models import GatewayPrice, PlanSync
from billing.services import gateways
from billing.services.plan_prices import (
    are_in_step,
    find_price,
    is_other,
    place_of,
    prices_of,
    store_prices,
)
from plans.models import Plan, PlatformSettings
from saas.core.events import emit

log = logging.getLogger(__name__)
State = PlanSync.State
LEASE = timedelta(minutes=6)
"""How long a worker has a plan to itself. A task may run for five, so no lease ends under a worker that is alive."""
PAUSES = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60, 360))
MOST_ROUNDS = 5
"""How often a plan is sent again at once because it was saved meanwhile."""
REASON = 300


def sync(plan_id: int, now: datetime) -> None:
    """Every connected gateway that renews knows the plan as it stands; what fails is tried again later.

    Speaks to gateways, so call it outside of a transaction. Without a connected gateway it does nothing.
    """
    for gateway in gateways.recurring():
        sync_with(gateway, plan_id, now)


def sync_with(gateway: RecurringGateway, plan_id: int, now: datetime) -> bool:
    """As `sync`, for one gateway; whether it knows the plan. False, too, while somebody else is just sending it."""
    for _round in range(MOST_ROUNDS):
        row = _claim(gateway, plan_id, now)
        if row is None:
            return False
        try:
            is_last = _send(gateway, row, now)
        except (GatewayUnavailable, GatewayRefused) as error:
            return _fail(row, error.detail, now)
        except Exception as error:
            log.exception("Plan %s could not be sent to %s", plan_id, gateway.key)
            return _fail(row, f"{type(error).__name__}: {error}", now)
        if is_last:
            return True
    return False


def price_in_force(
    gateway: RecurringGateway, terms: tuple[int, str, int, str], now: datetime
) -> GatewayPrice | None:
    """The price that can be bought now, of (plan, cycle, amount, currency); the plan is sent once where there is none.

    None while the plan is being sent, could not be sent, or does not cost that any more. Speaks to the gateway, so call
    it outside of a transaction.
    """
    plan_id = terms[0]
    for is_sent in (False, True):
        if is_sent:
            sync_with(gateway, plan_id, now)
        price = find_price(gateway.key, gateway.environment, terms)
        if price and price.archived_at is None:
            return price
    return None


def mark_due(plan_ids: Collection[int], now: datetime) -> list[int]:
    """These plans are to be sent: written down, so that nothing is lost with a message. Those of them that exist.

    Nothing is marked without a connected gateway. A worker that is just sending a plan sees what is new by itself. How
    often it was tried before still counts: Stripe is not to repeat its answer of then (`PlanPrices.attempt`).
    """
    known = list(Plan.objects.filter(pk__in=plan_ids).order_by("pk").values_list("pk", flat=True))
    for gateway in gateways.recurring():
        place = {"gateway": gateway.key, "environment": gateway.environment}
        rows = [PlanSync(plan_id=pk, due_at=now, **place) for pk in known]
        try:
            with transaction.atomic():
                PlanSync.objects.bulk_create(rows, ignore_conflicts=True)
        except IntegrityError:  # one of them was deleted in this moment: the sweep finds the others
            continue
        taken = Q(state=State.DUE, due_at__gt=now)
        mine = PlanSync.objects.filter(plan_id__in=known, **place).exclude(taken)
        mine.update(state=State.DUE, due_at=now, reason="")
    return known


def retry(plan: Plan, now: datetime) -> None:
    """The plan is sent again at once. Emits `billing.plan_due`."""
    mark_due([plan.pk], now)
    emit("billing.plan_due", plan_id=plan.pk)


def sync_everything(now: datetime) -> list[int]:
    """All plans that cost something, or did, are due at the gateways that are connected now; their ids."""
    wanted = Q(monthly_price__gt=0) | Q(annual_price__gt=0) | ~Q(gateway_ids={})
    return mark_due(list(Plan.objects.filter(wanted).values_list("pk", flat=True)), now)


def due(now: datetime) -> list[int]:
    """The plans that a connected gateway is to be sent now: marked, left behind by a worker, or never heard of."""
    found: set[int] = set()
    for gateway in gateways.recurring():
        rows = PlanSync.objects.filter(gateway=gateway.key, environment=gateway.environment)
        found |= set(rows.filter(due_at__lte=now).values_list("plan_id", flat=True))
        missed = _missed(gateway) - set(rows.exclude(due_at=None).values_list("plan_id", flat=True))
        found |= set(mark_due(missed, now)) if missed else set()
    return sorted(found)


def _missed(gateway: RecurringGateway) -> set[int]:
    """Plans whose prices at the gateway are not what they cost: the news of a change was lost."""
    currency = PlatformSettings.load().currency
    own = GatewayPrice.objects.filter(
        gateway=gateway.key, environment=gateway.environment, archived_at__isnull=True
    )
    there: dict[int | None, dict[str, tuple[int, str]]] = {}
    for price in own:
        there.setdefault(price.plan_id, {})[price.cycle] = (price.amount, price.currency)
    plans = Plan.objects.only("pk", "monthly_price", "annual_price")
    return {plan.pk for plan in plans if not are_in_step(plan, there.get(plan.pk, {}), currency)}


# One gateway, one plan


def _claim(gateway: RecurringGateway, plan_id: int, now: datetime) -> PlanSync | None:
    """The row, for the caller alone until its `due_at`; None when somebody else has it, or the plan is gone."""
    place = {"gateway": gateway.key, "environment": gateway.environment}
    if not Plan.objects.filter(pk=plan_id).exists():
        return None
    try:
        with transaction.atomic():
            row, _made = PlanSync.objects.get_or_create(
                plan_id=plan_id, **place, defaults={"due_at": now}
            )
    except IntegrityError:
        return None
    lease = now + LEASE
    free = Q(due_at__isnull=True) | Q(due_at__lte=now) | Q(state=State.FAILED)
    claimed = PlanSync.objects.filter(free, pk=row.pk).update(
        state=State.DUE, due_at=lease, attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    return PlanSync.objects.filter(pk=row.pk, due_at=lease).select_related("plan").first()


def _send(gateway: RecurringGateway, row: PlanSync, now: datetime) -> bool:
    """Have the gateway know the plan; False when the plan is another one by the time that it does."""
    sent = prices_of(row.plan, gateway, attempt=row.attempts - 1)
    ids = _send_prices(gateway, sent)
    with transaction.atomic():
        if ids is not None:
            store_prices(gateway, sent, ids, now)
        plan = Plan.objects.filter(pk=row.plan_id).first()
        is_same = plan is None or not is_other(prices_of(plan, gateway), sent)
        if is_same:
            _mine(row).update(state=State.DONE, due_at=None, attempts=0, reason="", done_at=now)
        else:
            _mine(row).update(state=State.DUE, due_at=now, attempts=0)
    if plan is None:
        archive_gone(now)
    return is_same


def _send_prices(gateway: RecurringGateway, sent: PlanPrices) -> dict[str, str] | None:
    """The ids as they are after this; None when there was nothing to say. What is free is not sent, or taken back."""
    if any(sent.amounts.values()):
        return gateway.sync_plan(sent)
    if not any(sent.known.get(cycle) for cycle in sent.amounts):
        return None
    gateway.archive_plan(sent.known)
    return {"product": sent.known["product"]} if sent.known.get("product") else {}


def _fail(row: PlanSync, reason: str, now: datetime) -> bool:
    pause = PAUSES[min(row.attempts, len(PAUSES)) - 1]
    _mine(row).update(state=State.FAILED, due_at=now + pause, reason=reason[:REASON])
    log.warning("Plan %s was not sent to %s: %s", row.plan_id, row.gateway, reason)
    return False


def _mine(row: PlanSync) -> "QuerySet[PlanSync]":
    """The row, unless the lease was over and somebody else has it by now."""
    return PlanSync.objects.filter(pk=row.pk, due_at=row.due_at)


# Plans that are gone


def archive_gone(now: datetime) -> None:
    """What connected gateways sell of plans that were deleted is archived there. Raises what a gateway raises."""
    left = GatewayPrice.objects.filter(plan__isnull=True, archived_at__isnull=True)
    for gateway in gateways.recurring():
        own = left.filter(gateway=gateway.key, environment=gateway.environment)
        for price in own:
            gateway.archive_plan({price.cycle: price.external_id})
            own.filter(pk=price.pk).update(archived_at=now)


def archive_ids(gateway_ids: dict[str, dict[str, str]], now: datetime) -> None:
    """As `archive_gone`, by what was stored on a plan, {“stripe:test”: {"product": …}}: also where it has no price."""
    for gateway in gateways.recurring():
        if known := gateway_ids.get(place_of(gateway)):
            gateway.archive_plan(known)
    archive_gone(now)
