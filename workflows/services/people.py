"""A person of a tenant's business in what was sent: merged with another one, or erased at their own request."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from plans.registry import registry
from tenants.models import Tenant
from workflows.models import Message, Run, State
from workflows.services import paying
from workflows.services.outcomes import Result

WAITING = (State.QUEUED, State.HELD)


def move_person(tenant: Tenant, person: str, to: str) -> None:
    """What was sent to `person` (“customer:17”) was sent to `to`. One statement."""
    Message.objects.filter(tenant=tenant, person=person).update(person=to)


@transaction.atomic
def forget_person(
    tenant: Tenant,
    person: str,
    now: datetime,
    *,
    subjects: Mapping[str, Collection[int]],
) -> None:
    """Messages to `person` keep neither name, address nor text, and what waits for them is never sent.

    `subjects` are ids by kind (“customer_id”, “appointment_id”): the log names nobody for them any more. What is just
    being sent keeps its address, for the carrier needs it. What was charged and never leaves is given back.
    """
    theirs = Message.objects.filter(tenant=tenant, person=person)
    _discard(theirs.filter(state__in=WAITING), now)
    theirs.exclude(state=State.SENDING).update(
        name="", address="", person="", text="", content={}, provider_id=""
    )
    for kind, ids in subjects.items():
        events = [key for key, event in registry.events.items() if event.subject == kind]
        found = Run.objects.filter(tenant=tenant, event__in=events, subject_id__in=list(ids))
        found.update(about="")


def _discard(rows: "QuerySet[Message]", now: datetime) -> None:
    locked = rows.select_related("tenant__plan").select_for_update(of=("self",)).order_by("pk")
    why = _("Whom it was for has been erased.")
    results = [Result(one, State.DISCARDED, why, finished_at=now) for one in locked]
    paying.settle(results, only_from=WAITING, now=now)
