"""What lies ahead: for each timed workflow and each subject one row, due at an instant, that moves and goes with it.

So reminders survive restarts, and an appointment that is moved or cancelled takes its own with it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from plans.event_types import PLATFORM, TENANT, EventType
from plans.registry import registry
from tenants.models import Tenant
from tenants.scope import public_scope, tenant_scope
from workflows.models import Occurrence, Side, Unit, Workflow

AT_ONCE = 1000
LATELY = timedelta(hours=1)
STEPS = {Unit.MINUTES: timedelta(minutes=1), Unit.HOURS: timedelta(hours=1)}


def due_at(workflow: Workflow, instant: datetime, time_zone: str) -> datetime:
    """When `workflow` is to be told of what falls at `instant`.

    Hours are hours; days are days of the calendar in `time_zone`, so 10:00 stays 10:00 across a change of clocks (D20).
    """
    amount = -workflow.amount if workflow.side == Side.BEFORE else workflow.amount
    if amount == 0:
        return instant
    if workflow.unit != Unit.DAYS:
        return instant + amount * STEPS[Unit(workflow.unit)]
    zone = ZoneInfo(time_zone)
    shown = instant.astimezone(zone).replace(tzinfo=None) + timedelta(days=amount)
    return shown.replace(tzinfo=zone).astimezone(UTC)


def due(workflow: Workflow, tenant: Tenant | None, instant: datetime | None) -> datetime | None:
    """As `due_at`, by the clock of `tenant`; None for what never comes."""
    return due_at(workflow, instant, tenant.time_zone if tenant else "UTC") if instant else None


def follow(workflow: Workflow, now: datetime) -> None:
    """Everything that lies ahead of `workflow` is written down; what is there already stays. Also for one just on."""
    event = registry.events.get(workflow.event)
    if event is None or event.timed is None or not workflow.is_on:
        return
    tenant = workflow.tenant
    if tenant and tenant.activated_at is None:
        return
    with tenant_scope(tenant) if tenant else public_scope():
        coming = list(event.timed.coming(tenant, now))
    made = _rows(workflow, event, coming, now)
    while chunk := list(islice(made, AT_ONCE)):
        Occurrence.objects.bulk_create(chunk, ignore_conflicts=True)


def forget(workflow: Workflow) -> None:
    """Nothing lies ahead of `workflow` any more."""
    Occurrence.objects.filter(workflow=workflow).delete()


def follow_changed(now: datetime) -> None:
    """As `follow`, for every timed workflow that was changed lately.

    What was booked at the very moment in which one was switched on knew nothing of it, and the other way round.
    """
    keys = [key for key, event in registry.events.items() if event.timed]
    changed = Workflow.objects.filter(is_on=True, event__in=keys, changed_at__gt=now - LATELY)
    for workflow in changed.select_related("tenant"):
        follow(workflow, now)


@transaction.atomic
def follow_time_zone(tenant: Tenant, now: datetime) -> None:
    """What is told some days before or after is due by the tenant's clock as it is now (decision D20)."""
    ahead = Occurrence.objects.filter(tenant=tenant, workflow__unit=Unit.DAYS, due_at__gt=now)
    subjects: dict[str, set[int]] = {}
    for key, subject_id in ahead.values_list("event", "subject_id"):
        if subject_id is not None:
            subjects.setdefault(key, set()).add(subject_id)
    with tenant_scope(tenant):
        for key, ids in subjects.items():
            if event := registry.events.get(key):
                follow_subjects(tenant, event, sorted(ids), now)


def follow_subjects(
    tenant: Tenant | None, event: EventType, subject_ids: Collection[int], now: datetime
) -> None:
    """What lies ahead of these subjects of `event` is as they are now: moved, dropped, or new.

    Nothing is made whose time has passed; what is due already, and has not moved, stays. Call it in the tenant's scope,
    within a transaction: the workflows are locked, so that of two workers the later one knows better.
    """
    if event.timed is None or not subject_ids:
        return
    found = Workflow.objects.filter(listening(tenant, event), is_on=True).order_by("pk")
    workflows = list(found.select_for_update(no_key=True, of=("self",)))
    if not workflows:
        return
    at = event.timed.at(tenant, list(subject_ids))
    there = Occurrence.objects.filter(workflow__in=workflows, subject_id__in=subject_ids)
    stored = {(one.workflow_id, one.subject_id): one for one in there}
    gone, moved, new = [], [], []
    for workflow in workflows:
        for subject_id in subject_ids:
            row = stored.get((workflow.pk, subject_id))
            due_then = due(workflow, tenant, at.get(subject_id))
            is_over = due_then is None or due_then <= now
            if row and due_then and (row.due_at == due_then or (row.attempts and is_over)):
                continue  # one that failed has a time of its own to be tried again
            if row and is_over:
                gone.append(row.pk)
            elif row and due_then:
                row.due_at = due_then
                moved.append(row)
            elif due_then and not is_over:
                new.append(_row(workflow, event, tenant, subject_id, due_then, now))
    Occurrence.objects.filter(pk__in=gone).delete()
    Occurrence.objects.bulk_update(moved, ["due_at"])
    Occurrence.objects.bulk_create(new, ignore_conflicts=True)


def listening(tenant: Tenant | None, event: EventType) -> Q:
    """The workflows to which an event of `tenant` may be told: its own and the platform's, and nobody else's ever."""
    own = Q(tenant=tenant) if tenant and TENANT in event.audiences else Q(pk__in=())
    ours = Q(tenant__isnull=True) if PLATFORM in event.audiences else Q(pk__in=())
    return Q(event=event.key) & (own | ours)


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
        due_then = due(workflow, about, instant)
        if due_then and due_then > now:
            yield _row(workflow, event, about, subject_id, due_then, now)


def _row(
    workflow: Workflow,
    event: EventType,
    tenant: Tenant | None,
    subject_id: int,
    when: datetime,
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
        due_at=when,
    )
