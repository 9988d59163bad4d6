"""Credits that come and go otherwise than by messages: bought, granted or corrected by hand, taken back, given back.

Each movement is one entry and one change of the account, under the account's lock. Whatever comes in settles a debt
first, and begins the warnings anew.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from credits.models import CreditAccount, CreditEntry, PackPurchase
from credits.services.accounts import lock_account
from saas.core.errors import Conflict
from tenants.models import Tenant, User

Kind = CreditEntry.Kind


class NotEnoughCredits(Conflict):
    """More is to be taken away than there is."""

    def __init__(self, left: int) -> None:
        super().__init__(
            ngettext(
                "Only %(left)s purchased credit is left.",
                "Only %(left)s purchased credits are left.",
                left,
            )
            % {"left": left}
        )
        self.left = left


class NothingMoves(Conflict):
    """A movement of no credits."""

    def __init__(self) -> None:
        super().__init__(_("Enter a number of credits other than 0."))


@dataclass(frozen=True)
class Why:
    """What makes an account change. `key` (“payment:17”) makes it happen once for each account."""

    kind: Kind
    key: str
    purchase: PackPurchase | None = None
    note: str = ""
    by: User | None = None


@transaction.atomic
def grant(tenant: Tenant, channel: str, credits: int, why: Why, *, now: datetime) -> CreditEntry:
    """`credits` more, less what settles a debt. The entry of `why.key`, once. Raises UnknownChannel, NothingMoves."""
    if credits <= 0:
        raise NothingMoves
    account = lock_account(tenant, channel, now)
    if made := _made(account, why.key):
        return made
    settled = min(account.debt, credits)
    account.low_ceiling = account.exhausted_ceiling = None
    return _write(account, credits - settled, -settled, why, now)


@transaction.atomic
def take_back(
    tenant: Tenant, channel: str, credits: int, why: Why, *, now: datetime
) -> CreditEntry:
    """`credits` go as far as they are there; the remainder is debt (D18). The entry of `why.key`, once."""
    if credits <= 0:
        raise NothingMoves
    account = lock_account(tenant, channel, now)
    if made := _made(account, why.key):
        return made
    taken = min(account.purchased_left, credits)
    return _write(account, -taken, credits - taken, why, now)


@transaction.atomic
def correct(
    tenant: Tenant,
    channel: str,
    credits: int,
    *,
    reason: str,
    by: User,
    key: str,
    now: datetime,
) -> CreditEntry:
    """A super admin gives (above 0) or takes (below) credits by hand, for a reason that stands in the ledger.

    Once for each `key`, a press of the button. Raises NotEnoughCredits, NothingMoves, UnknownChannel.
    """
    kind = Kind.GRANT if credits > 0 else Kind.CORRECTION
    why = Why(kind, f"hand:{key}", note=reason, by=by)
    if credits > 0:
        return grant(tenant, channel, credits, why, now=now)
    account = lock_account(tenant, channel, now)
    if made := _made(account, why.key):
        return made
    if account.purchased_left < -credits:
        raise NotEnoughCredits(account.purchased_left)
    if not credits:
        raise NothingMoves
    return _write(account, credits, 0, why, now)


def _made(account: CreditAccount, key: str) -> CreditEntry | None:
    return CreditEntry.objects.filter(account_id=account.pk, key=key).first()


def _write(
    account: CreditAccount, purchased: int, debt_amount: int, why: Why, now: datetime
) -> CreditEntry:
    """Move the account, which is locked, and write why."""
    account.purchased_left += purchased
    account.debt += debt_amount
    account.seq += 1
    account.save()
    return CreditEntry.objects.create(
        account=account,
        seq=account.seq,
        kind=why.kind,
        purchased=purchased,
        debt_amount=debt_amount,
        window_start=account.window_start,
        monthly_used_after=account.monthly_used,
        purchased_after=account.purchased_left,
        debt_after=account.debt,
        key=why.key,
        purchase=why.purchase,
        note=why.note[:300],
        by=why.by,
        at=now,
    )
