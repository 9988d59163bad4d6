"""What a notification means: the gateway is asked how the thing stands, and that is made true here.

News comes in any order. Where something builds upon a payment that is not settled here yet (a renewal, told of before
the purchase), that payment is looked up and settled first.
"""

from datetime import datetime

from billing.gateways.base import (
    Fact,
    HostedGateway,
    Notification,
    PaymentFact,
    SubscriptionFact,
)
from billing.models import Outcome, Payment, WebhookEvent
from billing.services import gateways, settlement
from billing.services.gateways import NotConnected
from billing.services.refunds import NOT_PAID_YET
from billing.services.settlement import NOT_OURS


class TooEarly(Exception):
    """The news builds upon something that has not arrived here yet."""


def take_in(event: WebhookEvent, now: datetime) -> tuple[Outcome, str]:
    """Everything the gateway says about `event` is true here; what came of it, and that in one sentence.

    Speaks to the gateway, so call it outside of a transaction. Raises GatewayUnavailable, GatewayRefused,
    NotConnected, and TooEarly.
    """
    gateway = gateways.connect_to(event.gateway, event.environment)
    if not isinstance(gateway, HostedGateway):
        raise NotConnected(event.gateway)
    said = [_apply(fact, gateway, event, now) for fact in gateway.read(_notification(event))]
    ours = [sentence for sentence in dict.fromkeys(said) if sentence != NOT_OURS]
    return (Outcome.DONE, " ".join(ours)) if ours else (Outcome.IGNORED, NOT_OURS)


def _apply(fact: Fact, gateway: HostedGateway, event: WebhookEvent, now: datetime) -> str:
    own = {"gateway": event.gateway, "environment": event.environment}
    said = settlement.apply(fact, **own, now=now)
    if said == NOT_PAID_YET:
        raise TooEarly(said)
    beginning = _beginning_of(fact, own) if said == NOT_OURS else None
    if beginning is None:
        return said
    if not beginning.is_paid and (first := gateway.find_payment(beginning.external_id)):
        settlement.apply(first, **own, now=now)
        said = settlement.apply(fact, **own, now=now)
    if said == NOT_OURS:
        raise TooEarly(f"The payment {beginning.reference}, which began it, is not carried out.")
    return said


def _beginning_of(fact: Fact, own: dict[str, str]) -> Payment | None:
    """The payment of ours with which the subscription of `fact` began."""
    subscription = fact.subscription if isinstance(fact, PaymentFact) else fact
    if not isinstance(subscription, SubscriptionFact) or not subscription.reference:
        return None
    return Payment.objects.filter(reference=subscription.reference, **own).first()


def _notification(event: WebhookEvent) -> Notification:
    return Notification(
        event_id=event.event_id,
        kind=event.kind,
        object_id=event.object_id,
        environment=event.environment,
        payload=event.payload,
        occurred_at=event.occurred_at,
    )
