"""Months that begin: what was used counts no longer, and what was said may be said again.

A spend does the same by itself when it comes first; this is for accounts on which nothing is spent, so that every
page and every sum that reads an account reads the present month.
"""

from datetime import datetime

from django.db import transaction

from credits.models import CreditAccount
from credits.services.accounts import renew

AT_ONCE = 500


def renew_due(now: datetime) -> int:
    """Accounts whose month is over count the present one; how many there were. Several may do so at once."""
    done = 0
    while some := _renew_some(now):
        done += some
    return done


@transaction.atomic
def _renew_some(now: datetime) -> int:
    due = CreditAccount.objects.filter(renews_at__lte=now).order_by("renews_at", "pk")
    locked = due.select_for_update(of=("self",), skip_locked=True, no_key=True)
    accounts = list(locked.select_related("tenant")[:AT_ONCE])
    for account in accounts:
        renew(account, *account.tenant.usage_window(now))
    CreditAccount.objects.bulk_update(
        accounts,
        ["window_start", "renews_at", "monthly_used", "low_ceiling", "exhausted_ceiling"],
    )
    return len(accounts)
