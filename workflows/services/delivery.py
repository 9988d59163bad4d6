"""From a message to its recipient: charged exactly once, sent at most once by itself (decisions D13, D14).

A worker takes some for itself (they stay `queued`, so that dying now costs nothing), looks whether they may leave and
who pays, and only then, right before they are handed over, makes them `sending`. What is found `sending` when its
worker's time is over may have left or not: it is `unknown`, and never sent again by itself.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, assert_never

from django.db import connection
from django.utils.translation import gettext as _

from tenants import metering
from workflows.channels.catalogue import CHANNELS
from workflows.drivers.base import Accepted, Driver, Outcome, Outgoing, Refused, TryLater, Unclear
from workflows.models import Message, State
from workflows.services import channels, opt_outs, paying
from workflows.services.channels import NotSetUp
from workflows.services.outcomes import Result, write

log = logging.getLogger(__name__)
BATCH = 100
LEASE = timedelta(minutes=6)
"""A task may run for five, so no lease ends under a worker that is alive."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(hours=1)
MOST_ATTEMPTS = 8
PATIENCE = timedelta(hours=24)
"""How long messages wait for their channel to be set up."""
CLAIM = """
UPDATE workflows_message SET due_at = %s
WHERE id IN (
    SELECT id FROM workflows_message WHERE due_at <= %s AND state = 'queued'
    ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED
)
RETURNING id
"""
SEND = """
UPDATE workflows_message SET state = 'sending', attempts = attempts + 1, driver = %s
WHERE id = ANY(%s) AND state = 'queued' AND due_at = %s RETURNING id
"""


def deliver_due(now: datetime, at_most: int = BATCH) -> int:
    """Up to `at_most` messages that are due leave, or it is written down why not; how many there were.

    Several may do so at once. Speaks to carriers, so call it outside of a transaction.
    """
    lease = now + LEASE
    claimed = _claim(now, lease, at_most)
    for channel, group in _by_channel(claimed):
        _deliver(channel, group, lease, now)
    return len(claimed)


def give_up_lost(now: datetime) -> int:
    """Messages whose worker died while it was sending them are unknown; how many there were."""
    lost = Message.objects.filter(state=State.SENDING, due_at__lte=now)
    said = _("The worker stopped while it was being sent, so nobody knows whether it left.")
    return lost.update(state=State.UNKNOWN, due_at=None, finished_at=now, detail=said)


def _claim(now: datetime, lease: datetime, at_most: int) -> list[Message]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [lease, now, at_most])
        keys = [row[0] for row in cursor.fetchall()]
    found = Message.objects.filter(pk__in=keys).select_related("tenant__plan")
    return list(found.order_by("pk")) if keys else []


def _by_channel(messages: Sequence[Message]) -> Iterator[tuple[str, list[Message]]]:
    ordered = sorted(messages, key=lambda one: (one.channel, one.pk))
    for channel, group in groupby(ordered, lambda one: one.channel):
        yield channel, list(group)


def _deliver(channel: str, group: list[Message], lease: datetime, now: datetime) -> None:
    _share_tenants(group)
    try:
        driver = channels.driver_of(channel)
    except NotSetUp as reason:
        _wait_for_set_up(group, str(reason.message), now)
        return
    allowed = _allowed(channel, group, now)
    paid, unpaid = paying.charge(allowed, now)
    _hold(unpaid, now)
    for start in range(0, len(paid), driver.at_once):
        _hand_over(driver, paid[start : start + driver.at_once], lease, now)


def _share_tenants(group: list[Message]) -> None:
    """One object for each tenant, so that what is asked of it is asked once."""
    known = {one.tenant_id: one.tenant for one in group if one.tenant}
    for message in group:
        if message.tenant_id:
            message.tenant = known[message.tenant_id]


def _wait_for_set_up(group: list[Message], reason: str, now: datetime) -> None:
    over = [one for one in group if one.created_at <= now - PATIENCE]
    write([_failed(one, reason, now) for one in over], only_from=(State.QUEUED,))
    rest = [one for one in group if one.created_at > now - PATIENCE]
    later = now + LONGEST_PAUSE
    write(
        [Result(one, State.QUEUED, reason, due_at=later) for one in rest],
        only_from=(State.QUEUED,),
    )


def _allowed(channel: str, group: list[Message], now: datetime) -> list[Message]:
    """Those that may leave; why the others may not is written down, and what they were charged before is given back."""
    ids = {one.tenant_id for one in group if one.tenant_id}
    out = opt_outs.addresses_out(ids, channel, {one.address for one in group})
    stopped = [result for one in group if (result := _why_not(channel, one, out, now))]
    if stopped:
        gone = write(stopped, only_from=(State.QUEUED,))
        paying.give_back([one.message for one in stopped if one.message.pk in gone], now)
    refused = {one.message.pk for one in stopped}
    return [one for one in group if one.pk not in refused]


def _why_not(
    channel: str, message: Message, out: set[tuple[int | None, str]], now: datetime
) -> Result | None:
    tenant = message.tenant
    if message.useless_at and message.useless_at <= now:
        said = _("It was not sent any more: what it was about has begun.")
        return Result(message, State.DISCARDED, said, finished_at=now)
    if {(message.tenant_id, message.address), (None, message.address)} & out:
        said = _("This address has asked for no more %(what)s.") % {
            "what": CHANNELS[channel].none_left or CHANNELS[channel].label
        }
        return _failed(message, said, now)
    if tenant is None:
        return None
    if not tenant.is_open:
        return _failed(message, _("The business is closed."), now)
    capability = CHANNELS[channel].capability
    if capability and not tenant.entitlements.can(capability):
        said = _("%(channel)s is not part of your plan at present.")
        return _failed(message, said % {"channel": CHANNELS[channel].label}, now)
    return None


def _hold(unpaid: list[Message], now: datetime) -> None:
    """Kept for when something is left again, or sent by e-mail instead where the action says so (decision D13)."""
    held, replaced, mails = [], [], []
    for message in unpaid:
        label = metering.channels[message.channel].label
        if instead := message.content.get("instead"):
            said = _("No %(channel)s was left to pay for it: it was sent by e-mail instead.")
            replaced.append(
                Result(message, State.DISCARDED, said % {"channel": label}, finished_at=now)
            )
            mails.append(_mail_instead(message, instead, now))
            continue
        said = _("No %(channel)s is left to pay for it.") % {"channel": label}
        held.append(Result(message, State.HELD, said))
    write(held, only_from=(State.QUEUED,))
    done = write(replaced, only_from=(State.QUEUED,))
    wanted = [
        mail for mail, result in zip(mails, replaced, strict=True) if result.message.pk in done
    ]
    Message.objects.bulk_create(wanted, ignore_conflicts=True)


def _mail_instead(message: Message, instead: dict[str, Any], now: datetime) -> Message:
    return Message(
        tenant=message.tenant,
        workflow_id=message.workflow_id,
        run_id=message.run_id,
        key=f"{message.key}:email",
        channel="email",
        address=instead["address"],
        name=message.name,
        person=message.person,
        text=instead["text"],
        content=instead["content"],
        due_at=now,
        created_at=now,
        useless_at=message.useless_at,
    )


def _hand_over(driver: Driver, messages: list[Message], lease: datetime, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SEND, [driver.key, [one.pk for one in messages], lease])
        mine = {row[0] for row in cursor.fetchall()}
    chosen = [one for one in messages if one.pk in mine]
    if not chosen:
        return
    results = []
    for message, outcome in zip(chosen, _send(driver, chosen), strict=True):
        message.attempts += 1
        results.append(_result(driver, message, outcome, now))
        if isinstance(outcome, Refused) and outcome.opts_out:
            opt_outs.opt_out(message.channel, message.address, None, "provider", now)
    done = write(results, only_from=(State.SENDING, State.UNKNOWN))
    lost = (one for one in results if one.state == State.FAILED and one.message.pk in done)
    paying.give_back([one.message for one in lost], now)


def _send(driver: Driver, messages: list[Message]) -> Sequence[Outcome]:
    outgoing = [
        Outgoing(one.key, one.channel, one.address, one.text, one.name, one.content)
        for one in messages
    ]
    try:
        outcomes = driver.send(outgoing)
    except Exception as error:
        log.exception("%s failed while it was sending", driver.key)
        return [Unclear(type(error).__name__)] * len(messages)
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
            return _failed(message, str(reason), now, driver.key)
        case Unclear(reason):
            return Result(message, State.UNKNOWN, str(reason), finished_at=now, driver=driver.key)
        case TryLater(reason, after):
            if message.attempts >= MOST_ATTEMPTS:
                return _failed(message, str(reason), now, driver.key)
            pause = min(FIRST_PAUSE * 2 ** (message.attempts - 1), LONGEST_PAUSE)
            later = now + max(pause, after)
            return Result(message, State.QUEUED, str(reason), due_at=later, driver=driver.key)
        case _:
            assert_never(outcome)


def _failed(message: Message, reason: str, now: datetime, driver: str = "") -> Result:
    return Result(message, State.FAILED, reason, finished_at=now, driver=driver)
