"""A person of a tenant's business in what was sent: merged with another one, or erased at their own request."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from plans.registry import registry
from tenants.models import Tenant
from workflows.models import Message, Run, State
from workflows.services import paying
from workflows.services.outcomes import Result

WAITING = (State.QUEUED, State.HELD)
FEWEST_DIGITS = 7
"""Of a telephone number that tells of somebody."""


def move_person(tenant: Tenant, person: str, to: str) -> None:
    """What was sent to `person` (“customer:17”) was sent to `to`. One statement."""
    Message.objects.filter(tenant=tenant, person=person).update(person=to)


@transaction.atomic
def forget_person(
    tenant: Tenant,
    people: Collection[str],
    now: datetime,
    *,
    subjects: Mapping[str, Collection[int]],
    known_as: Collection[str] = (),
) -> None:
    """Messages to `people` (“customer:17”) keep neither name, address nor text; those to others that tell of them, no
    text. What of it waits is never sent, and what was charged and never leaves is given back.

    `subjects` are ids by kind (“customer_id”, “appointment_id”): the log names nobody for them any more. `known_as` are
    names, addresses and numbers, by which older messages are found whose line in the log is gone.
    A worker that is just handing one of them over has its address in its own hands.
    """
    ours = Message.objects.filter(tenant=tenant)
    runs = Run.objects.filter(_about(subjects), tenant=tenant)
    theirs, about = Q(person__in=people), Q(run__in=runs)
    ours.filter(theirs).update(detail="")
    _discard(ours.filter(theirs | about, state__in=WAITING), now)
    if telling := _telling(known_as):
        about |= Q(run=None) & (Q(text__iregex=telling) | Q(content__iregex=telling))
        ours.filter(about, detail__iregex=telling).update(detail="")
        runs.filter(detail__iregex=telling).update(detail="")
    ours.filter(about).update(text="", content={})
    ours.filter(theirs).update(name="", address="", person="", text="", content={}, provider_id="")
    runs.update(about="")


def _about(subjects: Mapping[str, Collection[int]]) -> Q:
    """The lines of the log that are about one of `subjects`."""
    found = Q(pk__in=[])
    for kind, ids in subjects.items():
        events = [key for key, event in registry.events.items() if event.subject == kind]
        found |= Q(event__in=events, subject_id__in=list(ids))
    return found


def _telling(texts: Collection[str]) -> str:
    """The pattern of whatever tells of somebody: a name of several words, an address, a number however it is written.

    A first name alone tells of too many.
    """
    return "|".join(filter(None, map(_pattern, texts)))


def _pattern(text: str) -> str:
    numbers = re.sub(r"\D", "", text)
    if len(numbers) >= FEWEST_DIGITS and not re.search(r"[^\W\d]", text):
        return r"\D?".join(numbers)
    words = text.split()
    if len(words) < 2 and "@" not in text:
        return ""
    return r"\m" + r"\s+".join(map(re.escape, words)) + r"\M"


def _discard(rows: "QuerySet[Message]", now: datetime) -> None:
    locked = rows.select_related("tenant__plan").select_for_update(of=("self",)).order_by("pk")
    why = _("Whom it was for has been erased.")
    results = [Result(one, State.DISCARDED, why, finished_at=now) for one in locked]
    paying.settle(results, only_from=WAITING, now=now)
