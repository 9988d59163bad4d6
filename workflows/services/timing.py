"""What lies ahead: for each timed workflow and each subject one row, due at an instant, that moves and goes with it.

So reminders survive restarts, and an appointment that is moved or cancelled takes its own with it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.db.models import Q

from plans.event_types import PLATFORM, TENANT, EventType
from plans.registry import registry
from tenants.models import Tenant
from tenants.scope import tenant_scope
from workflows.models import Occurrence, Side, Unit, Workflow

AT_ONCE = 1000
STEPS = {Unit.MINUTES: timedelta(minutes=1), Unit.HOURS: timedelta(hours=1)}


def due_at(workflow: Workflow, instant: datetime, time_zone: str) -> datetime:
    """When `workflow` is to be told of what falls at `instant`.

    Hours are hours; days are days of the calendar in `time_zone`, so 10:00 stays 10:00 across a change of clocks (D20).
    """
    amount = -workflow.amount if workflow.side == Side.BEFORE else workflow.amount
    if workflow.unit != Unit.DAYS:
        return instant + amount * STEPS[Unit(workflow.unit)]
    zone = ZoneInfo(time_zone)
    shown = instant.astimezone(zone).replace(tzinfo=None) + timedelta(days=amount)
    return shown.replace(tzinfo=zone).astimezone(UTC)


def follow(workflow: Workflow, now: datetime) -> None:
    """Everything that lies ahead of `workflow` is written down; what is there already stays. Also for one just on."""
    event = registry.events.get(workflow.event)
    if event is None or event.timed is None or not workflow.is_on:
        return
    tenant = workflow.tenant
    with tenant_scope(tenant) if tenant and tenant.is_open else nullcontext():
        coming = list(event.timed.coming(tenant, now)) if tenant is None or tenant.is_open else []
    made = _rows(workflow, event, coming, now)
    while chunk := list(islice(made, AT_ONCE)):
        Occurrence.objects.bulk_create(chunk, ignore_conflicts=True)


def forget(workflow: Workflow) -> None:
    """Nothing lies ahead of `workflow` any more."""
    Occurrence.objects.filter(workflow=workflow).delete()


def follow_all(now: datetime) -> None:
    """As `follow`, for every timed workflow that is on: what came while one was being switched on is there, too."""
    keys = [key for key, event in registry.events.items() if event.timed]
    for workflow in Workflow.objects.filter(is_on=True, event__in=keys).select_related("tenant"):
        follow(workflow, now)


def follow_subjects(
    tenant: Tenant | None, event: EventType, subject_ids: Collection[int], now: datetime
) -> None:
    """What lies ahead of these subjects of `event` is as they are now: moved, dropped, or new.

    Nothing is made whose time has passed; what is due already, and has not moved, stays. Called in the tenant's scope.
    """
    if event.timed is None or not subject_ids:
        return
    workflows = list(Workflow.objects.filter(listening(tenant, event), is_on=True))
    if not workflows:
        return
    at = event.timed.at(tenant, list(subject_ids))
    there = Occurrence.objects.filter(workflow__in=workflows, subject_id__in=subject_ids)
    stored = {(one.workflow_id, one.subject_id): one for one in there}
    gone, moved, new = [], [], []
    for workflow in workflows:
        for subject_id in subject_ids:
            row = stored.get((workflow.pk, subject_id))
            due = _due(workflow, tenant, at, subject_id)
            if row and row.due_at == due:
                continue
            if row and (due is None or due <= now):
                gone.append(row.pk)
            elif row and due:
                row.due_at = due
                moved.append(row)
            elif due and due > now:
                new.append(_row(workflow, event, tenant, subject_id, due, now))
    Occurrence.objects.filter(pk__in=gone).delete()
    Occurrence.objects.bulk_update(moved, ["due_at"])
    Occurrence.objects.bulk_create(new, ignore_conflicts=True)


def listening(tenant: Tenant | None, event: EventType) -> Q:
    """The workflows to which an event of `tenant` may be told: its own and the platform's, and nobody else's ever."""
    own = Q(tenant=tenant) if tenant and TENANT in event.audiences else Q(pk__in=())
    ours = Q(tenant__isnull=True) if PLATFORM in event.audiences else Q(pk__in=())
    return Q(event=event.key) & (own | ours)


def _due(
    workflow: Workflow, tenant: Tenant | None, at: Mapping[int, datetime], subject_id: int
) -> datetime | None:
    instant = at.get(subject_id)
    return due_at(workflow, instant, tenant.time_zone if tenant else "UTC") if instant else None


def _rows(
    workflow: Workflow, event: EventType, coming: Iterable[tuple[int, datetime]], now: datetime
) -> Iterator[Occurrence]:
    tenant = workflow.tenant
    zones: Mapping[int, Tenant] = {}
    if tenant is None:  # the subjects of the platform's timed events are tenants
        coming = list(coming)
        zones = Tenant.objects.in_bulk([subject_id for subject_id, _at in coming])
    for subject_id, instant in coming:
        about = tenant or zones.get(subject_id)
        due = due_at(workflow, instant, about.time_zone if about else "UTC")
        if due > now:
            yield _row(workflow, event, about, subject_id, due, now)


def _row(
    workflow: Workflow,
    event: EventType,
    tenant: Tenant | None,
    subject_id: int,
    due: datetime,
    now: datetime,
) -> Occurrence:
    payload = {"tenant_id": tenant.pk if tenant else None, event.subject: subject_id}
    return Occurrence(
        tenant=tenant,
        event=event.key,
        payload=payload,
        workflow=workflow,
        subject_id=subject_id,
        happened_at=now,
        due_at=due,
    )


def ahead(workflow: Workflow) -> int:
    """How many lie ahead."""
    return Occurrence.objects.filter(workflow=workflow).count()
