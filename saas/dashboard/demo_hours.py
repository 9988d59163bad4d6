"""When the demo's businesses are open and who is there: hours by weekday, special days, holidays, the page's rules."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from booking.models import (
    BookingRules,
    Location,
    PaymentAccount,
    SpecialHours,
    Staff,
    TimeOff,
    WorkingHours,
)

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Minutes = tuple[int, int]
Week = dict[int, list[Minutes]]


@dataclass
class Hours:
    """What is told of a business, and the answer to who is there when."""

    zone: ZoneInfo
    week: Week
    own: dict[int, Week] = field(default_factory=dict)
    special: dict[date, list[Minutes]] = field(default_factory=dict)
    away: dict[int, list[tuple[date, date]]] = field(default_factory=lambda: defaultdict(list))

    def of(self, staff: int, day: date) -> list[Minutes]:
        """When `staff` is there on `day`."""
        if any(first <= day <= last for first, last in self.away[staff]):
            return []
        open_at = self.special.get(day, self.week.get(day.weekday(), []))
        if staff not in self.own:
            return open_at
        mine = self.own[staff].get(day.weekday(), [])
        both = [(max(a, c), min(b, d)) for a, b in mine for c, d in open_at]
        return [(start, end) for start, end in both if start < end]

    def instant(self, day: date, minute: int) -> datetime:
        wall = datetime.combine(day, time()) + timedelta(minutes=minute)
        return wall.replace(tzinfo=self.zone)


def set_hours(business: dict[str, Any], today: date, zone: ZoneInfo) -> Hours:
    """Write what `business` tells into the present schema. Staff who are not there are passed over."""
    staff = {one.name: one for one in Staff.objects.all()}
    told = {one["name"]: one for one in business["staff"] if one["name"] in staff}
    hours = Hours(zone, read_week(business["hours"]))
    rows = [WorkingHours(**row) for row in _rows(hours.week)]
    for name, person in told.items():
        if "hours" in person:
            pk = staff[name].pk
            hours.own[pk] = read_week(person["hours"])
            rows += [WorkingHours(staff_id=pk, **row) for row in _rows(hours.own[pk])]
    WorkingHours.objects.bulk_create(rows)
    _special_days(business.get("special_days", []), today, hours)
    _holidays(business.get("holidays", []), staff, today, hours)
    _places(told, staff)
    if rules := business.get("rules"):
        BookingRules.objects.create(pk=1, **rules)
    for gateway in business.get("online_payments", ()):
        PaymentAccount.objects.create(gateway=gateway, is_enabled=True)  # of the double: no keys
    return hours


def read_week(told: dict[str, str]) -> Week:
    """`{"Mon-Fri": "09:00-13:00, 14:00-18:00"}` as spans of minutes by weekday."""
    week: Week = {}
    for days, spans in told.items():
        first, _, last = days.partition("-")
        for weekday in range(WEEKDAYS.index(first), WEEKDAYS.index(last or first) + 1):
            week[weekday] = [read_span(span) for span in spans.split(",")]
    return week


def read_span(text: str) -> Minutes:
    start, end = (read_minute(one) for one in text.strip().split("-"))
    return start, end


def read_minute(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def _rows(week: Week) -> list[dict[str, int]]:
    return [
        {"weekday": weekday, "starts": start, "ends": end}
        for weekday, spans in week.items()
        for start, end in spans
    ]


def _special_days(told: list[dict[str, str]], today: date, hours: Hours) -> None:
    """`{day: "12-24", open: "09:00-13:00", note: …}`, closed without `open`: every one around `today`."""
    for year in (today.year - 1, today.year, today.year + 1):
        for one in told:
            day = date.fromisoformat(f"{year}-{one['day']}")
            if abs((day - today).days) > 200:
                continue
            spans = [read_span(one["open"])] if "open" in one else []
            hours.special[day] = spans
            rows = [SpecialHours(starts=start, ends=end) for start, end in spans] or [
                SpecialHours()
            ]
            for row in rows:
                row.day, row.note = day, one["note"]
            SpecialHours.objects.bulk_create(rows)


def _holidays(
    told: list[dict[str, Any]], staff: dict[str, Staff], today: date, hours: Hours
) -> None:
    """`{staff: name, in_days: -20, days: 7, note: …}`: whole days off."""
    for one in told:
        if one["staff"] not in staff:
            continue
        person = staff[one["staff"]]
        first = today + timedelta(days=one["in_days"])
        last = first + timedelta(days=one["days"] - 1)
        hours.away[person.pk].append((first, last))
        TimeOff.objects.create(
            staff=person,
            starts_at=hours.instant(first, 0),
            ends_at=hours.instant(last + timedelta(days=1), 0),
            note=one["note"],
        )


def _places(told: dict[str, dict[str, Any]], staff: dict[str, Staff]) -> None:
    """Colours, and where everybody works."""
    places = {one.name: one for one in Location.objects.all()}
    for name, person in told.items():
        staff[name].color = person.get("color", "")
        staff[name].locations.set([places[one] for one in person.get("at", []) if one in places])
    Staff.objects.bulk_update(staff.values(), ["color"])
