"""How many were booked, and what became of them."""

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from booking.reports.sheets import COUNT, PLACE, SHARE, TEXT, Column, Figure, Sheet, Table
from booking.reports.spans import Choice, Span
from booking.reports.tallies import Question, Tally, by_name, by_place, now_and_before
from saas.core.charts import Columns, Series, columns
from saas.core.templatetags.ui import number

MOST_NAMES = 50


def sheet(question: Question, choice: Choice) -> Sheet:
    """Four queries."""
    now, before = now_and_before(question, choice)
    places = by_place(question, choice.span)
    return Sheet(
        figures=_figures(now, before),
        chart_title=_("Bookings by what became of them"),
        chart=_chart(choice.span, places),
        tables=[
            _days(choice.span, places),
            _named("service", _("By service"), _("Service"), question, choice.span),
            _named("staff", _("By staff"), _("Staff"), question, choice.span),
        ],
        is_empty=not (now.all or before.all),
    )


def _figures(now: Tally, before: Tally) -> list[Figure]:
    online = (now.online, now.booked), (before.online, before.booked)
    cancelled = (now.cancelled, now.all), (before.cancelled, before.all)
    return [
        Figure(_("Bookings"), COUNT, now.booked, before.booked),
        Figure(_("On the booking page"), SHARE, *online, good=0),
        Figure(_("Cancelled"), SHARE, *cancelled, good=-1),
        Figure(_("Still open"), COUNT, now.open, note=_("to come, or not marked yet")),
    ]


def _chart(span: Span, places: Mapping[date, Tally]) -> Columns:
    every = places.values()
    return columns(
        [span.short(place) for place in places],
        [
            Series(_("Came"), [one.came for one in every]),
            Series(_("Still open"), [one.open for one in every]),
            Series(_("No-show"), [one.missed for one in every]),
            Series(_("Cancelled"), [one.cancelled for one in every]),
        ],
        number,
        names=[span.long(place) for place in places],
    )


def _days(span: Span, places: Mapping[date, Tally]) -> Table:
    rows = [[(place, span.long(place)), *_values(one)] for place, one in places.items()]
    head = [Column(_("When"), PLACE), *_columns()]
    return Table("days", _("In figures"), head, rows, is_folded=True)


def _named(of: str, title: str, label: str, question: Question, span: Span) -> Table:
    """One query."""
    found = sorted(by_name(question, span, of), key=lambda pair: (-pair[1].booked, pair[0]))
    rows = [[name, *_values(one)] for name, one in found[:MOST_NAMES]]
    return Table(of, title, [Column(label, TEXT), *_columns()], rows)


def _columns() -> list[Column]:
    return [
        Column(_("Bookings")),
        Column(_("Came"), css="hide-phone"),
        Column(_("Still open"), css="hide-phone"),
        Column(_("No-shows"), css="hide-phone"),
        Column(_("Cancelled")),
    ]


def _values(one: Tally) -> list[int]:
    return [one.booked, one.came, one.open, one.missed, one.cancelled]
