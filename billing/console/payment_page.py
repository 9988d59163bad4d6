"""Everything of one payment, as the console shows it. It only reads: one query for each part, however many rows."""

from functools import cached_property

from django.utils.translation import gettext as _

from billing.console.desk_rows import DeskRow, MovementRow
from billing.console.event_table import FIELDS, EventRow
from billing.models import BalanceEntry, Payment, Refund, WebhookEvent
from billing.services import refunding, resolving
from billing.services.ways import there_url
from saas.core.errors import Sentence
from tenants.models import PlanChange

SHOWN = 20
"""How many rows of each list."""
Fact = tuple[Sentence, object]


class PaymentPage:
    """One payment of `resolving.find_payment`."""

    def __init__(self, payment: Payment) -> None:
        self.payment, self.row = payment, DeskRow(payment)

    @property
    def can_refund(self) -> bool:
        return refunding.can_refund(self.payment)

    @property
    def can_ask(self) -> bool:
        return resolving.can_ask(self.payment)

    @property
    def can_put_on_balance(self) -> bool:
        return resolving.can_put_on_balance(self.payment)

    @property
    def dates(self) -> list[Fact]:
        """What happened when, in the order in which it does."""
        payment = self.payment
        dates = [
            (_("Begun"), payment.created_at),
            (_("Failed"), payment.failed_at),
            (_("Paid"), payment.paid_at),
            (_("Carried out"), payment.fulfilled_at),
            (_("Settled by hand"), payment.seen_at),
        ]
        return [(label, at) for label, at in dates if at]

    @property
    def ids(self) -> list[tuple[Sentence, str, str]]:
        """What everybody calls it: label, id, and where that is seen at the company, if it can be."""
        payment, subscription = self.payment, self.payment.subscription
        known = [
            (_("Reference"), payment.reference, ""),
            (_("At the gateway"), payment.external_id, self._there(payment.external_id)),
            (_("Charge"), payment.charge_id, self._there(payment.charge_id)),
        ]
        if subscription:
            name = subscription.external_id
            known.append((_("Subscription"), name, self._there(name)))
        shown = {payment.reference} if payment.gateway == "balance" else set()
        return [
            one
            for number, one in enumerate(known)
            if one[1] and (not number or one[1] not in shown)
        ]

    def _there(self, name: str) -> str:
        return there_url(self.payment.gateway, self.payment.environment, name)

    @cached_property
    def refunds(self) -> list[Refund]:
        """What went back, latest first. One query."""
        return list(self.payment.refunds.select_related("by").order_by("-at", "-pk")[:SHOWN])

    @cached_property
    def movements(self) -> list[MovementRow]:
        """What it did to the balance. One query."""
        entries = BalanceEntry.objects.filter(payment=self.payment).select_related("payment", "by")
        return [MovementRow(entry) for entry in entries.order_by("-seq")[:SHOWN]]

    @cached_property
    def changes(self) -> list[PlanChange]:
        """Onto which plan it brought the tenant. One query."""
        cause = f"payment:{self.payment.pk}"
        return list(PlanChange.objects.filter(cause=cause).select_related("from_plan", "to_plan"))

    @cached_property
    def events(self) -> list[EventRow]:
        """What the gateway told of it, latest first, without what was sent. One query."""
        payment = self.payment
        names = {payment.external_id, payment.charge_id, *(one.external_id for one in self.refunds)}
        told = WebhookEvent.objects.filter(
            gateway=payment.gateway, environment=payment.environment, object_id__in=names - {""}
        )
        return [EventRow(event) for event in told.only(*FIELDS).order_by("-received_at")[:SHOWN]]

    @property
    def did_nothing(self) -> bool:
        """Whether there is no trace of anything that it has done here."""
        return not (self.movements or self.changes or self.row.invoice)
