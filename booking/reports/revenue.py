"""What those who came have paid or owe: the prices of the day on which they booked."""

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from booking.reports.bookings import MOST_NAMES
from booking.reports.sheets import COUNT, MONEY, PLACE, SHARE, TEXT, Column, Figure, Sheet, Table
from booking.reports.spans import Choice, Span
from booking.reports.tallies import Question, Tally, by_name, by_place, now_and_before
from saas.core.charts import Area, Series, area
from saas.core.money import decimals, format_money


def sheet(question: Question, choice: Choice) -> Sheet:
    """Four queries."""
    now, before = now_and_before(question, choice)
    places = by_place(question, choice.span)
    return Sheet(
        figures=_figures(now, before, question.currency),
        chart_title=_("Revenue"),
        chart=line(question, choice, places),
        tables=[
            _days(question, choice.span, places),
            _named("service", _("By service"), _("Service"), question, choice.span),
            _named("staff", _("By staff"), _("Staff"), question, choice.span),
        ],
        is_empty=not (now.all or before.all),
        note=_(
            "Revenue is the price of appointments that are paid or completed. "
            "What was cancelled or missed earns nothing."
        ),
    )


def line(question: Question, choice: Choice, places: Mapping[date, Tally]) -> Area:
    """The revenue over the days of the span."""
    span, currency = choice.span, question.currency
    return area(
        [span.short(place) for place in places],
        Series(_("Revenue"), [one.earned for one in places.values()]),
        lambda amount: format_money(amount, currency),
        unit=10 ** decimals(currency),
        names=[span.long(place) for place in places],
        tick=lambda amount: format_money(amount, currency, short=True),
    )


def each(one: Tally) -> int | None:
    """What a visit brought on average, in minor units, rounded half up; None without one."""
    return (2 * one.earned + one.came) // (2 * one.came) if one.came else None


def _figures(now: Tally, before: Tally, currency: str) -> list[Figure]:
    open_note = _("booked, not marked as paid or completed")
    return [
        Figure(_("Revenue"), MONEY, now.earned, before.earned, currency=currency),
        Figure(_("Visits"), COUNT, now.came, before.came),
        Figure(_("Per visit"), MONEY, each(now), each(before), currency=currency),
        Figure(_("Still open"), MONEY, now.expected, currency=currency, note=open_note),
    ]


def _days(question: Question, span: Span, places: Mapping[date, Tally]) -> Table:
    head = [Column(_("When"), PLACE), Column(_("Visits")), Column(_("Revenue"), MONEY)]
    rows = [[(place, span.long(place)), one.came, one.earned] for place, one in places.items()]
    return Table("days", _("In figures"), head, rows, question.currency, is_folded=True)


def _named(of: str, title: str, label: str, question: Question, span: Span) -> Table:
    """One query."""
    every = by_name(question, span, of)
    whole = sum(one.earned for _name, one in every)
    found = [pair for pair in every if pair[1].came]
    found.sort(key=lambda pair: (-pair[1].earned, pair[0]))
    head = [
        Column(label, TEXT),
        Column(_("Visits")),
        Column(_("Per visit"), MONEY, "hide-phone"),
        Column(_("Revenue"), MONEY),
        Column(_("Share"), SHARE, "hide-phone"),
    ]
    rows = [
        [name, one.came, each(one), one.earned, (one.earned, whole)]
        for name, one in found[:MOST_NAMES]
    ]
    return Table(of, title, head, rows, question.currency)
