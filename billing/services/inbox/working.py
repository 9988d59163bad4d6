"""The inbox of notifications: verified, stored once, answered at once; what they mean is found out later.

`accept` is the request's part. `claim` and `process` are the workers': an event is a hint to ask the gateway how the
thing stands now, so it may come late, twice, or before what it builds upon.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.gateways.base import GatewayRefused, GatewayUnavailable, NotGenuine
from billing.gateways.catalogue import KINDS
from billing.models import Environment, Outcome, Payment, Subscription, WebhookEvent
from billing.services.gateways import NotConnected, environment_of
from billing.services.inbox import hearing, news
from billing.services.inbox.hearing import Heard
from billing.services.inbox.rows import insert
from saas.core import audit
from saas.core.errors import DomainError, NotHere, Sentence
from saas.core.events import emit
from tenants.models import User

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=6)
"""How long a worker has an event to itself. A task may run for five, so no lease ends under a worker that is alive."""
MOST_ATTEMPTS = 12
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=4)
"""With these pauses twelve attempts take about eight hours."""
KEEP = timedelta(days=90)
FORGET_AT_ONCE = 2000
DETAIL = 300


class Refused(Exception):
    """A delivery that is not taken. `reason` is one of a few words, for counting; `status` is what it is answered."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status


@dataclass(frozen=True)
class Delivery:
    """What came over the wire. `came_at` is the machine's instant: signatures follow no clock that can be moved."""

    gateway: str
    body: bytes
    headers: Mapping[str, str]
    came_at: datetime


def accept(delivery: Delivery, *, now: datetime) -> bool:
    """A genuine notification is stored, once however often it is delivered; False when it was there before.

    One statement, and one more where the gateway's secrets are not at hand. Emits `billing.webhook_stored` when
    there is something to do. Raises Refused, with nothing stored.
    """
    try:
        heard = hearing.hear(delivery.gateway, delivery.body, delivery.headers, delivery.came_at)
    except NotConnected:
        raise Refused("not connected", 404) from None
    except NotGenuine as error:
        raise Refused(error.reason) from None
    ignored = _why_ignored(delivery.gateway, heard)
    event_id = insert(delivery.gateway, heard.notification, delivery.body, ignored=ignored, now=now)
    if event_id is not None and not ignored:
        emit("billing.webhook_stored", event_id=event_id)
    return event_id is not None


def _name(gateway: str) -> Sentence:
    return KINDS[gateway].name if gateway in KINDS else gateway


def _why_ignored(gateway: str, heard: Heard) -> str:
    """Why there is nothing to do about it, in one sentence; mostly empty.

    What was bought before the other environment was chosen goes on where it is, so its news is worked on.
    """
    sent_from, present = heard.notification.environment, heard.environment
    if sent_from == present or (heard.has_keys and _has_anything(gateway, sent_from)):
        return ""
    return _elsewhere(gateway, sent_from, present)


def _has_anything(gateway: str, environment: str) -> bool:
    """Whether anything of ours is there: two queries at most, and only of what comes from the other environment."""
    own = {"gateway": gateway, "environment": environment}
    return any(model.objects.filter(**own).exists() for model in (Subscription, Payment))


def _elsewhere(gateway: str, sent_from: str, present: str) -> str:
    names = (_name(gateway), Environment(sent_from).label, Environment(present).label)
    return "{}: sent from “{}”, and “{}” is what is set now.".format(*names)


@transaction.atomic
def claim(now: datetime, at_most: int = 1) -> list[WebhookEvent]:
    """Up to `at_most` events that are due, the longest waiting first; nobody else gets them while the lease lasts."""
    due = WebhookEvent.objects.filter(due_at__lte=now).order_by("due_at", "pk")
    return _take(list(due.select_for_update(skip_locked=True)[:at_most]), now)


@transaction.atomic
def claim_one(event_id: int, now: datetime) -> WebhookEvent | None:
    """The event, for the caller alone; None when it is not due, or another worker has it."""
    due = WebhookEvent.objects.filter(pk=event_id, due_at__lte=now)
    return next(iter(_take(list(due.select_for_update(skip_locked=True)), now)), None)


def is_any_due(now: datetime) -> bool:
    return WebhookEvent.objects.filter(due_at__lte=now).exists()


def process(event: WebhookEvent, now: datetime) -> None:
    """What the gateway says about `event`, which is claimed, is true here; else it is tried again later.

    After the last attempt it has failed, and waits in the console for somebody. Raises nothing of what went wrong.
    Call it outside of a transaction.
    """
    if event.attempts > MOST_ATTEMPTS:
        _finish(event, Outcome.FAILED, "No worker came to an end with it.", now)
        return
    try:
        outcome, detail = news.take_in(event, now)
    except (GatewayUnavailable, GatewayRefused) as error:
        _try_again(event, f"{_name(event.gateway)}: {error.detail}", now)
    except (news.TooEarly, DomainError) as error:
        _try_again(event, str(error), now)
    except Exception as error:
        log.exception("Event %s could not be worked on", event.pk)
        _try_again(event, f"{type(error).__name__}: {error}", now)
    else:
        if outcome == Outcome.IGNORED:
            detail = _why_foreign(event) or detail
        _finish(event, outcome, detail, now)


def _why_foreign(event: WebhookEvent) -> str:
    """Of an event about nothing of ours: that it came from the other environment; empty where it did not."""
    present = environment_of(event.gateway)
    if not present or event.environment == present:
        return ""
    return _elsewhere(event.gateway, event.environment, present)


@transaction.atomic
def replay(event_id: int, by: User, now: datetime) -> WebhookEvent:
    """The event is worked on once more from the beginning, whatever came of it before. Raises NotHere.

    Emits `billing.webhook_stored`.
    """
    find_event(event_id)
    event = WebhookEvent.objects.select_for_update().get(pk=event_id)
    before = audit.snapshot(event, ("outcome", "detail"))
    event.outcome, event.detail = Outcome.WAITING, ""
    event.attempts, event.due_at, event.finished_at = 0, now, None
    event.save()
    changes = audit.differences(before, audit.snapshot(event, ("outcome", "detail")))
    audit.record("webhook.replayed", event, changes=changes or None, actor=by)
    emit("billing.webhook_stored", event_id=event.pk)
    return event


def find_event(event_id: int) -> WebhookEvent:
    """The notification with its payload. Raises NotHere."""
    event = WebhookEvent.objects.filter(pk=event_id).first()
    if event is None:
        raise NotHere(_("This notification is not here any more. They are kept for 90 days."))
    return event


def forget_old(now: datetime) -> int:
    """Events that came more than 90 days ago, and are not waiting, are gone; how many there were."""
    old = WebhookEvent.objects.filter(received_at__lt=now - KEEP, due_at__isnull=True)
    gone = 0
    while keys := list(old.values_list("pk", flat=True)[:FORGET_AT_ONCE]):
        gone += WebhookEvent.objects.filter(pk__in=keys, due_at__isnull=True).delete()[0]
    return gone


def _take(events: list[WebhookEvent], now: datetime) -> list[WebhookEvent]:
    for event in events:
        event.attempts += 1
        event.due_at = now + LEASE
    WebhookEvent.objects.bulk_update(events, ["attempts", "due_at"])
    return events


def _try_again(event: WebhookEvent, detail: str, now: datetime) -> None:
    if event.attempts >= MOST_ATTEMPTS:
        log.error("Event %s has failed: %s", event.pk, detail)
        _finish(event, Outcome.FAILED, detail, now)
        return
    pause = min(FIRST_PAUSE * 2 ** (event.attempts - 1), LONGEST_PAUSE)
    _write(event, detail=detail[:DETAIL], due_at=now + pause)


def _finish(event: WebhookEvent, outcome: Outcome, detail: str, now: datetime) -> None:
    _write(event, outcome=outcome, detail=detail[:DETAIL], due_at=None, finished_at=now)


def _write(event: WebhookEvent, **changes: object) -> None:
    """Unless the event was taken away meanwhile: by a replay, or by another worker when the lease was over."""
    mine = WebhookEvent.objects.filter(pk=event.pk, due_at=event.due_at, attempts=event.attempts)
    mine.update(**changes)
