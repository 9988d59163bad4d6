"""A renewal that could not be collected: the owners are told at once, in the middle of the grace and on its last day.

Each of the three is claimed by a conditional update of the subscription, and written only while it is still true: a
payment that comes in stops them. What happens after the grace is the sweep's.
"""

from datetime import datetime, timedelta

from billing.models import Standing, Subscription, SubscriptionQuerySet
from billing.services.expiry.cases import Rules, rules
from billing.services.letters.owner_mail import Kind, Letter, Text, day
from saas.core.money import format_money

DAY = timedelta(days=1)


def claim(now: datetime, *, at_most: int) -> list[Letter]:
    """The letters that are due and that nobody else writes: each is given out once."""
    chosen = rules()
    found: list[Letter] = []
    for subscription in _unpaid().order_by("past_due_at", "pk"):
        letter = _claim(subscription, chosen, now)
        if letter:
            found.append(letter)
        if len(found) >= at_most:
            break
    return found


def text(about_id: int, number: int, now: datetime) -> Text | None:
    """What the `number`-th letter about a subscription says; None when it was paid meanwhile, or is over."""
    chosen = rules()
    subscription = _unpaid().filter(pk=about_id, reminders=number).first()
    until = _until(subscription, chosen) if subscription else None
    if subscription is None or until is None or now >= until:
        return None
    tenant = subscription.tenant
    is_last = number == len(moments(subscription, until))
    words = {
        "plan": subscription.plan_name,
        "amount": format_money(_due(subscription), subscription.currency),
        "paid_with": subscription.paid_with,
        "until": day(tenant, until, "j F Y, H:i" if is_last else "j F Y"),
        "is_first": number == 1,
        "is_last": is_last,
    }
    return Text("billing/email/payment_failed", tenant, words)


def moments(subscription: Subscription, until: datetime) -> list[datetime]:
    """When the owners are told, the earliest first: at once, halfway to `until`, and when its last day begins.

    A short grace has fewer; none where it is over before it began.
    """
    failed_at = subscription.past_due_at
    if failed_at is None or failed_at >= until:
        return []
    wanted = {failed_at, failed_at + (until - failed_at) / 2, until - DAY}
    return sorted(moment for moment in wanted if moment >= failed_at)


def _unpaid() -> SubscriptionQuerySet:
    """The subscriptions of open businesses whose present renewal failed and is still wanted."""
    return Subscription.objects.filter(
        standing=Standing.PAST_DUE,
        cancelled_at__isnull=True,
        tenant__activated_at__isnull=False,
        tenant__suspended_at__isnull=True,
    ).select_related("tenant")


def _claim(subscription: Subscription, chosen: Rules, now: datetime) -> Letter | None:
    """The latest letter that is due, unless it was given out before. Those that were missed are not made up for."""
    until = _until(subscription, chosen)
    if until is None or now >= until:
        return None
    number = sum(moment <= now for moment in moments(subscription, until))
    if number <= subscription.reminders:
        return None
    mine = Subscription.objects.filter(
        pk=subscription.pk, standing=Standing.PAST_DUE, reminders=subscription.reminders
    )
    if not mine.update(reminders=number, reminded_at=now):
        return None
    return Letter(Kind.FAILED, subscription.tenant_id, subscription.pk, number)


def _until(subscription: Subscription, chosen: Rules) -> datetime | None:
    """How long everything stays as it is."""
    end = subscription.tenant.expires_at
    return end + chosen.grace if end else None


def _due(subscription: Subscription) -> int:
    amount = subscription.next_amount if subscription.next_plan_id else subscription.amount
    return amount or 0
