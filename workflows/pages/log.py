"""What a workflow did: the newest first, page by page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workflows.models import Message, Run, State, Workflow
from workflows.pages.desk import Desk
from workflows.pages.marks import mark, read_mark

A_PAGE = 25
SHOWN_MESSAGES = 5
OUTCOMES = {
    Run.Outcome.DONE: "ok",
    Run.Outcome.SKIPPED: "",
    Run.Outcome.STOPPED: "warn",
    Run.Outcome.FAILED: "bad",
}
STATES = {
    State.QUEUED: "info",
    State.SENDING: "info",
    State.SENT: "ok",
    State.DELIVERED: "ok",
    State.FAILED: "bad",
    State.HELD: "warn",
    State.UNKNOWN: "warn",
    State.DISCARDED: "",
}
"""The colour of a message's state, beside its word."""


@dataclass(frozen=True)
class Line:
    run: Run
    level: str
    messages: list[tuple[Message, str]]
    more: int


def log_page(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """`?after=` is the last line of the page before. Raises NotHere for a workflow of somebody else."""
    workflow = desk.find(pk)
    runs = newest_runs(workflow, read_mark(request.GET.get("after", "")))
    shown, more = runs[:A_PAGE], len(runs) > A_PAGE
    context: dict[str, Any] = {
        "desk": desk,
        "shell": desk.shell,
        "workflow": workflow,
        "lines": [_line(run) for run in shown],
        "older": mark(shown[-1].at, shown[-1].pk) if more else "",
        "is_first": "after" not in request.GET,
        "back_url": desk.url("edit", pk),
        "log_url": request.path,
    }
    return render(request, "workflows/log.html", context)


def newest_runs(workflow: Workflow, after: tuple[datetime, int] | None) -> list[Run]:
    """One page and one more, older than `after`; two queries, the second for their messages."""
    runs = Run.objects.filter(workflow=workflow)
    if after:
        at, pk = after
        runs = runs.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    messages = Message.objects.only("run_id", "channel", "state", "address", "name", "detail")
    return list(
        runs.order_by("-at", "-pk").prefetch_related(Prefetch("messages", messages.order_by("pk")))[
            : A_PAGE + 1
        ]
    )


def _line(run: Run) -> Line:
    messages = list(run.messages.all())
    return Line(
        run=run,
        level=OUTCOMES[Run.Outcome(run.outcome)],
        messages=[(one, STATES[State(one.state)]) for one in messages[:SHOWN_MESSAGES]],
        more=max(0, len(messages) - SHOWN_MESSAGES),
    )
