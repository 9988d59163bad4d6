"""One payment and one movement of a balance, as the super admin reads them."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from billing.models import BalanceEntry, Environment
from billing.panel.payment_table import PaymentRow
from billing.panel.statement import StatementRow
from billing.services.fulfilment import label_of_purpose
from billing.services.ways import name_of
from saas.core.errors import Sentence


@dataclass(frozen=True)
class DeskRow(PaymentRow):
    """One payment. Its address is that of its page in the console."""

    @property
    def url(self) -> str:
        return reverse("payments:payment", args=[self.payment.pk])

    @property
    def gateway(self) -> Sentence:
        return name_of(self.payment.gateway)

    @property
    def where(self) -> Sentence:
        """“Test” or “Sandbox”; empty where it is real money."""
        environment = Environment(self.payment.environment)
        return "" if environment == Environment.LIVE else environment.label

    @property
    def purpose(self) -> Sentence:
        return label_of_purpose(self.payment.purpose)

    @property
    def worry(self) -> str:
        """Why somebody has to look at it, in one sentence; empty where nobody has."""
        if not self.payment.needs_a_look:
            return ""
        return self.payment.problem or _("Paid, and not carried out.")


@dataclass(frozen=True)
class MovementRow(StatementRow):
    """One movement, with who made it and why."""

    @property
    def what(self) -> str:
        return self.entry.note

    @property
    def who(self) -> str:
        """Who adjusted the balance; what a payment did, it did by itself."""
        entry = self.entry
        by = entry.by if entry.kind == BalanceEntry.Kind.ADJUSTMENT else None
        return (by.name or by.email) if by else ""

    @property
    def url(self) -> str:
        payment = self.entry.payment
        return reverse("payments:payment", args=[payment.pk]) if payment else ""
