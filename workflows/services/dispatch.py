"""From what happened to messages: each occurrence is asked of every workflow that listens, once.

All of a batch is one transaction: runs and messages are written, and the occurrences are gone. A worker that is killed
leaves everything as it was, so nothing here needs a lease.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.utils.translation import gettext as _

from plans.event_types import EventType, Facts, Payload
from plans.registry import registry
from saas.core.errors import DomainError
from tenants.models import Tenant
from tenants.scope import tenant_scope
from workflows.actions.base import Case, NothingToDo, find_kind
from workflows.models import Action, Message, Occurrence, Run, Side, Workflow
from workflows.services import conditions, loops, timing

log = logging.getLogger(__name__)
BATCH = 200
MOST_ATTEMPTS = 5
FIRST_PAUSE = timedelta(minutes=1)
DETAIL = 300


@dataclass
class Written:
    """What one run comes to."""

    run: Run
    messages: list[Message]


@dataclass(frozen=True)
class Asked:
    """One occurrence of which one workflow is asked."""

    occurrence: Occurrence
    workflow: Workflow
    facts: Facts


def dispatch_due(now: datetime, at_most: int = BATCH) -> int:
    """Up to `at_most` occurrences that are due are carried out; how many there were. Several may do so at once.

    Raises nothing of what goes wrong with one: it is tried again later, and in the end the log says that it failed.
    """
    try:
        return _batch(now, at_most)
    except Exception:
        log.exception("A batch of events failed; each is tried by itself")
    return sum(_alone(pk, now) for pk in _due_keys(now, at_most))


def _due_keys(now: datetime, at_most: int) -> list[int]:
    due = Occurrence.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    return list(due.values_list("pk", flat=True)[:at_most])


@transaction.atomic
def _batch(now: datetime, at_most: int, only: int | None = None) -> int:
    due = Occurrence.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    if only is not None:
        due = due.filter(pk=only)
    claimed = list(due.select_for_update(skip_locked=True, of=("self",))[:at_most])
    if claimed:
        tenants = _tenants(claimed)
        for (tenant_id, key), group in _grouped(claimed):
            _carry_out(tenants.get(tenant_id or 0), tenant_id, key, group, now)
        Occurrence.objects.filter(pk__in=[one.pk for one in claimed]).delete()
    return len(claimed)


def _alone(pk: int, now: datetime) -> int:
    try:
        return _batch(now, 1, only=pk)
    except Exception as error:
        log.exception("Event %s failed", pk)
        _try_again(pk, f"{type(error).__name__}: {error}", now)
        return 1


@transaction.atomic
def _try_again(pk: int, detail: str, now: datetime) -> None:
    found = Occurrence.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk)
    occurrence = found.first()
    if occurrence is None:
        return
    occurrence.attempts += 1
    if occurrence.attempts < MOST_ATTEMPTS:
        occurrence.due_at = now + FIRST_PAUSE * 2 ** (occurrence.attempts - 1)
        occurrence.save(update_fields=["attempts", "due_at"])
        return
    log.error("Event %s (%s) is given up: %s", pk, occurrence.event, detail)
    event = registry.events.get(occurrence.event)
    if event:
        listening = Workflow.objects.filter(timing.listening(occurrence.tenant, event), is_on=True)
        if occurrence.workflow_id:
            listening = listening.filter(pk=occurrence.workflow_id)
        said = _("Something went wrong here, and it was given up after several attempts.")
        Run.objects.bulk_create(
            _run(occurrence, workflow, now, Run.Outcome.FAILED, said) for workflow in listening
        )
    occurrence.delete()


def _tenants(claimed: Iterable[Occurrence]) -> dict[int, Tenant]:
    ids = {one.tenant_id for one in claimed if one.tenant_id}
    return Tenant.objects.select_related("plan").in_bulk(ids)


def _grouped(
    claimed: Sequence[Occurrence],
) -> Iterator[tuple[tuple[int | None, str], list[Occurrence]]]:
    def group_of(one: Occurrence) -> tuple[int, str]:
        return one.tenant_id or 0, one.event

    for _key, group in groupby(sorted(claimed, key=group_of), group_of):
        together = list(group)
        yield (together[0].tenant_id, together[0].event), together


def _carry_out(
    tenant: Tenant | None, tenant_id: int | None, key: str, group: list[Occurrence], now: datetime
) -> None:
    """One tenant's occurrences of one event. A fixed number of queries, however many they are."""
    event = registry.events.get(key)
    if event is None or (tenant_id and (tenant is None or not tenant.is_open)):
        return  # the app has been taken out, or the business is closed
    with tenant_scope(tenant) if tenant else nullcontext():
        asked = list(_asked(event, tenant, group, now)) if event.facts else []
        _write(event, tenant, asked, now)
        for timed in registry.events.values():
            if timed.timed and key in timed.timed.follows:
                subjects = {
                    one.payload[timed.subject] for one in group if timed.subject in one.payload
                }
                timing.follow_subjects(tenant, timed, sorted(subjects), now)


def _asked(
    event: EventType, tenant: Tenant | None, group: list[Occurrence], now: datetime
) -> Iterator[Asked]:
    """Every pair of an occurrence and a workflow whose conditions it meets."""
    found = Workflow.objects.filter(timing.listening(tenant, event), is_on=True).order_by("pk")
    workflows = {one.pk: one for one in found.prefetch_related("actions") if _may_run(one, tenant)}
    heard = [one for one in group if one.workflow_id is None or one.workflow_id in workflows]
    if not workflows or not heard or event.facts is None:
        return
    payloads: list[Payload] = [one.payload for one in heard]
    for occurrence, facts in zip(heard, event.facts(tenant, payloads, now), strict=True):
        if facts is None:
            continue
        concerned = (
            [workflows[occurrence.workflow_id]]
            if occurrence.workflow_id
            else [one for one in workflows.values() if not event.timed]
        )
        for workflow in concerned:
            if conditions.are_true(workflow.conditions, facts.values):
                yield Asked(occurrence, workflow, facts)


def _may_run(workflow: Workflow, tenant: Tenant | None) -> bool:
    """A tenant's own only while its plan has them."""
    return workflow.tenant_id is None or (
        tenant is not None and tenant.entitlements.can("workflows")
    )


def _write(event: EventType, tenant: Tenant | None, asked: list[Asked], now: datetime) -> None:
    worn = loops.worn_out(
        {one.workflow.pk for one in asked},
        {one.occurrence.subject_id for one in asked if one.occurrence.subject_id},
        now,
    )
    written = [_act(event, tenant, one, worn, now) for one in asked]
    Run.objects.bulk_create(one.run for one in written)
    messages = [message for one in written for message in one.messages]
    for one in written:
        for message in one.messages:
            message.run = one.run
    Message.objects.bulk_create(messages, batch_size=500)


def _act(
    event: EventType,
    tenant: Tenant | None,
    asked: Asked,
    worn: set[tuple[int, int]],
    now: datetime,
) -> Written:
    occurrence, workflow, facts = asked.occurrence, asked.workflow, asked.facts
    if stopped := _why_stopped(asked, worn):
        log.warning("Workflow %s is stopped on %s: %s", workflow.pk, occurrence, stopped)
        run = _run(occurrence, workflow, now, Run.Outcome.STOPPED, stopped, facts.about)
        return Written(run, [])
    is_before = occurrence.workflow_id is not None and workflow.side == Side.BEFORE
    if is_before and facts.at and facts.at <= now:
        said = _("It was too late: what it was about has begun.")
        return Written(_run(occurrence, workflow, now, Run.Outcome.SKIPPED, said, facts.about), [])
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
    return _do(case, occurrence)


def _why_stopped(asked: Asked, worn: set[tuple[int, int]]) -> str:
    if asked.occurrence.depth > loops.DEEPEST:
        return _("Workflows were causing one another in a circle, so this one was stopped.")
    if (asked.workflow.pk, asked.occurrence.subject_id) in worn:
        return _("It had acted on the same thing %(count)s times within an hour.") % {
            "count": loops.MOST_RUNS
        }
    return ""


def _do(case: Case, occurrence: Occurrence) -> Written:
    """Every action of the workflow. What one of them cannot do is said, and the others go on."""
    messages: list[Message] = []
    said: list[str] = []
    outcomes: set[str] = set()
    for action in case.workflow.actions.all():
        outcome, detail, drafted = _do_one(case, occurrence, action)
        outcomes.add(outcome)
        messages += drafted
        said += [detail] if detail else []
    first = (Run.Outcome.FAILED, Run.Outcome.DONE, Run.Outcome.SKIPPED)
    outcome = next((one for one in first if one in outcomes), Run.Outcome.SKIPPED)
    detail = " ".join(dict.fromkeys(said))
    run = _run(occurrence, case.workflow, case.now, outcome, detail, case.facts.about)
    return Written(run, messages)


def _do_one(
    case: Case, occurrence: Occurrence, action: Action
) -> tuple[Run.Outcome, str, list[Message]]:
    kind = find_kind(action.kind)
    tenant = case.tenant
    has_it = kind and (not (tenant and kind.capability) or tenant.entitlements.can(kind.capability))
    if kind is None or not has_it:
        label = kind.label if kind else action.kind
        said = _("“%(action)s” is not part of the plan.") % {"action": label}
        return Run.Outcome.SKIPPED, said, []
    case = Case(**{**vars(case), "key": f"{case.key}:{action.pk}"})
    try:
        if kind.draft:
            return (
                Run.Outcome.DONE,
                "",
                [_filled(one, case) for one in kind.draft(case, action.settings)],
            )
        if kind.perform:
            with transaction.atomic(), loops.inside(occurrence.depth):
                return Run.Outcome.DONE, kind.perform(case, action.settings), []
    except NothingToDo as nothing:
        return Run.Outcome.SKIPPED, str(nothing), []
    except DomainError as error:
        return Run.Outcome.FAILED, str(error.message), []
    raise TypeError(f"{kind.key} neither drafts nor performs.")


def _filled(message: Message, case: Case) -> Message:
    message.tenant, message.workflow = case.tenant, case.workflow
    message.due_at = message.created_at = case.now
    message.useless_at = case.useless_at
    return message


def _run(
    occurrence: Occurrence,
    workflow: Workflow,
    now: datetime,
    outcome: str,
    detail: str = "",
    about: str = "",
) -> Run:
    return Run(
        workflow=workflow,
        tenant_id=occurrence.tenant_id,
        event=occurrence.event,
        subject_id=occurrence.subject_id,
        about=about[:120],
        at=now,
        outcome=outcome,
        detail=detail[:DETAIL],
    )
