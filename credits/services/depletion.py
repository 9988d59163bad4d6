"""Few are left, nothing is left: said once, and again after a refill, a new month or a higher limit.

What was said stands on the account, in the transaction in which it is said; so it is never said twice, and a worker
that dies before leaves it to the next spend.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from credits.models import AutoRecharge, CreditAccount
from credits.services.accounts import warning_at
from plans.entitlements import UNLIMITED
from saas.core.events import emit
from tenants.models import Tenant

LOW, EXHAUSTED, RECHARGE = "credits.low", "credits.exhausted", "credits.recharge_due"


@dataclass(frozen=True)
class Stand:
    """An account right after a spend, and what was said of it before."""

    account_id: int
    ceiling: int
    used: int
    purchased: int
    warn_below: int | None
    recharge_below: int | None
    low_ceiling: int | None
    exhausted_ceiling: int | None

    @staticmethod
    def of(ceiling: int, row: Sequence[int]) -> "Stand":
        """From a row that `SPEND` answers."""
        _monthly, _purchased, account_id, *rest = row
        return Stand(account_id, ceiling, *rest)

    @property
    def left(self) -> int:
        return max(self.ceiling - self.used, 0) + self.purchased


def look(tenant: Tenant, stand: Stand, now: datetime) -> None:
    """What follows from so few being left is said and begun. No query where enough are."""
    if stand.ceiling == UNLIMITED:
        return
    if stand.recharge_below is not None and stand.left <= stand.recharge_below:
        ask_for_recharge(stand.account_id, now)
    if stand.left == 0 and _is_news(stand.exhausted_ceiling, stand.ceiling):
        say_exhausted(tenant, stand.account_id, stand.ceiling)
    elif 0 < stand.left <= warning_at(stand.ceiling, stand.warn_below) and _is_news(
        stand.low_ceiling, stand.ceiling
    ):
        _say(LOW, "low_ceiling", tenant, stand.account_id, stand.ceiling)


def say_exhausted(tenant: Tenant, account_id: int, ceiling: int) -> None:
    """Nothing is left, or not enough for a message: once."""
    _say(EXHAUSTED, "exhausted_ceiling", tenant, account_id, ceiling)


def _is_news(said: int | None, ceiling: int) -> bool:
    return said is None or said < ceiling


@transaction.atomic
def _say(event: str, mark: str, tenant: Tenant, account_id: int, ceiling: int) -> None:
    news = Q(**{f"{mark}__isnull": True}) | Q(**{f"{mark}__lt": ceiling})
    mine = CreditAccount.objects.filter(news, pk=account_id)
    if mine.update(**{mark: ceiling}):
        channel = CreditAccount.objects.values_list("channel", flat=True).get(pk=account_id)
        emit(event, tenant_id=tenant.pk, channel=channel)


@transaction.atomic
def ask_for_recharge(account_id: int, now: datetime) -> None:
    """A worker is to buy; once, until that has been tried."""
    waiting = AutoRecharge.objects.filter(
        account_id=account_id, is_on=True, paused_at__isnull=True, due_at__isnull=True
    )
    if waiting.update(due_at=now, attempt=F("attempt") + 1):
        emit(RECHARGE, account_id=account_id)
