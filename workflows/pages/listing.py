"""The list of workflows, and the templates to start from."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from saas.core import clock
from saas.core.errors import NotHere
from saas.core.htmx import saved
from workflows import starters
from workflows.actions.base import ActionKind, find_kind
from workflows.models import Action, Workflow
from workflows.pages.counts import sent_lately
from workflows.pages.desk import Desk
from workflows.rule_words import when
from workflows.services import rules

PAGES = ("edit", "active", "duplicate", "delete", "log")


@dataclass(frozen=True)
class Row:
    workflow: Workflow
    when: str
    urls: dict[str, str]
    sent: int
    kinds: list[ActionKind] = field(default_factory=list)


def list_page(request: HttpRequest, desk: Desk) -> HttpResponse:
    """All of them, or those whose name has the searched words (`?q=`). Three queries, however many there are."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:80]
    every = _rows(desk)
    rows = [row for row in every if text.casefold() in row.workflow.name.casefold()]
    context = {
        "desk": desk,
        "shell": desk.shell,
        "rows": rows,
        "count": len(every),
        "is_full": len(every) >= rules.MOST_WORKFLOWS,
        "most": rules.MOST_WORKFLOWS,
        "asked": text,
        "starters": starter_cards(desk),
    }
    return render(request, "workflows/list.html", context)


def _rows(desk: Desk) -> list[Row]:
    sent = sent_lately(desk.tenant, clock.now())
    actions = Prefetch("actions", Action.objects.only("workflow_id", "kind", "order"))
    return [
        Row(
            workflow=workflow,
            when=when(workflow),
            urls={page: desk.url(page, workflow.pk) for page in PAGES},
            sent=sent.get(workflow.pk, 0),
            kinds=[kind for kind in map(find_kind, _kinds(workflow)) if kind],
        )
        for workflow in desk.workflows.prefetch_related(actions).order_by("name", "pk")
    ]


def _kinds(workflow: Workflow) -> list[str]:
    return [action.kind for action in workflow.actions.all()]


def starter_cards(desk: Desk) -> list[dict[str, Any]]:
    return [
        {"starter": one, "url": desk.url("start", one.key)} for one in starters.offered(desk.tenant)
    ]


def start(request: HttpRequest, desk: Desk, key: str) -> HttpResponse:
    """A workflow made of a template, off, is opened in the editor. Raises NotHere, Conflict."""
    starter = next((one for one in starters.offered(desk.tenant) if one.key == key), None)
    if starter is None:
        raise NotHere(_("This template is not part of your plan."))
    workflow = rules.create(desk.tenant, starters.rule_of(starter, desk.tenant), clock.now())
    text = _("“%(name)s” is ready. Look at its words, then switch it on.")
    return saved(request, desk.url("edit", workflow.pk), text % {"name": workflow})
