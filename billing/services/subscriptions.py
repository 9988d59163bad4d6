"""What goes on, and how it is made to stop, to go on otherwise, or to be what the gateway says it is.

What we want is written down first; telling the gateway (`push`) is a matter of the background, and is tried until it
has worked. So a tenant's word counts at once, and no lock is held while somebody else's computer thinks.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing.gateways.base import SubscriptionFact
from billing.models import Payment, Standing, Subscription
from billing.quotes import Quote
from plans.models import Plan
from saas.core.errors import Conflict
from saas.core.events import emit
from tenants.models import Tenant


class NothingRunning(Conflict):
    """There is no subscription that this could be about."""

    def __init__(self) -> None:
        super().__init__(_("Nothing renews at present, so there is nothing to change."))


def live_subscription(tenant: Tenant) -> Subscription | None:
    """The one that is live, with its plans; None when nothing is. One query."""
    found = Subscription.objects.live().filter(tenant=tenant)
    return found.select_related("plan", "next_plan").first()


def lock_live(locked: Tenant) -> Subscription | None:
    """As `live_subscription`, locked; the caller holds the tenant's lock."""
    found = Subscription.objects.live().filter(tenant=locked)
    return found.select_for_update(of=("self",)).select_related("plan", "next_plan").first()


@transaction.atomic
def cancel(tenant: Tenant, *, reason: str, now: datetime) -> Subscription:
    """Nothing is charged any more; the plan stays until the paid time is over. Again changes nothing.

    Raises NothingRunning.
    """
    subscription = _lock_running(tenant)
    if subscription.cancelled_at is None:
        subscription.cancelled_at, subscription.cancel_reason = now, reason.strip()[:300]
        subscription.next_plan, subscription.next_cycle, subscription.next_amount = None, "", None
        _save(subscription, now)
        emit("billing.subscription_cancelled", tenant_id=tenant.pk)
    return subscription


@transaction.atomic
def resume(tenant: Tenant, *, now: datetime) -> Subscription:
    """It renews as if it had never been cancelled, nor anything else been chosen. Raises NothingRunning."""
    subscription = _lock_running(tenant)
    if subscription.cancelled_at is not None or subscription.next_plan_id:
        subscription.cancelled_at, subscription.cancel_reason = None, ""
        subscription.next_plan, subscription.next_cycle, subscription.next_amount = None, "", None
        _save(subscription, now)
    return subscription


def go_on_with(locked: Tenant, quote: Quote, *, now: datetime) -> Subscription:
    """After the paid period it is the plan of `quote`. The tenant is locked. Raises NothingRunning."""
    subscription = _lock_running(locked)
    subscription.cancelled_at, subscription.cancel_reason = None, ""
    take_next(subscription, quote.plan, quote.cycle, quote.price, now=now)
    return subscription


def take_next(
    subscription: Subscription, plan: Plan, cycle: str, amount: int, *, now: datetime
) -> None:
    """These are its terms from the next period on, and its gateway is told. Its tenant is locked."""
    subscription.next_plan, subscription.next_cycle = plan, cycle
    subscription.next_amount = amount
    _save(subscription, now)


def end(subscription: Subscription, *, now: datetime) -> None:
    """It is over here, and its gateway is told. Its tenant is locked."""
    end_all([subscription], now=now)


def end_all(running: Collection[Subscription], *, now: datetime) -> None:
    """As `end`, for each of them: two statements, however many they are."""
    Subscription.objects.filter(pk__in=[one.pk for one in running]).update(
        standing=Standing.ENDED, ended_at=now
    )
    at_gateways = [one for one in running if one.external_id]
    if at_gateways:
        Subscription.objects.filter(pk__in=[one.pk for one in at_gateways]).update(
            push_due_at=now, push_attempts=0
        )
    for one in running:
        one.standing, one.ended_at = Standing.ENDED, now
    for one in at_gateways:
        one.push_due_at, one.push_attempts = now, 0
        emit("billing.push_due", subscription_id=one.pk)


def open_after(payment: Payment, quote: Quote, fact: SubscriptionFact | None) -> Subscription:
    """The subscription that `payment` began, on the terms of `quote`; its dates are the gateway's where it renews."""
    start, ends = (fact.period_start, fact.period_end) if fact else (quote.begins_at, quote.until)
    if ends is None:
        raise ValueError("A plan that is paid for has an end.")
    return Subscription.objects.create(
        tenant=payment.tenant,
        plan=quote.plan,
        plan_name=quote.plan.name,
        cycle=quote.cycle,
        amount=quote.price,
        currency=payment.currency,
        gateway=payment.gateway,
        environment=payment.environment,
        external_id=fact.external_id if fact else "",
        customer_id=fact.customer_id if fact else "",
        paid_with=payment.paid_with,
        started_at=start,
        period_start=start,
        period_end=ends,
        prepaid=[] if fact else [[start.isoformat(), ends.isoformat(), quote.price]],
    )


@transaction.atomic
def take_in(fact: SubscriptionFact, *, gateway: str, environment: str, now: datetime) -> str:
    """Our row says what the gateway says: a failed payment begins the grace, an ended one is over here, too.

    The plan stays: it lapses when its time is over, by the sweep alone. Periods move by paid renewals alone.
    """
    found = Subscription.objects.filter(
        gateway=gateway, environment=environment, external_id=fact.external_id
    ).first()
    if found is None:
        return "Nothing of ours."
    found.tenant.lock()
    subscription = Subscription.objects.select_for_update().get(pk=found.pk)
    if not subscription.is_live:
        return "It has ended here before."
    is_other_card = fact.paid_with not in {"", subscription.paid_with}
    subscription.paid_with = fact.paid_with or subscription.paid_with
    subscription.customer_id = fact.customer_id or subscription.customer_id
    said = _take_standing(subscription, fact, now)
    if is_other_card and subscription.standing == Standing.PAST_DUE:
        _save(subscription, now)  # told of it, the gateway tries to collect at once
    else:
        subscription.save()
    return said


def _take_standing(subscription: Subscription, fact: SubscriptionFact, now: datetime) -> str:
    if fact.standing == Standing.ENDED:
        subscription.standing, subscription.ended_at = Standing.ENDED, now
        subscription.push_due_at, subscription.was_stopped = None, fact.was_stopped
        emit("billing.subscription_ended", tenant_id=subscription.tenant_id)
        return "It has ended."
    is_unpaid = fact.standing == Standing.PAST_DUE and fact.period_end > subscription.period_end
    if is_unpaid and subscription.standing == Standing.ACTIVE:
        subscription.standing, subscription.past_due_at = Standing.PAST_DUE, now
        about = {"tenant_id": subscription.tenant_id, "subscription_id": subscription.pk}
        emit("billing.renewal_failed", **about)
        return "Its renewal could not be collected."
    return "It stands as before."


def _lock_running(tenant: Tenant) -> Subscription:
    subscription = lock_live(tenant.lock())
    if subscription is None:
        raise NothingRunning
    return subscription


def _save(subscription: Subscription, now: datetime) -> None:
    """Store it and, where a gateway renews it, have that told: right after the commit, and again until it worked."""
    if subscription.external_id:
        subscription.push_due_at, subscription.push_attempts = now, 0
        emit("billing.push_due", subscription_id=subscription.pk)
    subscription.save()
