"""Messages that nothing was left to pay for: kept, and sent or discarded when the tenant says so (decision D13)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Min, QuerySet, Sum
from django.utils.translation import gettext as _

from tenants.models import Tenant
from workflows.models import Message, State
from workflows.services import channels, paying
from workflows.services.outcomes import Result, write

AT_ONCE = 200
HELD = """
SELECT channel, count(*) AS count, min(units) AS least FROM workflows_message
WHERE tenant_id = %(tenant)s AND state = 'held' GROUP BY channel
"""
"""The same as `held`, to be asked beside something else."""


@dataclass(frozen=True)
class Held:
    """How many wait on one channel, and how many units they cost: all of them, and the smallest."""

    channel: str
    count: int
    units: int
    least: int


def held(tenant: Tenant) -> list[Held]:
    """By channel; empty where nothing waits. One query."""
    rows = (
        _waiting(tenant)
        .values_list("channel")
        .annotate(Count("pk"), Sum("units"), Min("units"))
        .order_by("channel")
    )
    return [Held(*row) for row in rows]


def send_held(
    tenant: Tenant,
    channel: str,
    now: datetime,
    *,
    ids: Collection[int] | None = None,
    at_most: int = 10_000,
) -> int:
    """Up to `at_most` are on their way, the oldest first, until nothing is left to pay for them; how many.

    What is useless by now is discarded instead. `ids`: of these alone. Raises NotSetUp.
    """
    channels.driver_of(channel)
    waiting = _waiting(tenant, ids).filter(channel=channel)
    _discard(waiting.filter(useless_at__lte=now), _("What it was about has begun."), now)
    sent = 0
    while sent < at_most:
        some = _send_some(tenant, waiting, now, min(AT_ONCE, at_most - sent))
        sent += some
        if some < min(AT_ONCE, at_most):
            break
    return sent


def discard(
    tenant: Tenant, ids: Collection[int] | None, now: datetime, *, channel: str = ""
) -> int:
    """They will never be sent; how many there were. `ids` None: all that wait. `channel`: on that one alone."""
    waiting = _waiting(tenant, ids)
    return _discard(waiting.filter(channel=channel) if channel else waiting, "", now)


@transaction.atomic
def _send_some(tenant: Tenant, waiting: "QuerySet[Message]", now: datetime, at_most: int) -> int:
    """Locked before they are charged, so that nobody discards them in between."""
    found = waiting.order_by("created_at", "pk").select_for_update(skip_locked=True, of=("self",))
    some = list(found[:at_most])
    for message in some:
        message.tenant = tenant
    paid, _unpaid = paying.charge(some, now)
    results = [Result(one, State.QUEUED, due_at=now) for one in paid]
    return len(write(results, only_from=(State.HELD,)))


@transaction.atomic
def _discard(rows: "QuerySet[Message]", why: str, now: datetime) -> int:
    locked = rows.select_related("tenant__plan").select_for_update(of=("self",)).order_by("pk")
    results = [Result(one, State.DISCARDED, why, finished_at=now) for one in locked]
    return len(paying.settle(results, only_from=(State.HELD,), now=now))


def _waiting(tenant: Tenant, ids: Collection[int] | None = None) -> "QuerySet[Message]":
    found = Message.objects.filter(tenant=tenant, state=State.HELD)
    return found if ids is None else found.filter(pk__in=ids)
