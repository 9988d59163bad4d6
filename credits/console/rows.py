"""An account and an entry of its ledger as the super admin reads them."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from credits.models import CreditAccount, CreditEntry
from credits.services.accounts import Left
from saas.core.errors import Sentence
from saas.core.templatetags.ui import number
from tenants import metering


@dataclass(frozen=True)
class AccountRow:
    """What a tenant has on one channel."""

    account: CreditAccount
    left: Left
    is_in_plan: bool

    @property
    def label(self) -> Sentence:
        return label_of(self.account.channel)

    @property
    def is_unlimited(self) -> bool:
        return self.left.month_left is None

    @property
    def correct_url(self) -> str:
        return url_of("correct", self.account)

    @property
    def ledger_url(self) -> str:
        """Where all of its entries stand; empty as long as there are none."""
        return url_of("ledger", self.account) if self.account.seq else ""


@dataclass(frozen=True)
class EntryRow:
    """One movement."""

    entry: CreditEntry
    channel: str = ""
    """Where entries of several stand together."""

    @property
    def label(self) -> Sentence:
        return label_of(self.channel) if self.channel else ""

    @property
    def kind(self) -> Sentence:
        return self.entry.get_kind_display()

    @property
    def at(self) -> datetime:
        return self.entry.at

    @property
    def who(self) -> str:
        """Whoever did it by hand."""
        by = self.entry.by
        return by.name or by.email if by else ""

    @property
    def url(self) -> str:
        """The page of the payment that it belongs to; empty for none."""
        purchase = self.entry.purchase
        return reverse("payments:payment", args=[purchase.payment_id]) if purchase else ""

    @property
    def is_uncounted(self) -> bool:
        """Whether the plan had no ceiling then."""
        return bool(self.entry.monthly) and not self.entry.is_counted

    @property
    def of_debt(self) -> str:
        """What it did to what is owed; empty for nothing."""
        changed = self.entry.debt_amount
        if changed > 0:
            return ngettext(
                "%(count)s more had been spent already. The next credits settle it.",
                "%(count)s more had been spent already. The next credits settle them.",
                changed,
            ) % {"count": number(changed)}
        if changed < 0:
            return _("%(count)s of it settled what was owed.") % {"count": number(-changed)}
        return ""


ORDER = ("sms", "whatsapp", "email")


def channels() -> list[metering.MeteredChannel]:
    """All of them, those first that everybody knows, in the order in which people name them."""
    rank = {key: place for place, key in enumerate(ORDER)}
    return sorted(metering.channels.values(), key=lambda one: rank.get(one.key, len(ORDER)))


def label_of(channel: str) -> Sentence:
    """How a channel is called; its bare key when the app that brought it is gone."""
    known = metering.channels.get(channel)
    return known.label if known else channel


def url_of(page: str, account: CreditAccount) -> str:
    return reverse(f"credits_console:{page}", args=[account.tenant_id, account.channel])
