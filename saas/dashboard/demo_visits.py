"""Half a year of appointments as rows that are not stored yet, within the hours of whoever serves.

The same for the same day: whatever is by chance comes from one seeded generator. Nobody is booked twice at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from booking.models import (
    Appointment,
    Customer,
    Deposit,
    Location,
    Service,
    ServiceExtra,
    Source,
    Staff,
    Status,
)
from saas.dashboard.demo_hours import WEEKDAYS, Hours, read_minute

DAYS_BACK, DAYS_AHEAD = 182, 20
STEP = 15
RUSH = {0: 0.75, 1: 0.85, 2: 0.9, 3: 1.0, 4: 1.2, 5: 1.25, 6: 1.0}
"""How full a weekday is, beside the others."""
BOOKED_AHEAD = (0, 1, 2, 3, 5, 8, 13, 18)
TRIES, REGULARS = 5, 1.25
WITH_EXTRA, ONLINE, DEPOSIT_PAID, KNOWN_AT_FIRST = 0.18, 0.58, 0.85, 0.3


@dataclass
class Visit:
    """An appointment, with what can only be stored after it."""

    row: Appointment
    extras: list[ServiceExtra] = field(default_factory=list)
    joins: "Visit | None" = None


@dataclass(frozen=True)
class Shift:
    """One of the staff on one day, at one place; `progress` goes from 0, half a year ago, to 1 today."""

    person: Staff
    day: date
    place: Location | None
    progress: float


@dataclass
class Diary:
    """Whoever and whatever appointments are made of. `fullness` is how likely a quarter of an hour is booked."""

    customers: list[Customer]
    services: list[Service]
    staff: list[Staff]
    extras: dict[int, list[ServiceExtra]]
    offered_by: dict[int, set[int]]
    works_at: dict[int, list[Location]]
    weights: dict[str, float]
    classes: list[dict[str, Any]]
    hours: Hours
    fullness: float
    missed: float
    now: datetime
    dice: Random
    met: int = 0
    coming: set[tuple[int, date]] = field(default_factory=set)
    """Who comes on which day, by the place in `customers`: nobody twice, as far as that can be had."""

    def visits(self) -> Iterator[Visit]:
        today = self.now.astimezone(self.hours.zone).date()
        for number in range(-DAYS_BACK, DAYS_AHEAD + 1):
            day = today + timedelta(days=number)
            progress = min((number + DAYS_BACK) / DAYS_BACK, 1.0)
            fullness = self.fullness * RUSH[day.weekday()] * (0.72 + 0.28 * progress)
            if number > 0:
                fullness *= 1 - number / (DAYS_AHEAD + 3)
            for person in self.staff:
                places = self.works_at[person.pk]
                place = self.dice.choice(places) if places else None
                yield from self.day_of(Shift(person, day, place, progress), fullness)

    def day_of(self, shift: Shift, fullness: float) -> Iterator[Visit]:
        """The appointments of one shift, classes first."""
        taken: list[Appointment] = []
        for told in self.classes:
            if told["staff"] == shift.person.name and WEEKDAYS[shift.day.weekday()] in told["on"]:
                group = self.class_of(told, shift)
                taken += [visit.row for visit in group[:1]]
                yield from group
        for start, end in self.hours.of(shift.person.pk, shift.day):
            first, last = (self.hours.instant(shift.day, minute) for minute in (start, end))
            at = start
            while at < end:
                if self.dice.random() > fullness:
                    at += STEP * self.dice.randint(1, 3)
                    continue
                visit = self.visit(shift, at)
                at += STEP
                if visit and fits(visit.row, first, last, taken):
                    self.note(visit.row)
                    yield visit
                    if not visit.row.is_cancelled:
                        taken.append(visit.row)

    def visit(self, shift: Shift, minute: int) -> Visit | None:
        """Somebody's appointment at that minute, or none where nothing is offered."""
        key = shift.person.pk
        offered = [
            one for one in self.services if key in self.offered_by[one.pk] and one.capacity == 1
        ]
        if not offered:
            return None
        weights = [self.weights[one.name] for one in offered]
        service = self.dice.choices(offered, weights)[0]
        found = self.extras.get(service.pk, [])
        extras = [one for one in found if self.dice.random() < WITH_EXTRA]
        row = self.row(service, shift, minute)
        row.end_after(service.minutes + sum(one.minutes for one in extras))
        row.price = service.price + sum(one.price for one in extras)
        self.settle(row)
        return Visit(row, extras)

    def class_of(self, told: dict[str, Any], shift: Shift) -> list[Visit]:
        """Those who share a class: the first holds the time, the others join. Empty where it is not given."""
        service = next((one for one in self.services if one.name == told["service"]), None)
        minute, spans = read_minute(told["at"]), self.hours.of(shift.person.pk, shift.day)
        if service is None or not any(
            start <= minute and minute + service.minutes + service.buffer_after <= end
            for start, end in spans
        ):
            return []
        group: dict[int, Visit] = {}
        for _number in range(self.dice.randint(*told["people"])):
            row = self.row(service, shift, minute)
            row.end_after(service.minutes)
            row.price = service.price
            self.settle(row)
            if not row.is_cancelled and id(row.customer) not in group:
                self.note(row)
                holder = next(iter(group.values()), None)
                group[id(row.customer)] = Visit(row, joins=holder)
        return list(group.values())

    def row(self, service: Service, shift: Shift, minute: int) -> Appointment:
        start = self.hours.instant(shift.day, minute)
        ahead = timedelta(days=self.dice.choice(BOOKED_AHEAD), minutes=self.dice.randint(90, 600))
        row = Appointment(
            customer=self.customer(shift),
            service=service,
            staff=shift.person,
            location=shift.place,
            starts_at=start,
            created_at=min(self.now - timedelta(minutes=5), start - ahead),
        )
        if self.dice.random() < ONLINE:
            row.source = Source.PAGE
            row.language, row.agreed_at = row.customer.language, row.created_at
        return row

    def customer(self, shift: Shift) -> Customer:
        """Somebody new now and then, as time goes on; mostly one of those known by then, the regulars first."""
        first = int(len(self.customers) * KNOWN_AT_FIRST)
        known = max(int(first + (len(self.customers) - first) * shift.progress), 1)
        if first + self.met < known:
            self.met += 1
            return self.customers[first + self.met - 1]
        for _try in range(TRIES):
            place = int(known * self.dice.random() ** REGULARS)
            if (place, shift.day) not in self.coming:
                break
        self.coming.add((place, shift.day))
        return self.customers[place]

    def note(self, row: Appointment) -> None:
        """Nobody has been booked before they were known."""
        row.customer.created_at = min(row.customer.created_at, row.created_at)

    def settle(self, row: Appointment) -> None:
        """What became of it, as far as that can be known; a few of the last days are still to be marked."""
        chance, is_over = self.dice.random(), row.ends_at <= self.now
        if chance < 0.06:
            row.status = Status.CANCELLED
            notice = timedelta(hours=self.dice.choice((3, 20, 30, 50)))
            row.cancelled_at = max(min(row.starts_at - notice, self.now), row.created_at)
        elif not is_over:
            row.status = Status.PENDING if chance < 0.14 else Status.APPROVED
        elif chance < 0.06 + self.missed:
            row.status = Status.NO_SHOW
        elif row.ends_at > self.now - timedelta(days=2) and chance < 0.3:
            row.status = Status.APPROVED
        else:
            row.status = Status.PAID if chance < 0.55 else Status.COMPLETED
        self.ask_deposit(row)

    def ask_deposit(self, row: Appointment) -> None:
        kind, value = row.service.deposit_kind, row.service.deposit
        if kind == Deposit.NONE:
            return
        asked = row.price * value // 100 if kind == Deposit.PERCENT else value
        row.deposit = min(asked, row.price)
        if self.dice.random() < DEPOSIT_PAID:
            row.deposit_paid_at = row.created_at + timedelta(minutes=3)


def fits(row: Appointment, first: datetime, last: datetime, taken: list[Appointment]) -> bool:
    """Within the hours, with the service's buffers, and beside what is `taken`."""
    return (
        first <= row.busy_from
        and row.busy_until <= last
        and not any(
            row.busy_from < one.busy_until and one.busy_from < row.busy_until for one in taken
        )
    )
