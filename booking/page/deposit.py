"""How the deposit of an appointment stands, as its customer is told."""

from dataclasses import dataclass, field
from datetime import datetime

from billing.services.merchants import Way
from booking.deposits import is_due, is_payable
from booking.models import Appointment, Status
from booking.page.shop import Shop
from booking.services.deposits.accounts import ways_to_pay


@dataclass(frozen=True)
class DepositShown:
    """`word` is the key of what is said of `amount`; empty where no deposit is asked. `ways`: how it can be paid now.

    `left` is what was paid online and has not gone back.
    """

    word: str = ""
    amount: int = 0
    waits: bool = False
    was_online: bool = False
    left: int = 0
    ways: list[Way] = field(default_factory=list)
    held_until: datetime | None = None

    @classmethod
    def of(cls, row: Appointment, shop: Shop) -> "DepositShown":
        """No query where no deposit is asked; else one, and another as long as it can be paid."""
        if not row.deposit:
            return cls()
        if is_due(row):
            ways = ways_to_pay(shop.tenant) if is_payable(row, shop.now) else []
            held = row.held_until if ways and row.status == Status.PENDING else None
            return cls("own.deposit_due", row.deposit, waits=True, ways=ways, held_until=held)
        return cls._came(row)

    @classmethod
    def _came(cls, row: Appointment) -> "DepositShown":
        paid = list(row.deposit_payments.filter(paid_at__isnull=False).prefetch_related("refunds"))
        gone = sum(one.refunded for one in paid)
        left = sum(one.left for one in paid if one.fulfilled_at)
        if any(refund.is_open for one in paid for refund in one.refunds.all()):
            return cls("own.deposit_going_back", sum(one.left for one in paid), was_online=True)
        if gone and not left:
            return cls("own.deposit_back", gone, was_online=True)
        if row.is_cancelled and row.deposit_paid_at is None:
            return cls()
        online = any(one.fulfilled_at for one in paid)
        return cls("own.deposit_paid", left or row.deposit, was_online=online, left=left)
