"""Payments that nobody came back from: the gateway is asked by ourselves, now and then, and given up after two days."""

from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Q, Value

from billing.models import Environment, GatewaySettings, Payment
from billing.services import checkout, gateways

ASK_AFTER = timedelta(minutes=15)
GIVE_UP_AFTER = timedelta(days=2)


def waiting(now: datetime, at_most: int) -> list[int]:
    """Pending payments to ask about now, the oldest first.

    Each is asked about after 15 minutes and then whenever it has become half as old again: seven times in two days,
    not every few minutes, for most of them were just left.
    """
    age = ExpressionWrapper((Value(now) - F("created_at")) / 3, DurationField())
    is_time = Q(checked_at__isnull=True) | Q(checked_at__lte=Value(now) - age)
    found = Payment.objects.pending().filter(is_time, created_at__lte=now - ASK_AFTER)
    return list(found.order_by("created_at", "pk").values_list("pk", flat=True)[:at_most])


def left_in_test_mode(at_most: int) -> list[int]:
    """Pending payments whose pages take test cards, of gateways that move real money by now."""
    live = [row.gateway for row in GatewaySettings.objects.all() if gateways.is_live(row)]
    found = Payment.objects.pending().filter(gateway__in=live, environment=Environment.TEST)
    return list(found.order_by("pk").values_list("pk", flat=True)[:at_most])


def give_up(payment_id: int, now: datetime) -> None:
    """The payment cannot be made any more, unless its money came first. Raises what `checkout.abandon` raises."""
    payment = Payment.objects.pending().select_related("tenant").filter(pk=payment_id).first()
    if payment:
        checkout.abandon(payment, now=now)


def check(payment_id: int, now: datetime) -> None:
    """The payment stands as it does at its gateway; one that is pending for two days is given up.

    Not one that its payer is to pay at a counter or a bank: its slip has an end of its own, days later. Speaks to the
    gateway, so call it outside of a transaction. Raises what that raises.
    """
    payment = Payment.objects.pending().select_related("tenant").filter(pk=payment_id).first()
    if payment is None:
        return
    if payment.created_at <= now - GIVE_UP_AFTER and not payment.slip_url:
        Payment.objects.filter(pk=payment.pk).update(checked_at=now)
        checkout.abandon(payment, now=now)
    else:
        checkout.look(payment, now=now)
