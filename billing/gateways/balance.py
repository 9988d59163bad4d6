"""The tenant's own balance as a way to pay: it settles at once, in the transaction that orders."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.gateways.base import Order, PaymentFact, PaymentState
from billing.ledger import Kind, Why, withdraw
from billing.models import Environment, Payment
from tenants.models import Tenant


class BalanceGateway:
    key = "balance"
    label = gettext_lazy("Balance")
    environment = Environment.LIVE.value
    settles_at_once = True
    is_recurring = False

    def collect(self, order: Order, now: datetime) -> PaymentFact:
        """The order's amount is out of the balance. Raises NotEnough."""
        payment = Payment.objects.get(reference=order.reference)
        why = Why(Kind.PAYMENT, f"payment:{payment.pk}", payment, order.title)
        withdraw(Tenant.objects.get(pk=order.tenant_id), order.amount, why, now=now)
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
