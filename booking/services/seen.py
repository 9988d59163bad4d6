"""Whether an appointment is still as it was on the screen of whoever changes it."""

import hashlib
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from booking.models import Appointment
from saas.core.errors import Conflict


class ChangedMeanwhile(Conflict):
    """Somebody else changed it after its form was opened."""

    def __init__(self) -> None:
        super().__init__(_("Somebody changed this appointment meanwhile. Here is how it is now."))


def seen_of(row: Appointment) -> str:
    """What the form of `row` is sent back with: a mark for each thing that it shows, and for the status."""
    return "-".join(_mark(value) for value in _shown(row).values())


def require_seen(row: Appointment, seen: str | None) -> None:
    """Return when `row` is as `seen` says; None is not asked. Raises ChangedMeanwhile. One query."""
    if seen is not None and seen != seen_of(row):
        raise ChangedMeanwhile


def asked_otherwise(row: Appointment, asked: Mapping[str, Any], seen: str) -> list[str]:
    """Which fields of `asked` (AppointmentFields) are not what the form showed to begin with."""
    marks = dict(zip(_shown(row), seen.split("-"), strict=False))
    return [name for name, value in _asked(asked).items() if _mark(value) != marks.get(name)]


def _shown(row: Appointment) -> dict[str, Any]:
    return {
        "service": row.service_id,
        "staff": row.staff_id,
        "location": row.location_id,
        "starts_at": row.starts_at.timestamp(),
        "people": row.people,
        "extras": sorted((one.serviceextra_id, one.quantity) for one in row.chosen_extras.all()),
        "note": row.note,
        "status": row.status,
    }


def _asked(asked: Mapping[str, Any]) -> dict[str, Any]:
    """`asked` as `_shown` says it."""
    rows = {name: asked[name] for name in ("service", "staff", "location") if name in asked}
    found: dict[str, Any] = {name: one.pk if one else None for name, one in rows.items()}
    if "starts_at" in asked:
        found["starts_at"] = asked["starts_at"].timestamp()
    if "extras" in asked:
        times = asked.get("quantities", {})
        found["extras"] = sorted((one.pk, times.get(one.pk, 1)) for one in asked["extras"])
    return found | {name: asked[name] for name in ("people", "note") if name in asked}


def _mark(value: Any) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:10]
