"""The reports, as pages and as files. Owners and managers, while the plan has them."""

from dataclasses import dataclass, field
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from booking.models import Location, Staff
from booking.reports.catalogue import REPORTS, Asked, Report, offered
from booking.reports.overview import overview
from booking.reports.spans import KINDS, Choice, choose
from booking.reports.tallies import Question
from saas.core import clock
from saas.core.access import MANAGERS, panel
from saas.core.csv_files import csv_response
from saas.core.errors import NotHere, Sentence


@dataclass(frozen=True)
class Narrowing:
    """The controls above a report: its days, and whom and where it is about. Links keep the rest of what was asked."""

    choice: Choice
    question: Question
    narrowed_by: tuple[str, ...]
    since: str
    until: str
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def spans(self) -> list[tuple[str, Sentence, bool]]:
        return [
            (urlencode({**self.kept, "days": kind}), label, kind == self.choice.kind)
            for kind, label in KINDS.items()
            if kind != "custom"
        ]

    @property
    def query(self) -> str:
        """What leads to the same days, for the links to other reports and to files."""
        days = {"days": self.choice.kind}
        if self.choice.kind == "custom":
            days |= {"since": self.since, "until": self.until}
        return urlencode({**self.kept, **days})

    @cached_property
    def staff(self) -> list[Staff]:
        rows = Staff.objects.only("name").order_by("name", "pk")
        return list(rows) if "staff" in self.narrowed_by else []

    @cached_property
    def locations(self) -> list[Location]:
        rows = Location.objects.only("name").order_by("name", "pk")
        return list(rows) if "location" in self.narrowed_by else []


@panel("reports", roles=MANAGERS)
@require_safe
def report_list(request: HttpRequest) -> HttpResponse:
    """One figure of each report."""
    asked, narrowing = read(request, ())
    context = {"overview": overview(asked), "narrowing": narrowing, "choice": asked.choice}
    return render(request, "booking/reports/overview.html", context)


@panel("reports", roles=MANAGERS)
@require_safe
def report(request: HttpRequest, key: str) -> HttpResponse:
    """One report. 404 for one that is not there, or whose feature the plan lacks."""
    found = find(request, key)
    asked, narrowing = read(request, found.narrowed_by)
    context = {
        "report": found,
        "reports": offered(request.tenant),
        "sheet": found.load(asked),
        "narrowing": narrowing,
        "choice": asked.choice,
        "back_url": f"{reverse('booking:report_list')}?{narrowing.query}",
    }
    return render(request, "booking/reports/report.html", context)


@panel("reports", roles=MANAGERS)
@require_safe
def report_file(request: HttpRequest, key: str, table: str) -> HttpResponse:
    """One table of a report, for a spreadsheet."""
    found = find(request, key)
    asked, _narrowing = read(request, found.narrowed_by)
    rows = found.load(asked).table(table)
    if rows is None:
        raise NotHere(_("There is no such table."))
    span = asked.choice.span
    name = f"{key}-{table}-{span.first:%Y-%m-%d}-{span.last:%Y-%m-%d}.csv"
    return csv_response(name, rows.file_head, rows.file_rows)


def find(request: HttpRequest, key: str) -> Report:
    found = REPORTS.get(key)
    if found is None or found not in offered(request.tenant):
        raise NotHere(_("There is no such report."))
    return found


def read(request: HttpRequest, narrowed_by: tuple[str, ...]) -> tuple[Asked, Narrowing]:
    """What the address asks for; whatever it asks wrongly is as if it had not been asked."""
    tenant, now, given = request.tenant, clock.now(), request.GET.dict()
    choice = choose(given, now, ZoneInfo(tenant.time_zone))
    keys = {name: _key(given.get(name, "")) for name in narrowed_by}
    question = Question(keys.get("staff"), keys.get("location"), tenant.platform_settings.currency)
    narrowing = Narrowing(
        choice,
        question,
        narrowed_by,
        since=given.get("since", "") if choice.kind == "custom" else f"{choice.span.first}",
        until=given.get("until", "") if choice.kind == "custom" else f"{choice.span.last}",
        kept={name: str(value) for name, value in keys.items() if value},
    )
    return Asked(tenant, question, choice, now), narrowing


def _key(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
