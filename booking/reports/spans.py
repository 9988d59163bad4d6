"""Which days a report is about, which ones it is compared with, and how they are put together along a chart.

Days are those of the business's own calendar; the instants at which they begin and end follow its clocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, DateField, ExpressionWrapper, Q
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek
from django.db.models.functions.datetime import TruncBase
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.wall_clock import midnight, read_day
from saas.core.errors import Sentence

ONE_DAY = timedelta(days=1)
LONGEST = 366
"""Days, of a span that somebody chooses."""
BY_DAY, BY_WEEK = 31, 120
"""Up to so many days are shown by day, or by week; more by month."""
KINDS: dict[str, Sentence] = {
    "7": gettext_lazy("7 days"),
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "month": gettext_lazy("This month"),
    "last-month": gettext_lazy("Last month"),
    "custom": gettext_lazy("From – to"),
}
USUAL = "30"
TRUNCS = {"day": TruncDay, "week": TruncWeek, "month": TruncMonth}


@dataclass(frozen=True)
class Span:
    """The days from `first` until `last`, both included, in `zone`."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def start(self) -> datetime:
        return midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The instant after the last day."""
        return midnight(self.last + ONE_DAY, self.zone)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def every_day(self) -> list[date]:
        return [self.first + ONE_DAY * n for n in range(self.days)]

    @property
    def unit(self) -> str:
        """What is put together along a chart: `day`, `week` (from Monday on) or `month`."""
        if self.days <= BY_DAY:
            return "day"
        return "week" if self.days <= BY_WEEK else "month"

    @property
    def places(self) -> list[date]:
        """The first day of each of those units; the first and the last may be cut off."""
        result, at = [], self._begin(self.first)
        while at <= self.last:
            result.append(at)
            at = self._begin(at + timedelta(days={"day": 1, "week": 7, "month": 31}[self.unit]))
        return result

    def _begin(self, day: date) -> date:
        if self.unit == "month":
            return day.replace(day=1)
        return day - timedelta(days=day.weekday()) if self.unit == "week" else day

    def place_of(self, field: str) -> TruncBase:
        """The expression that says to which of `places` an instant belongs."""
        return TRUNCS[self.unit](field, tzinfo=self.zone, output_field=DateField())

    def short(self, place: date) -> str:
        """What stands below the axis for `place`."""
        if self.unit == "month":
            return date_format(place, "M")
        return date_format(max(place, self.first), "j M")

    def long(self, place: date) -> str:
        """`place` in full: a day, the days of a week that lie in the span, a month."""
        if self.unit == "day":
            return date_format(place, "D, j M Y")
        if self.unit == "month":
            return date_format(place, "F Y")
        until = min(place + timedelta(days=6), self.last)
        return days_text(max(place, self.first), until)

    @property
    def text(self) -> str:
        return days_text(self.first, self.last)


@dataclass(frozen=True)
class Choice:
    """What was chosen: a kind of KINDS, the days it means, and those they are compared with."""

    kind: str
    span: Span
    before: Span
    problem: str = ""
    """One sentence about what was typed and could not be taken."""

    def is_now(self, field: str) -> ExpressionWrapper:
        """The expression that tells whether an instant from both spans lies in `span`, and not in `before`."""
        return ExpressionWrapper(Q(**{f"{field}__gte": self.span.start}), BooleanField())


def choose(asked: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Choice:
    """What the address asks for. What it asks wrongly gives the usual days, and a sentence where it was typed."""
    today = now.astimezone(zone).date()
    kind = asked.get("days", USUAL)
    if kind not in KINDS:
        kind = USUAL
    if kind == "custom":
        since, until = read_day(asked.get("since", "")), read_day(asked.get("until", ""))
        if problem := _problem(since, until):
            usual = _last_days(int(USUAL), today, zone)
            return Choice("custom", usual, just_before(usual), problem)
        return _choice("custom", since, until, zone)  # type: ignore[arg-type]  # no problem: both are there
    if kind == "month":
        return _choice(kind, today.replace(day=1), today, zone)
    if kind == "last-month":
        last = today.replace(day=1) - ONE_DAY
        span = Span(last.replace(day=1), last, zone)
        month_before = span.first - ONE_DAY
        return Choice(kind, span, Span(month_before.replace(day=1), month_before, zone))
    span = _last_days(int(kind), today, zone)
    return Choice(kind, span, just_before(span))


def just_before(span: Span) -> Span:
    """As many days, ending the day before `span` begins."""
    return Span(span.first - timedelta(days=span.days), span.first - ONE_DAY, span.zone)


def _choice(kind: str, first: date, last: date, zone: ZoneInfo) -> Choice:
    span = Span(first, last, zone)
    return Choice(kind, span, just_before(span))


def _last_days(days: int, today: date, zone: ZoneInfo) -> Span:
    return Span(today - timedelta(days=days - 1), today, zone)


def _problem(since: date | None, until: date | None) -> str:
    if since is None or until is None:
        return _("Choose the first and the last day.")
    if since > until:
        return _("The first day comes after the last one.")
    if (until - since).days >= LONGEST:
        return _("Choose at most %(days)s days.") % {"days": LONGEST}
    return ""


def days_text(first: date, last: date) -> str:
    """“3 Dec 2026”, “1 – 30 Nov 2026”, “28 Oct – 26 Nov 2026”, “3 Dec 2025 – 2 Jan 2026”."""
    end = date_format(last, "j M Y")
    if first == last:
        return end
    same_year, same_month = (
        first.year == last.year,
        (first.year, first.month) == (last.year, last.month),
    )
    begin = date_format(first, "j" if same_month else "j M" if same_year else "j M Y")
    return f"{begin} – {end}"
