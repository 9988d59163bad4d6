"""Every report beside a slow one in Python that is plainly right, over histories in disorder."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from booking.models import VISITED, Appointment, Source, Staff, Status
from booking.reports import bookings, customers, no_shows, revenue
from booking.reports.spans import Choice, Span, choose, just_before
from booking.reports.tallies import Question, altogether, by_name, by_place, now_and_before
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.reports.messy import NOW, ZONE, Business, make_business

SPANS = [
    {"days": "7"},
    {"days": "30"},
    {"days": "90"},
    {"days": "month"},
    {"days": "last-month"},
    {"days": "custom", "since": "2026-03-28", "until": "2026-03-30"},
    {"days": "custom", "since": "2026-10-25", "until": "2026-10-25"},
    {"days": "custom", "since": "2025-11-06", "until": "2026-11-06"},
]
Totals = dict[str, int]


@pytest.fixture(params=[1, 2, 3])
def business(request: pytest.FixtureRequest, aurora: Tenant) -> Iterator[Business]:
    made = make_business(aurora, request.param)
    with tenant_scope(aurora):
        yield made


def totals(rows: list[Appointment]) -> Totals:
    came = [row for row in rows if row.status in VISITED]
    open_ = [row for row in rows if row.status in (Status.PENDING, Status.APPROVED)]
    missed = [row for row in rows if row.status == Status.NO_SHOW]
    booked = [row for row in rows if row.status != Status.CANCELLED]
    return {
        "booked": len(booked),
        "came": len(came),
        "open": len(open_),
        "missed": len(missed),
        "cancelled": len(rows) - len(booked),
        "online": sum(row.source == Source.PAGE for row in booked),
        "earned": sum(row.price for row in came),
        "expected": sum(row.price for row in open_),
        "lost": sum(row.price for row in missed),
    }


def place(span: Span, day: date) -> date:
    """The first day of the day, week or month of `day`."""
    if span.days <= 31:
        return day
    return day - timedelta(days=day.weekday()) if span.days <= 120 else day.replace(day=1)


@pytest.mark.parametrize("asked", SPANS, ids=lambda asked: "-".join(asked.values()))
def test_altogether_is_what_is_found_one_by_one(business: Business, asked: dict[str, str]) -> None:
    choice = choose(asked, NOW, ZONE)
    row = business.rows[0]  # at the very midnight that divides the two spans
    row.staff, row.starts_at = Staff.objects.create(name="Nobody else"), choice.span.start
    row.end_after(30)
    row.save()
    found = (*now_and_before(Question(), choice), by_place(Question(), choice.span))
    assert altogether(Question(), choice) == found


@pytest.mark.parametrize("asked", SPANS, ids=lambda asked: "-".join(asked.values()))
def test_tallies_are_those_of_the_model(business: Business, asked: dict[str, str]) -> None:
    choice = choose(asked, NOW, ZONE)
    rows = business.between(choice.span.first, choice.span.last)
    old = business.between(choice.before.first, choice.before.last)
    now, before = now_and_before(Question(), choice)
    assert vars(now) == totals(rows)
    assert vars(before) == totals(old)
    found = by_place(Question(), choice.span)
    for day, tally in found.items():
        mine = [row for row in rows if place(choice.span, business.local(row)) == day]
        assert vars(tally) == totals(mine), day
    assert sum(tally.booked for tally in found.values()) == now.booked


def test_tallies_by_name_and_narrowed(business: Business) -> None:
    span = choose({"days": "90"}, NOW, ZONE).span
    rows = business.between(span.first, span.last)
    for name, tally in by_name(Question(), span, "staff"):
        assert vars(tally) == totals([row for row in rows if row.staff.name == name])
    who, where = business.staff[0], business.locations[1]
    question = Question(staff=who.pk, location=where.pk)
    mine = [row for row in rows if row.staff == who and row.location == where]
    (now, _before), wanted = (
        now_and_before(question, Choice("", span, just_before(span))),
        totals(mine),
    )
    assert wanted["booked"]
    assert vars(now) == wanted


@pytest.mark.parametrize("asked", SPANS, ids=lambda asked: "-".join(asked.values()))
def test_new_and_returning_are_those_of_the_model(
    business: Business, asked: dict[str, str]
) -> None:
    choice = choose(asked, NOW, ZONE)
    visits = [row for row in business.rows if row.status in VISITED]
    first: dict[int, date] = {}
    for row in sorted(visits, key=lambda row: row.starts_at):
        first.setdefault(row.customer_id, business.local(row))
    for span, seen in zip((choice.span, choice.before), customers.faces(choice)[1], strict=True):
        came = {row.customer_id for row in visits if span.first <= business.local(row) <= span.last}
        assert seen.seen == len(came)
        assert seen.new == sum(span.first <= first[key] <= span.last for key in came)
    firsts, _faces = customers.faces(choice)
    for day, faces in customers.by_place(choice.span, firsts).items():
        here = {
            row.customer_id
            for row in visits
            if choice.span.first <= business.local(row) <= choice.span.last
            and place(choice.span, business.local(row)) == day
        }
        fresh = {
            key
            for key in here
            if first[key] >= choice.span.first and place(choice.span, first[key]) == day
        }
        assert (faces.seen, faces.new) == (len(here), len(fresh)), day
        assert faces.returning >= 0


def test_tables_hold_what_the_model_says(business: Business) -> None:
    choice = choose({"days": "90"}, NOW, ZONE)
    rows = business.between(choice.span.first, choice.span.last)
    earned: Counter[str] = Counter()
    for row in rows:
        if row.status in VISITED:
            earned[row.service.name] += row.price
    table = revenue.sheet(Question(), choice).table("service")
    assert table is not None
    assert {row[0]: row[3] for row in table.rows} == dict(earned)
    assert [row[3] for row in table.rows] == sorted(earned.values(), reverse=True)

    missed = Counter(row.customer.name for row in rows if row.status == Status.NO_SHOW)
    table = no_shows.sheet(Question(), choice).table("customers")
    assert table is not None
    assert {row[0]: row[1] for row in table.rows} == dict(missed.most_common(20)) or len(
        missed
    ) > 20

    spent: Counter[str] = Counter()
    for row in rows:
        if row.status in VISITED:
            spent[row.customer.name] += row.price
    table = customers.sheet(Question(), choice).table("customers")
    assert table is not None
    assert [row[2] for row in table.rows] == sorted(spent.values(), reverse=True)[:20]

    days = bookings.sheet(Question(), choice).table("days")
    assert days is not None
    assert sum(row[1] for row in days.rows) == totals(rows)["booked"]
