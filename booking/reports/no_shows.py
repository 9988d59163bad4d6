"""Who did not come: how often, with whom, and what that cost."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from booking.models import VISITED, Status
from booking.reports.sheets import COUNT, MONEY, PLACE, SHARE, TEXT, Column, Figure, Sheet, Table
from booking.reports.spans import Choice, Span
from booking.reports.tallies import Question, Tally, by_name, by_place, now_and_before
from saas.core.charts import Columns, Series, columns
from saas.core.templatetags.ui import number

MOST_CUSTOMERS = 20


def sheet(question: Question, choice: Choice) -> Sheet:
    """Four queries."""
    now, before = now_and_before(question, choice)
    places = by_place(question, choice.span)
    return Sheet(
        figures=_figures(now, before, question.currency),
        chart_title=_("No-shows"),
        chart=_chart(choice.span, places),
        tables=[
            _days(question, choice.span, places),
            _customers(question, choice.span),
            _staff(question, choice.span),
        ],
        is_empty=not (now.over or before.over),
    )


def _figures(now: Tally, before: Tally, currency: str) -> list[Figure]:
    rates = (now.missed, now.over), (before.missed, before.over)
    return [
        Figure(_("No-shows"), COUNT, now.missed, before.missed, good=-1),
        Figure(_("Of all that are over"), SHARE, *rates, good=-1),
        Figure(_("Missed revenue"), MONEY, now.lost, before.lost, good=-1, currency=currency),
    ]


def _chart(span: Span, places: Mapping[date, Tally]) -> Columns:
    return columns(
        [span.short(place) for place in places],
        [Series(_("No-shows"), [one.missed for one in places.values()])],
        number,
        names=[span.long(place) for place in places],
    )


def _days(question: Question, span: Span, places: Mapping[date, Tally]) -> Table:
    rows = [[(place, span.long(place)), *_values(one)] for place, one in places.items()]
    head = [Column(_("When"), PLACE), *_columns()]
    return Table("days", _("In figures"), head, rows, question.currency, is_folded=True)


def _staff(question: Question, span: Span) -> Table:
    """One query."""
    found = sorted(by_name(question, span, "staff"), key=lambda pair: (-pair[1].missed, pair[0]))
    rows = [[name, *_values(one)] for name, one in found if one.over]
    head = [Column(_("Staff"), TEXT), *_columns()]
    return Table("staff", _("By staff"), head, rows, question.currency)


def _columns() -> list[Column]:
    return [
        Column(_("No-shows")),
        Column(_("Of all that are over"), SHARE, "hide-phone"),
        Column(_("Missed revenue"), MONEY),
    ]


def _values(one: Tally) -> list[Any]:
    return [one.missed, (one.missed, one.over), one.lost]


def _customers(question: Question, span: Span) -> Table:
    """Who was missed most in these days. One query."""
    missed = Count("pk", filter=Q(status=Status.NO_SHOW))
    came = Count("pk", filter=Q(status__in=VISITED))
    rows = question.rows_of(span).values("customer_id", "customer__name")
    found = rows.annotate(missed=missed, came=came).filter(missed__gt=0)
    most = found.order_by("-missed", "customer__name", "customer_id")[:MOST_CUSTOMERS]
    return Table(
        "customers",
        _("Who did not come"),
        [Column(_("Customer"), TEXT), Column(_("No-shows")), Column(_("Visits"))],
        [[row["customer__name"], row["missed"], row["came"]] for row in most],
    )
