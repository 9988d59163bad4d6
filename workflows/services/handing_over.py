"""Handing paid messages over to whoever carries them, and what came of each."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from django.db import connection
from django.utils.translation import gettext as _

from workflows.drivers.base import Accepted, Driver, Outcome, Outgoing, Refused, TryLater, Unclear
from workflows.models import Message, State
from workflows.services import opt_outs, paying
from workflows.services.outcomes import NEVER_LEFT, Result

log = logging.getLogger(__name__)
SECONDS = 60
"""How long one shift begins to hand over: a slow carrier is left in time for all of it to be written down."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)
MOST_ATTEMPTS = 8
SEND = """
UPDATE workflows_message AS m
SET state = 'sending', attempts = m.attempts + 1, driver = %s, is_charged = d.is_charged,
    from_month = d.from_month, from_purchased = d.from_purchased
FROM unnest(%s::bigint[], %s::boolean[], %s::int[], %s::int[]) AS d(id, is_charged, from_month, from_purchased)
WHERE m.id = d.id AND m.state = 'queued' AND m.due_at = %s
RETURNING m.id
"""


@dataclass(frozen=True)
class Shift:
    """What a worker has taken for itself at `began`, and keeps until `lease`, by which others know it."""

    began: datetime
    lease: datetime
    started: float = field(default_factory=time.monotonic)

    @property
    def now(self) -> datetime:
        return self.began + timedelta(seconds=time.monotonic() - self.started)

    @property
    def is_over(self) -> bool:
        return time.monotonic() - self.started > SECONDS


def hand_over(driver: Driver, messages: Sequence[Message], shift: Shift) -> None:
    """Each message has been given to `driver` once, or waits for the next shift."""
    for start in range(0, len(messages), driver.at_once):
        if shift.is_over:
            _leave(messages[start:], shift)
            return
        _hand_over_some(driver, messages[start : start + driver.at_once], shift)


def failed(message: Message, reason: str, now: datetime, driver: str = "") -> Result:
    return Result(message, State.FAILED, reason, finished_at=now, driver=driver)


def _hand_over_some(driver: Driver, messages: Sequence[Message], shift: Shift) -> None:
    chosen = _begin(driver, messages, shift)
    if not chosen:
        return
    outcomes = _send(driver, chosen)
    now = shift.now
    results = [
        _result(driver, message, outcome, now)
        for message, outcome in zip(chosen, outcomes, strict=True)
    ]
    paying.settle(results, only_from=(State.SENDING, State.UNKNOWN), now=now)
    for message, outcome in zip(chosen, outcomes, strict=True):
        if isinstance(outcome, Refused) and outcome.opts_out:
            opt_outs.opt_out(message.channel, message.address, None, "provider", now)


def _begin(driver: Driver, messages: Sequence[Message], shift: Shift) -> list[Message]:
    """Those that are still this shift's own: from now on nobody sends them again."""
    columns: list[list[int]] = [
        [one.pk for one in messages],
        [one.is_charged for one in messages],
        [one.from_month for one in messages],
        [one.from_purchased for one in messages],
    ]
    with connection.cursor() as cursor:
        cursor.execute(SEND, [driver.key, *columns, shift.lease])
        mine = {row[0] for row in cursor.fetchall()}
    if len(mine) < len(messages):
        _give_up([one for one in messages if one.pk not in mine], shift)
    chosen = [one for one in messages if one.pk in mine]
    for message in chosen:
        message.attempts += 1
    return chosen


def _give_up(messages: Sequence[Message], shift: Shift) -> None:
    """Somebody else has them by now. Where that one ended them before they were charged here, that is given back."""
    ended = Message.objects.filter(pk__in=[one.pk for one in messages], state__in=NEVER_LEFT)
    keys = set(ended.values_list("pk", flat=True))
    paying.give_back([one for one in messages if one.pk in keys], shift.now)


def _leave(messages: Sequence[Message], shift: Shift) -> None:
    """They are due for the next shift. They stay charged: that is asked again, and answered the same."""
    mine = Message.objects.filter(
        pk__in=[one.pk for one in messages], state=State.QUEUED, due_at=shift.lease
    )
    mine.update(due_at=shift.now)


def _send(driver: Driver, messages: Sequence[Message]) -> Sequence[Outcome]:
    outgoing = [
        Outgoing(one.key, one.channel, one.address, one.text, one.name, one.content)
        for one in messages
    ]
    try:
        outcomes = driver.send(outgoing)
    except Exception:
        log.exception("%s failed while it was sending", driver.key)
        return [Unclear(_("The carrier gave no clear answer."))] * len(messages)
    if len(outcomes) != len(messages):
        log.error("%s answered for %s of %s messages", driver.key, len(outcomes), len(messages))
        return [Unclear(_("The carrier gave no clear answer."))] * len(messages)
    return outcomes


def _result(driver: Driver, message: Message, outcome: Outcome, now: datetime) -> Result:
    match outcome:
        case Accepted(provider_id):
            return Result(
                message, State.SENT, provider_id=provider_id, sent_at=now, driver=driver.key
            )
        case Refused(reason):
            return failed(message, str(reason), now, driver.key)
        case Unclear(reason):
            return Result(message, State.UNKNOWN, str(reason), finished_at=now, driver=driver.key)
        case TryLater(reason, after):
            return _try_later(driver, message, str(reason), after, now)
        case _:
            assert_never(outcome)


def _try_later(
    driver: Driver, message: Message, reason: str, after: timedelta, now: datetime
) -> Result:
    """15 seconds, 30, a minute … at the most an hour, eight times in all."""
    if message.attempts >= MOST_ATTEMPTS:
        return failed(message, reason, now, driver.key)
    pause = min(FIRST_PAUSE * 2 ** (message.attempts - 1), LONGEST_PAUSE)
    later = now + max(pause, after)
    return Result(message, State.QUEUED, reason, due_at=later, driver=driver.key)
