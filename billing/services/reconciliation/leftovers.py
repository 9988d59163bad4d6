"""Subscriptions that go on at a gateway, and not here: nobody is to be charged for them again."""

from datetime import datetime

from django.db import transaction

from billing.gateways.base import PaymentFact
from billing.models import Payment, Standing, Subscription
from saas.core.events import emit


@transaction.atomic
def end_there(subscription: Subscription, *, now: datetime) -> bool:
    """The gateway is told once more that the subscription is over, or ends; False where it goes on here."""
    subscription.tenant.lock()
    stored = Subscription.objects.select_for_update().get(pk=subscription.pk)
    if stored.goes_on:
        return False
    stored.push_due_at, stored.push_attempts = now, 0
    stored.save(update_fields=["push_due_at", "push_attempts"])
    emit("billing.push_due", subscription_id=stored.pk)
    return True


def let_go(stored: Payment, fact: PaymentFact, now: datetime) -> None:
    """The subscription of `fact`, where none of ours is it: written down as one that is over, and its gateway told."""
    begun = fact.subscription
    if begun is None or stored.subscription_id:
        return
    own = {"gateway": stored.gateway, "environment": stored.environment}
    if Subscription.objects.filter(**own, external_id=begun.external_id).exists():
        return
    ordered = stored.ordered.get("instead_of", stored.ordered)
    made = Subscription.objects.create(
        **own,
        tenant=stored.tenant,
        plan_name=str(ordered.get("title", stored.title))[:60],
        cycle=ordered.get("ordered", ordered).get("cycle", "monthly"),
        amount=fact.amount,
        currency=fact.currency,
        external_id=begun.external_id,
        customer_id=begun.customer_id,
        paid_with=fact.paid_with,
        started_at=begun.period_start,
        period_start=begun.period_start,
        period_end=begun.period_end,
        standing=Standing.ENDED,
        ended_at=now,
        push_due_at=now,
    )
    emit("billing.push_due", subscription_id=made.pk)
