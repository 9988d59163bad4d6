"""The history of an appointment in plain sentences, the latest first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking.models import Appointment, AppointmentEntry, By, Source, Status
from booking.services.history import ONLINE
from saas.core.money import format_money
from tenants.models import Tenant

Pair = tuple[Any, Any]


@dataclass(frozen=True)
class Line:
    """What was done at one moment, by whom; `who` is empty where nobody wrote it down."""

    at: datetime
    who: str
    sentences: list[str]


def history_of(row: Appointment, tenant: Tenant) -> list[Line]:
    """Everything that is known of it. One query.

    What happened before there was a history is told by the appointment itself, as far as it can.
    """
    entries = list(row.entries.order_by("-at", "-pk"))
    teller = _Teller(ZoneInfo(tenant.time_zone), tenant.platform_settings.currency)
    lines = [Line(one.at, _who(one, row), teller.sentences(one)) for one in entries]
    older = list(_before_all(row, entries))
    return sorted((one for one in [*lines, *older] if one.sentences), key=_at, reverse=True)


def _at(line: Line) -> datetime:
    return line.at


def _who(entry: AppointmentEntry, row: Appointment) -> str:
    match entry.by:
        case By.CUSTOMER:
            return _("The customer")
        case By.TEAM:
            return entry.by_name or _("Your team")
    if row.was_released and entry.changes.get("status", [""])[-1] == Status.CANCELLED:
        return _("By itself, as the deposit was not paid")
    return _("A workflow")


def _before_all(row: Appointment, entries: list[AppointmentEntry]) -> Iterator[Line]:
    told = {name for one in entries for name in (one.kind, *one.changes)}
    if AppointmentEntry.BOOKED not in told:
        on_page = row.source == Source.PAGE
        who = _("The customer") if on_page else _("Your team")
        yield Line(row.created_at, who, [_booked()])
    if row.deposit_paid_at and "deposit_paid_at" not in told:
        yield Line(row.deposit_paid_at, "", [_deposit()])
    if row.cancelled_at and "status" not in told:
        yield Line(row.cancelled_at, "", [_("Cancelled.")])


def _booked() -> str:
    return _("Booked.")


def _deposit() -> str:
    return _("The deposit was noted as received.")


@dataclass(frozen=True)
class _Teller:
    zone: ZoneInfo
    currency: str

    def sentences(self, entry: AppointmentEntry) -> list[str]:
        if entry.kind == AppointmentEntry.BOOKED:
            return [_booked()]
        changes = {name: (pair[0], pair[1]) for name, pair in entry.changes.items()}
        if "starts_at" in changes:
            changes.pop("ends_at", None)  # it moves along
        return [
            self._ways[name](self, pair) for name, pair in changes.items() if name in self._ways
        ]

    def _moved(self, pair: Pair) -> str:
        words = {"before": self._when(pair[0]), "after": self._when(pair[1])}
        return _("Moved from %(before)s to %(after)s.") % words

    def _length(self, pair: Pair) -> str:
        words = {"before": self._time(pair[0]), "after": self._time(pair[1])}
        return _("It ends at %(after)s instead of %(before)s.") % words

    def _staff(self, pair: Pair) -> str:
        return _("With %(after)s instead of %(before)s.") % _words(pair)

    def _service(self, pair: Pair) -> str:
        return _("%(after)s instead of %(before)s.") % _words(pair)

    def _location(self, pair: Pair) -> str:
        before, after = pair
        if not after:
            return _("No longer at %(before)s.") % _words(pair)
        if not before:
            return _("At %(after)s.") % _words(pair)
        return _("At %(after)s instead of %(before)s.") % _words(pair)

    def _people(self, pair: Pair) -> str:
        return _("People: %(after)s instead of %(before)s.") % _words(pair)

    def _extras(self, pair: Pair) -> str:
        before, after = pair
        if not after:
            return _("Without extras. Before: %(before)s.") % _words(pair)
        if not before:
            return _("With extras: %(after)s.") % _words(pair)
        return _("Extras: %(after)s. Before: %(before)s.") % _words(pair)

    def _price(self, pair: Pair) -> str:
        before, after = (format_money(one, self.currency, short=True) for one in pair)
        return _("The price is %(after)s instead of %(before)s.") % _words((before, after))

    def _status(self, pair: Pair) -> str:
        before, after = (_status_label(one) for one in pair)
        return _("From “%(before)s” to “%(after)s”.") % _words((before, after))

    def _note(self, pair: Pair) -> str:
        had, has = pair
        if not has:
            return _("The note was removed.")
        return _("The note was changed.") if had else _("A note was added.")

    def _paid(self, pair: Pair) -> str:
        return _("The deposit was paid online.") if pair[0] == ONLINE else _deposit()

    _ways: ClassVar[dict[str, Callable[[Any, Pair], str]]] = {
        "starts_at": _moved,
        "ends_at": _length,
        "staff": _staff,
        "service": _service,
        "location": _location,
        "people": _people,
        "extras": _extras,
        "price": _price,
        "status": _status,
        "note": _note,
        "deposit_paid_at": _paid,
    }

    def _when(self, text: str) -> str:
        return date_format(self._wall(text), "D j M Y, H:i")

    def _time(self, text: str) -> str:
        return date_format(self._wall(text), "H:i")

    def _wall(self, text: str) -> datetime:
        return datetime.fromisoformat(text).astimezone(self.zone)


def _words(pair: Pair) -> dict[str, Any]:
    return {"before": pair[0], "after": pair[1]}


def _status_label(value: str) -> str:
    return str(Status(value).label) if value in Status.values else value
