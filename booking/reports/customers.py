"""Who came for the first time, and who came back. Somebody is new on the day of the first visit of all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, DateField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from booking.models import VISITED, Appointment, Customer
from booking.reports.sheets import COUNT, MONEY, PLACE, SHARE, TEXT, Column, Figure, Sheet, Table
from booking.reports.spans import Choice, Span
from booking.reports.tallies import Question
from saas.core.charts import Columns, Series, columns
from saas.core.templatetags.ui import number

MOST_CUSTOMERS = 20


@dataclass(frozen=True)
class Faces:
    """How many different customers came, and how many of them for the first time."""

    seen: int
    new: int

    @property
    def returning(self) -> int:
        return self.seen - self.new


def sheet(question: Question, choice: Choice) -> Sheet:
    """Three queries. Whoever is new is so to the whole business: this report is not narrowed."""
    firsts, (now, before) = faces(choice)
    places = by_place(choice.span, firsts)
    return Sheet(
        figures=_figures(now, before),
        chart_title=_("New and returning customers"),
        chart=_chart(choice.span, places),
        tables=[_days(choice.span, places), _best(question, choice.span)],
        is_empty=not (now.seen or before.seen),
    )


def _figures(now: Faces, before: Faces) -> list[Figure]:
    shares = (now.returning, now.seen), (before.returning, before.seen)
    return [
        Figure(_("Customers who came"), COUNT, now.seen, before.seen),
        Figure(_("New"), COUNT, now.new, before.new),
        Figure(_("Returning"), COUNT, now.returning, before.returning),
        Figure(_("Share of returning"), SHARE, *shares),
    ]


def _chart(span: Span, places: Mapping[date, Faces]) -> Columns:
    return columns(
        [span.short(place) for place in places],
        [
            Series(_("Returning"), [one.returning for one in places.values()]),
            Series(_("New"), [one.new for one in places.values()]),
        ],
        number,
        names=[span.long(place) for place in places],
    )


def _days(span: Span, places: Mapping[date, Faces]) -> Table:
    head = [
        Column(_("When"), PLACE),
        Column(_("Customers")),
        Column(_("New")),
        Column(_("Returning")),
    ]
    rows = [
        [(place, span.long(place)), one.seen, one.new, one.returning]
        for place, one in places.items()
    ]
    note = _("Whoever comes at two of these times is counted at both.")
    return Table("days", _("In figures"), head, rows, note=note, is_folded=True)


def faces(choice: Choice) -> tuple[dict[date, int], tuple[Faces, Faces]]:
    """How many are new at each place of the chart; the span and the one before. One query."""
    start, end = choice.before.start, choice.span.end
    first = Appointment.objects.filter(customer=OuterRef("pk"), status__in=VISITED)
    new = (
        Customer.objects.order_by()
        .annotate(first=Subquery(first.order_by("starts_at").values("starts_at")[:1]))
        .filter(first__gte=start, first__lt=end)
        .annotate(place=Cast(choice.span.place_of("first"), DateField()))
        .values("place")
        .annotate(
            now=Count("pk", filter=Q(first__gte=choice.span.start)),
            before=Count("pk", filter=Q(first__lt=choice.before.end)),
        )
        .values_list("place", "now", "before")
    )
    # Different people cannot be added up over places: they have a line of their own, without one.
    now, before = Q(starts_at__gte=choice.span.start), Q(starts_at__lt=choice.before.end)
    seen = (
        _visits(start, end)
        .annotate(place=Value(None, DateField()))
        .values("place")
        .annotate(
            now=Count("customer", filter=now, distinct=True),
            before=Count("customer", filter=before, distinct=True),
        )
        .values_list("place", "now", "before")
    )
    rows = {place: counts for place, *counts in seen.union(new, all=True)}
    everybody = rows.pop(None, (0, 0))
    firsts = [sum(counts[when] for counts in rows.values()) for when in (0, 1)]
    return (
        {place: counts[0] for place, counts in rows.items()},
        (Faces(everybody[0], firsts[0]), Faces(everybody[1], firsts[1])),
    )


def by_place(span: Span, firsts: dict[date, int]) -> dict[date, Faces]:
    """One query."""
    rows = _visits(span.start, span.end).annotate(place=span.place_of("starts_at"))
    seen = dict(
        rows.values("place")
        .annotate(seen=Count("customer", distinct=True))
        .values_list("place", "seen")
    )
    return {place: Faces(seen.get(place, 0), firsts.get(place, 0)) for place in span.places}


def _visits(start: datetime, end: datetime) -> QuerySet[Appointment]:
    return Appointment.objects.filter(starts_at__gte=start, starts_at__lt=end, status__in=VISITED)


def _best(question: Question, span: Span) -> Table:
    """Who spent most in these days. One query."""
    rows = _visits(span.start, span.end).values("customer_id", "customer__name")
    found = rows.annotate(visits=Count("pk"), spent=Sum("price"))
    most = found.order_by("-spent", "customer__name", "customer_id")[:MOST_CUSTOMERS]
    return Table(
        "customers",
        _("Who spent most"),
        [Column(_("Customer"), TEXT), Column(_("Visits")), Column(_("Spent"), MONEY)],
        [[row["customer__name"], row["visits"], int(row["spent"])] for row in most],
        currency=question.currency,
    )
