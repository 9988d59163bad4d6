"""The console's Reconciliation: the latest report, run it now, and put right what one press can."""

from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.models import Reconciliation
from billing.services.reconciliation import reconciling as reconciliation
from billing.services.reconciliation.findings import END_THERE, TAKE_IN, Finding, read
from plans.models import PlatformSettings
from saas.core import clock
from saas.core.access import console
from saas.core.errors import Sentence
from saas.core.htmx import saved
from tenants.requests import SignedInRequest

BEFORE = 10
State = Reconciliation.State


@dataclass(frozen=True)
class Line:
    """One finding with its number in the report."""

    number: int
    finding: Finding

    @property
    def remedy(self) -> Sentence:
        """The word on its button; empty where a person has to look."""
        if self.finding.done:
            return ""
        words = {TAKE_IN: _("Take in"), END_THERE: _("End it there")}
        return words.get(self.finding.remedy, "")


@dataclass(frozen=True)
class Group:
    """The findings of one kind."""

    title: Sentence
    lines: list[Line]


@console
@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """The latest report, how far a run is, and those before. For htmx, which looks again, the part that changes."""
    runs = list(
        Reconciliation.objects.select_related("by")
        .defer("findings")
        .order_by("-at", "-pk")[: BEFORE + 1]
    )
    latest = next((run for run in runs if run.state == State.DONE), None)
    context = {
        "running": next((run for run in runs if run.state == State.RUNNING), None),
        "latest": latest,
        "groups": groups_of(latest) if latest else [],
        "before": [run for run in runs if run != latest and run.state != State.RUNNING][:BEFORE],
        "platform": PlatformSettings.load(),
    }
    is_part = getattr(request, "htmx", False)
    name = "_reconciliation.html" if is_part else "reconciliation.html"
    return render(request, f"billing/console/{name}", context)


@console
@require_POST
def run(request: SignedInRequest) -> HttpResponse:
    """A worker compares everything now."""
    reconciliation.begin(by=request.user, now=clock.now())
    return saved(request, reverse("payments:reconciliation"), _("The books are being compared."))


@console
@require_POST
def put_right(request: SignedInRequest, pk: int, number: int) -> HttpResponse:
    """One finding is seen to, as its button says."""
    said = reconciliation.put_right(pk, number, by=request.user, now=clock.now())
    return saved(request, reverse("payments:reconciliation"), said)


def groups_of(latest: Reconciliation) -> list[Group]:
    """The findings by kind, as they are stored. One query, for they are read last."""
    lines = [Line(number, read(one)) for number, one in enumerate(latest.findings, 1)]
    grouped = groupby(lines, key=lambda line: line.finding.kind)
    return [_group(list(some)) for _kind, some in grouped]


def _group(lines: list[Line]) -> Group:
    return Group(lines[0].finding.title, lines)
