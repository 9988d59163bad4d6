"""Which workflows something that happened concerns."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from plans.event_types import TENANT, EventType, Facts, Payload
from tenants.models import Tenant
from workflows.models import Occurrence, Run, Workflow
from workflows.services import conditions, timing
from workflows.services.recording import NoTenant

Workflows = Mapping[int, Workflow]


@dataclass(frozen=True)
class Asked:
    """One occurrence of which one workflow is asked."""

    occurrence: Occurrence
    workflow: Workflow
    facts: Facts


def ask(
    event: EventType, tenant: Tenant | None, group: Sequence[Occurrence], now: datetime
) -> list[Asked]:
    """Every pair of one of `group` and a workflow that listens to it and whose conditions it meets.

    All of `group` are of `event` and `tenant`. A fixed number of queries, in the tenant's scope. Raises NoTenant.
    """
    if event.facts is None:
        return []
    if tenant is None and TENANT in event.audiences:
        raise NoTenant(f"{event.key} is nobody's.")
    workflows = _listening(event, tenant)
    if event.timed:
        heard = list(_whose_time_has_come(event, tenant, group, workflows, now))
    else:
        heard = [one for one in group if workflows and one.workflow_id is None]
    if not heard:
        return []
    payloads: list[Payload] = [one.payload for one in heard]
    told = zip(heard, event.facts(tenant, payloads, now), strict=True)
    return [
        Asked(occurrence, workflow, facts)
        for occurrence, facts in told
        if facts is not None
        for workflow in _concerned(occurrence, workflows)
        if conditions.are_true(workflow.conditions, facts.values)
    ]


def _listening(event: EventType, tenant: Tenant | None) -> Workflows:
    """The workflows that may run, with their actions. Two queries."""
    found = Workflow.objects.filter(timing.listening(tenant, event), is_on=True).order_by("pk")
    known = found.prefetch_related("actions")
    return {one.pk: one for one in known if _may_run(one, event, tenant)}


def _may_run(workflow: Workflow, event: EventType, tenant: Tenant | None) -> bool:
    """A tenant's own only while it is open and its plan has them. Of a closed one the platform still hears the news."""
    is_open = tenant is None or tenant.is_open
    if workflow.tenant_id is None:
        return is_open or event.timed is None
    return is_open and tenant is not None and tenant.entitlements.can("workflows")


def _concerned(occurrence: Occurrence, workflows: Workflows) -> list[Workflow]:
    return [workflows[occurrence.workflow_id]] if occurrence.workflow_id else [*workflows.values()]


def _whose_time_has_come(
    event: EventType,
    tenant: Tenant | None,
    group: Sequence[Occurrence],
    workflows: Workflows,
    now: datetime,
) -> Iterator[Occurrence]:
    """Those of a timed event that are to be told now, for all may have changed just before.

    What has been moved lies ahead again. What is gone, or was told of already, is dropped.
    """
    ahead = [one for one in group if one.workflow_id in workflows]
    subjects = {one.subject_id for one in ahead if one.subject_id is not None}
    if event.timed is None or not subjects:
        return
    at = event.timed.at(tenant, sorted(subjects))
    told = _last_told(tenant, workflows, subjects)
    moved = set()
    for one in ahead:
        key = one.workflow_id or 0, one.subject_id or 0
        due = timing.due(workflows[key[0]], tenant, at.get(key[1]))
        if due and due > now:
            moved.add(key[1])
        elif due and not (key in told and told[key] >= due):
            yield one
    timing.follow_subjects(tenant, event, sorted(moved), now)


def _last_told(
    tenant: Tenant | None, workflow_ids: Collection[int], subject_ids: Collection[int]
) -> dict[tuple[int, int], datetime]:
    """When each of the workflows last ran for each of the tenant's subjects. One query.

    Of two workers one may lay ahead again what the other has just carried out; so the log is asked as well.
    """
    found = Run.objects.filter(tenant=tenant, workflow__in=workflow_ids, subject_id__in=subject_ids)
    rows = found.values_list("workflow", "subject_id").annotate(last=Max("at")).order_by()
    return {(workflow, subject): last for workflow, subject, last in rows}
