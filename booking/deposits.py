"""What is asked for in advance. Pure: nothing here reads or writes the database."""

from datetime import datetime

from booking.models import Appointment, Deposit, Service, Status
from plans.entitlements import Entitlements

WITHOUT = "services.disable_deposit_payments"
"""What lets a business offer a service that costs something without a deposit."""
USUAL_PERCENT = 20
"""Asked where the plan wants a deposit and the service, saved earlier, has none."""


def must_ask(entitlements: Entitlements, price: int) -> bool:
    """Does the plan want a deposit for a service at `price`, in minor units?"""
    return price > 0 and not entitlements.can(WITHOUT)


def deposit_of(service: Service, entitlements: Entitlements, *, price: int) -> int:
    """The deposit for an appointment that costs `price`, both in minor units; never more than the price.

    A percentage is rounded to the nearest minor unit, half of one up. A fixed amount is asked once, however many come.
    """
    kind, amount = Deposit(service.deposit_kind), service.deposit
    if kind == Deposit.NONE and must_ask(entitlements, price):
        kind, amount = Deposit.PERCENT, USUAL_PERCENT
    if kind == Deposit.FIXED:
        return min(amount, price)
    if kind == Deposit.PERCENT:
        return (price * amount + 50) // 100
    return 0


def is_due(row: Appointment) -> bool:
    """Is a deposit asked for that has not come?"""
    return bool(row.deposit) and row.deposit_paid_at is None and not row.is_cancelled


def is_payable(row: Appointment, now: datetime) -> bool:
    """May it still be paid online: before the appointment, and while its time is kept, if it is kept for that?"""
    until = row.held_until if row.status == Status.PENDING else None
    return is_due(row) and row.starts_at > now and (until is None or until > now)
