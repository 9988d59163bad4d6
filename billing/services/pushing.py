"""Telling a gateway what we want of its subscriptions: what is written on ours is made so there, until it has worked.

`push_due_at` says that a gateway is to be told, and, while somebody does so, until when nobody else need. Whoever is
through looks whether something else is wanted by then; so what is wanted last is what is told last.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import F, Q

from billing.gateways.base import (
    GatewayRefused,
    GatewayUnavailable,
    RecurringGateway,
    SubscriptionFact,
    SubscriptionWish,
)
from billing.models import Standing, Subscription
from billing.services import gateways, plan_sync, settlement
from billing.services.plan_prices import find_price
from saas.core.errors import DomainError

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=6)
PAUSES = tuple(timedelta(minutes=m) for m in (1, 2, 5, 15, 60, 360))
ERROR = 300
NOT_THERE = "The gateway does not know this subscription."


class NoPriceYet(Exception):
    """The gateway has no price yet for what is to follow."""


def push(subscription_id: int, now: datetime) -> bool:
    """The gateway of the subscription knows what we want of it; False when that was not due, or has to be tried again.

    Speaks to the gateway, so call it outside of a transaction.
    """
    subscription = _claim(subscription_id, now)
    if subscription is None:
        return False
    try:
        fact = _tell(subscription, now)
    except (GatewayUnavailable, GatewayRefused) as error:
        return _fail(subscription, error.detail, now)
    except (NoPriceYet, DomainError) as error:
        return _fail(subscription, str(error), now)
    except Exception as error:
        log.exception("Subscription %s could not be told to its gateway", subscription_id)
        return _fail(subscription, f"{type(error).__name__}: {error}", now)
    _finish(subscription, fact, now)
    return True


def due(now: datetime, at_most: int) -> list[int]:
    """The subscriptions whose gateways are to be told now, the longest waiting first."""
    waiting = Subscription.objects.filter(push_due_at__lte=now).order_by("push_due_at", "pk")
    return list(waiting.values_list("pk", flat=True)[:at_most])


def _claim(subscription_id: int, now: datetime) -> Subscription | None:
    lease = now + LEASE
    free = Subscription.objects.filter(pk=subscription_id, push_due_at__lte=now)
    if not free.update(push_due_at=lease, push_attempts=F("push_attempts") + 1):
        return None
    claimed = Subscription.objects.select_related("next_plan").get(pk=subscription_id)
    # Whatever became of the lease since: it was claimed, so it is told, and `_finish` sees that something has changed.
    claimed.push_due_at = lease
    return claimed


def _tell(subscription: Subscription, now: datetime) -> SubscriptionFact | None:
    gateway = gateways.connect_to(subscription.gateway, subscription.environment)
    if not isinstance(gateway, RecurringGateway) or not subscription.external_id:
        return None  # nobody else renews it
    return gateway.push(_wish(subscription, gateway, now))


def _wish(subscription: Subscription, gateway: RecurringGateway, now: datetime) -> SubscriptionWish:
    """What is written on the subscription. What costs nothing from the next period on ends at the gateway with this."""
    is_over = not subscription.is_live
    follows = subscription.next_plan if not is_over else None
    is_free = follows is not None and not subscription.next_amount
    price_id = _price_id(subscription)
    next_price_id = price_id
    if follows and not is_free:
        next_price_id = _next_price_id(subscription, gateway, now)
    return SubscriptionWish(
        subscription.external_id,
        is_over=is_over,
        ends_after_period=subscription.cancelled_at is not None or is_free,
        price_id=price_id,
        next_price_id=next_price_id,
    )


def _price_id(subscription: Subscription) -> str:
    """The price of the present period; empty where its plan is gone."""
    if subscription.plan_id is None:
        return ""
    terms = (
        subscription.plan_id,
        subscription.cycle,
        subscription.amount,
        subscription.currency,
    )
    price = find_price(subscription.gateway, subscription.environment, terms)
    return price.external_id if price else ""


def _next_price_id(subscription: Subscription, gateway: RecurringGateway, now: datetime) -> str:
    """The price that is to follow; the plan is sent first where the gateway has none. Raises NoPriceYet."""
    plan_id, amount = subscription.next_plan_id, subscription.next_amount
    if plan_id is None or amount is None:
        raise ValueError("Nothing follows.")
    terms = (plan_id, subscription.next_cycle, amount, subscription.currency)
    price = find_price(subscription.gateway, subscription.environment, terms)
    if price is None:
        plan_sync.sync_with(gateway, plan_id, now)
        price = find_price(subscription.gateway, subscription.environment, terms)
    if price is None:
        raise NoPriceYet("The gateway has no price yet for what follows.")
    return price.external_id


def _finish(subscription: Subscription, fact: SubscriptionFact | None, now: datetime) -> None:
    """Done, unless something else is wanted by now: then it is due again. What the gateway says is taken in."""
    is_lost = fact is None and subscription.is_live and bool(subscription.external_id)
    mine = Subscription.objects.filter(pk=subscription.pk, push_due_at=subscription.push_due_at)
    is_last = mine.update(
        push_due_at=None, push_attempts=0, push_error=NOT_THERE if is_lost else ""
    )
    if not is_last:
        _due_again(subscription, now)
    if is_lost:
        log.error("Subscription %s: %s", subscription.pk, NOT_THERE)
    if fact and fact.standing == Standing.ENDED and subscription.is_live:
        own = {"gateway": subscription.gateway, "environment": subscription.environment}
        settlement.apply(fact, **own, now=now)


def _due_again(subscription: Subscription, now: datetime) -> None:
    """Somebody wanted something else while the gateway was being told: what was told last may be the older wish."""
    Subscription.objects.filter(pk=subscription.pk).update(push_due_at=now)


def _fail(subscription: Subscription, error: str, now: datetime) -> bool:
    pause = PAUSES[min(subscription.push_attempts, len(PAUSES)) - 1]
    told = Subscription.objects.filter(pk=subscription.pk)
    # Where somebody else was through meanwhile, theirs may have been the older wish: it is told again.
    mine = told.filter(Q(push_due_at=subscription.push_due_at) | Q(push_due_at=None))
    mine.update(push_due_at=now + pause, push_error=error[:ERROR])
    log.warning("Subscription %s was not told to its gateway: %s", subscription.pk, error)
    return False
