"""The tenant's own balance as a way to pay: it settles at once, in the transaction that orders."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.gateways.base import Order, PaymentFact, PaymentState, RefundFact
from billing.ledger import Kind, Why, deposit, withdraw
from billing.models import Environment, Payment


class BalanceGateway:
    key = "balance"
    label = gettext_lazy("Balance")
    environment = Environment.LIVE.value
    settles_at_once = True
    is_recurring = False

    def collect(self, order: Order, now: datetime) -> PaymentFact:
        """The order's amount is out of the balance. Raises NotEnough."""
        payment = Payment.objects.select_related("tenant").get(reference=order.reference)
        why = Why(Kind.PAYMENT, f"payment:{payment.pk}", payment, order.title)
        withdraw(payment.tenant, order.amount, why, now=now)
        return PaymentFact(
            PaymentState.PAID,
            amount=order.amount,
            currency=order.currency,
            external_id=order.reference,
            reference=order.reference,
            charge_id=order.reference,
            paid_with=_("Balance"),
            at=now,
        )

    def give_back(
        self, charge_id: str, amount: int, currency: str, *, key: str, now: datetime
    ) -> RefundFact:
        """The amount is on the balance again; a debt is settled first."""
        payment = Payment.objects.select_related("tenant").get(reference=charge_id)
        why = Why(Kind.REFUND, key, payment, payment.title)
        deposit(payment.tenant, amount, why, now=now)
        return RefundFact(key, charge_id, amount, now)
