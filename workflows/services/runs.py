"""What a workflow does for one event: its actions' messages, and one line in the log."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from plans.event_types import EventType
from plans.registry import registry
from saas.core.errors import DomainError
from tenants.models import Tenant
from workflows.actions.base import ActionKind, Case, NothingToDo, find_kind
from workflows.models import Action, Message, Occurrence, Run, Side, Workflow
from workflows.services import loops, timing
from workflows.services.asking import Asked

log = logging.getLogger(__name__)
ABOUT, DETAIL = 120, 300
"""The longest that the log keeps of each."""


@dataclass(frozen=True)
class Said:
    """What came of an action, or of all of a workflow."""

    outcome: Run.Outcome
    detail: str = ""
    messages: list[Message] = field(default_factory=list)


@dataclass(frozen=True)
class Written:
    """A run and its messages, to be stored."""

    run: Run
    messages: list[Message]


def act(
    event: EventType, tenant: Tenant | None, asked: Sequence[Asked], now: datetime
) -> list[Written]:
    """What comes of each of `asked`; one query where nothing is performed. Call it in the tenant's scope."""
    subjects = {one.occurrence.subject_id for one in asked if one.occurrence.subject_id is not None}
    lately = loops.runs_lately(tenant, {one.workflow.pk for one in asked}, subjects, now)
    written = []
    for one in asked:
        said = _act(event, tenant, one, lately, now)
        run = _run(one.occurrence, one.workflow, now, said, one.facts.about)
        written.append(Written(run, said.messages))
    return written


def store(written: Sequence[Written]) -> None:
    """All of it is in the log and waits to be sent. Two queries."""
    Run.objects.bulk_create(one.run for one in written)
    messages = []
    for one in written:
        for message in one.messages:
            message.run = one.run
            messages.append(message)
    Message.objects.bulk_create(messages, batch_size=500)


def give_up(occurrence: Occurrence, now: datetime) -> None:
    """The log of every workflow that was to be asked of it says that it failed."""
    event = registry.events.get(occurrence.event)
    if event is None:
        return
    listening = Workflow.objects.filter(timing.listening(occurrence.tenant, event), is_on=True)
    if occurrence.workflow_id:
        listening = listening.filter(pk=occurrence.workflow_id)
    detail = _("Something went wrong here, and it was given up after several attempts.")
    said = Said(Run.Outcome.FAILED, detail)
    Run.objects.bulk_create(_run(occurrence, workflow, now, said) for workflow in listening)


def _act(
    event: EventType,
    tenant: Tenant | None,
    asked: Asked,
    lately: Counter[tuple[int, int]],
    now: datetime,
) -> Said:
    occurrence, workflow, facts = asked.occurrence, asked.workflow, asked.facts
    fuse = workflow.pk, occurrence.subject_id or 0
    if stopped := _why_stopped(occurrence, lately[fuse]):
        log.warning("Workflow %s is stopped on %s: %s", workflow.pk, occurrence, stopped)
        return Said(Run.Outcome.STOPPED, stopped)
    is_before = occurrence.workflow_id is not None and workflow.side == Side.BEFORE
    if is_before and facts.at and facts.at <= now:
        return Said(Run.Outcome.SKIPPED, _("It was too late: what it was about has begun."))
    case = Case(
        workflow=workflow,
        tenant=tenant if workflow.tenant_id else None,
        event=event,
        payload=occurrence.payload,
        facts=facts,
        now=now,
        key=f"{occurrence.pk}:{workflow.pk}",
        useless_at=facts.at if is_before else None,
    )
    said = _do(case, occurrence)
    if said.outcome == Run.Outcome.DONE and occurrence.subject_id is not None:
        lately[fuse] += 1
    return said


def _why_stopped(occurrence: Occurrence, lately: int) -> str:
    if occurrence.depth > loops.DEEPEST:
        return _("Workflows were causing one another in a circle, so this one was stopped.")
    if lately >= loops.MOST_RUNS:
        return _("It had acted on the same thing %(count)s times within an hour.") % {
            "count": loops.MOST_RUNS
        }
    return ""


def _do(case: Case, occurrence: Occurrence) -> Said:
    """Every action of the workflow. What one of them cannot do is said, and the others go on."""
    all_said = [_do_one(case, occurrence, action) for action in case.workflow.actions.all()]
    outcomes = {said.outcome for said in all_said}
    order = (Run.Outcome.FAILED, Run.Outcome.DONE, Run.Outcome.SKIPPED)
    return Said(
        outcome=next((one for one in order if one in outcomes), Run.Outcome.SKIPPED),
        detail=" ".join(dict.fromkeys(said.detail for said in all_said if said.detail)),
        messages=[message for said in all_said for message in said.messages],
    )


def _do_one(case: Case, occurrence: Occurrence, action: Action) -> Said:
    kind = find_kind(action.kind)
    if kind is None or not _has(case.tenant, kind):
        label = kind.label if kind else action.kind
        said = _("“%(action)s” is not part of the plan.") % {"action": label}
        return Said(Run.Outcome.SKIPPED, said)
    case = replace(case, key=f"{case.key}:{action.pk}")
    try:
        if kind.draft:
            drafted = kind.draft(case, action.settings)
            return Said(Run.Outcome.DONE, messages=[_filled(one, case) for one in drafted])
        if kind.perform:
            with transaction.atomic(), loops.inside(occurrence.depth):
                return Said(Run.Outcome.DONE, kind.perform(case, action.settings))
    except NothingToDo as nothing:
        return Said(Run.Outcome.SKIPPED, str(nothing))
    except DomainError as error:
        return Said(Run.Outcome.FAILED, str(error.message))
    except DatabaseError:
        raise  # the whole occurrence is tried again
    except Exception:
        log.exception("Action %s of workflow %s failed", action.pk, case.workflow.pk)
        said = _("“%(action)s” failed: something went wrong here.") % {"action": kind.label}
        return Said(Run.Outcome.FAILED, said)
    raise TypeError(f"{kind.key} neither drafts nor performs.")


def _has(tenant: Tenant | None, kind: ActionKind) -> bool:
    return tenant is None or not kind.capability or tenant.entitlements.can(kind.capability)


def _filled(message: Message, case: Case) -> Message:
    message.tenant, message.workflow = case.tenant, case.workflow
    message.due_at = message.created_at = case.now
    message.useless_at = case.useless_at
    return message


def _run(
    occurrence: Occurrence, workflow: Workflow, now: datetime, said: Said, about: str = ""
) -> Run:
    return Run(
        workflow=workflow,
        tenant_id=occurrence.tenant_id,
        event=occurrence.event,
        subject_id=occurrence.subject_id,
        about=about[:ABOUT],
        at=now,
        outcome=said.outcome,
        detail=said.detail[:DETAIL],
    )
