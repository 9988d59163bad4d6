"""What the console's page of one tenant tells about its credits."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from credits.console.rows import AccountRow, EntryRow, channels
from credits.models import CreditAccount, CreditEntry
from credits.services.accounts import accounts_of, left
from saas.core import audit
from tenants import metering
from tenants.console_parts import MAIN, Part, register
from tenants.models import Tenant

LATEST = 5


@dataclass(frozen=True)
class Credits:
    """Every channel's account, and the latest entries of all. Two queries."""

    accounts: list[AccountRow]
    entries: list[EntryRow]

    @property
    def owes(self) -> bool:
        return any(row.account.debt for row in self.accounts)


def load_credits(tenant: Tenant, now: datetime) -> Credits:
    accounts = accounts_of(tenant)
    rows = [account_row(tenant, accounts[one.key], now) for one in channels()]
    return Credits(rows, _latest(list(accounts.values())))


def account_row(tenant: Tenant, account: CreditAccount, now: datetime) -> AccountRow:
    """No query."""
    capability = metering.channels[account.channel].capability
    return AccountRow(account, left(tenant, account, now), tenant.entitlements.can(capability))


def _latest(accounts: list[CreditAccount]) -> list[EntryRow]:
    """By their numbers, which the accounts know: the ledger may be long."""
    wanted = Q(pk__in=[])
    for account in accounts:
        if account.pk:
            wanted |= Q(account=account, seq__gt=account.seq - LATEST)
    found = CreditEntry.objects.filter(wanted).select_related("purchase", "by", "account")
    entries = sorted(found, key=lambda entry: (entry.at, entry.pk), reverse=True)
    return [EntryRow(entry, entry.account.channel) for entry in entries[:LATEST]]


def add_to_console() -> None:
    """The part is known, and so is what the audit log says."""
    register(Part(MAIN, "credits/console/_tenant_credits.html", load_credits))
    audit.register(
        audit.Verb("credit_pack.added", _("Top-up plan added")),
        audit.Verb("credit_pack.saved", _("Top-up plan changed")),
        audit.Verb("credit_pack.deleted", _("Top-up plan deleted")),
        audit.Verb("credits.corrected", _("Credits granted or corrected")),
        audit.Subject("credits.creditpack", "credits_console:packs", takes_id=False),
    )
