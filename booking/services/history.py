"""Who did what to an appointment, written down in the same transaction as the change.

Who it was is known from `audit.acting_as`; outside of a request it is a workflow. What customers do by themselves is
wrapped in `by_customer`, whoever may be logged in to the same browser.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from booking.models import Appointment, AppointmentEntry, By
from saas.core import audit

Facts = dict[str, Any]
ONLINE = "online"
"""In the place of what was before, of a deposit that came by itself and was not noted by anybody."""
_customer: ContextVar[bool] = ContextVar("by_customer", default=False)


@contextmanager
def by_customer() -> Iterator[None]:
    """Whatever is written in the block was done by the customer."""
    token = _customer.set(True)
    try:
        yield
    finally:
        _customer.reset(token)


def facts(row: Appointment) -> Facts:
    """What `row` is at present, as its history would tell it. One query, and one for each of the rows it names that
    has not been read."""
    extras = row.chosen_extras.select_related("serviceextra").order_by("serviceextra__name", "pk")
    return {
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "staff": row.staff.name,
        "service": row.service.name,
        "location": row.location.name if row.location else "",
        "people": row.people,
        "extras": ", ".join(map(str, extras)),
        "price": row.price,
        "status": str(row.status),
        "note": row.note,
    }


def booked(row: Appointment) -> None:
    _write(row, AppointmentEntry.BOOKED, {})


def changed(row: Appointment, before: Facts) -> None:
    """What is not as it was in `before`, which are the `facts` of then; nothing is written where all of it is."""
    now = facts(row)
    found = {key: [old, now[key]] for key, old in before.items() if old != now[key]}
    if "note" in found:
        found["note"] = [bool(text) for text in found["note"]]
    noted(row, **found)


def noted(row: Appointment, **changes: list[Any]) -> None:
    """Write down `field=[before, after]`, in the values of `facts`; nothing without any."""
    if changes:
        _write(row, AppointmentEntry.CHANGED, changes)


def _write(row: Appointment, kind: str, changes: dict[str, list[Any]]) -> None:
    actor = audit.actor()
    by = By.CUSTOMER if _customer.get() else By.TEAM if actor.id else By.SYSTEM
    is_team = by == By.TEAM
    AppointmentEntry.objects.create(
        appointment=row,
        kind=kind,
        changes=changes,
        by=by,
        by_id=actor.id if is_team else None,
        by_name=(actor.name or actor.email)[:80] if is_team else "",
    )
