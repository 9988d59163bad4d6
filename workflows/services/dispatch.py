"""From what happened to messages: each occurrence is asked of every workflow that listens, once.

All of a batch is one transaction: runs and messages are written, and the occurrences are gone. A worker that is killed
leaves everything as it was, so nothing here needs a lease.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import QuerySet

from plans.registry import registry
from tenants.models import Tenant
from tenants.scope import public_scope, tenant_scope
from workflows.models import Occurrence
from workflows.services import asking, runs, timing

log = logging.getLogger(__name__)
BATCH = 200
MOST_ATTEMPTS = 5
FIRST_PAUSE = timedelta(minutes=1)


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
    return list(_due(now).values_list("pk", flat=True)[:at_most])


def _due(now: datetime) -> "QuerySet[Occurrence]":
    """The oldest first, and those of the same minute by tenant, so that a batch has many of few."""
    return Occurrence.objects.filter(due_at__lte=now).order_by("due_at", "tenant_id", "pk")


@transaction.atomic
def _batch(now: datetime, at_most: int, only: int | None = None) -> int:
    due = _due(now).filter(**({} if only is None else {"pk": only}))
    claimed = list(due.select_for_update(skip_locked=True, of=("self",))[:at_most])
    if claimed:
        Occurrence.objects.filter(pk__in=[one.pk for one in claimed]).delete()
        tenants = _tenants(claimed)
        written: list[runs.Written] = []
        for (tenant_id, key), group in _grouped(claimed):
            written += _carry_out(tenants[tenant_id] if tenant_id else None, key, group, now)
        runs.store(written)
    return len(claimed)


def _alone(pk: int, now: datetime) -> int:
    try:
        return _batch(now, 1, only=pk)
    except Exception:
        log.exception("Event %s failed", pk)
        _try_again(pk, now)
        return 1


@transaction.atomic
def _try_again(pk: int, now: datetime) -> None:
    found = Occurrence.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk)
    occurrence = found.first()
    if occurrence is None:
        return
    occurrence.attempts += 1
    if occurrence.attempts < MOST_ATTEMPTS:
        occurrence.due_at = now + FIRST_PAUSE * 2 ** (occurrence.attempts - 1)
        occurrence.save(update_fields=["attempts", "due_at"])
        return
    log.error("Event %s (%s) is given up", pk, occurrence.event)
    runs.give_up(occurrence, now)
    occurrence.delete()


def _tenants(claimed: Iterable[Occurrence]) -> dict[int, Tenant]:
    ids = {one.tenant_id for one in claimed if one.tenant_id}
    return Tenant.objects.select_related("plan").in_bulk(ids)


def _grouped(
    claimed: Sequence[Occurrence],
) -> Iterator[tuple[tuple[int, str], list[Occurrence]]]:
    """By tenant (0: nobody's) and event, always in the same order, for some actions lock their tenant."""

    def group_of(one: Occurrence) -> tuple[int, str]:
        return one.tenant_id or 0, one.event

    for key, group in groupby(sorted(claimed, key=group_of), group_of):
        yield key, list(group)


def _carry_out(
    tenant: Tenant | None, key: str, group: list[Occurrence], now: datetime
) -> list[runs.Written]:
    """What comes of one tenant's occurrences of one event. A fixed number of queries, however many they are."""
    event, written = registry.events.get(key), []
    with tenant_scope(tenant) if tenant and tenant.activated_at else public_scope():
        if event:
            written = runs.act(event, tenant, asking.ask(event, tenant, group, now), now)
        for timed in registry.events.values():
            if timed.timed and key in timed.timed.follows:
                found = (one.payload.get(timed.subject) for one in group)
                subjects = sorted({one for one in found if one is not None})
                timing.follow_subjects(tenant, timed, subjects, now)
    return written
