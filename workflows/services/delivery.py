"""From a message to its recipient: charged exactly once, sent at most once by itself (decisions D13, D14).

A worker takes some for itself (they stay `queued`, so that dying now costs nothing), looks whether they may leave and
who pays, and only then, right before they are handed over, makes them `sending`. What is found `sending` when its
worker's time is over may have left or not: it is `unknown`, and never sent again by itself.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from django.utils.translation import gettext as _

from plans.entitlements import Entitlements
from tenants import metering
from tenants.models import Tenant
from workflows.channels.catalogue import CHANNELS
from workflows.models import Message, State
from workflows.services import channels, opt_outs, paying
from workflows.services.channels import NotSetUp
from workflows.services.handing_over import Shift, failed, hand_over
from workflows.services.instead import mail_instead
from workflows.services.outcomes import Result

log = logging.getLogger(__name__)
BATCH = 100
LEASE = timedelta(minutes=6)
"""A task may run for five, so no lease ends under a worker that is alive."""
LOOK_AGAIN = timedelta(minutes=10)
PATIENCE = timedelta(hours=24)
"""How long messages wait for their channel to be set up."""
CLAIM = """
WITH next AS MATERIALIZED (
    SELECT id FROM workflows_message WHERE due_at <= %s AND state = 'queued'
    ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE workflows_message AS message SET due_at = %s FROM next WHERE message.id = next.id
RETURNING message.*
"""
"""Not `WHERE id IN (SELECT … LIMIT)`: in some plans that is asked anew for each row, and takes more than the limit."""


def deliver_due(now: datetime, at_most: int = BATCH) -> int:
    """Up to `at_most` messages that are due leave, or it is written down why not; how many there were.

    Several may do so at once. Speaks to carriers, so call it outside of a transaction. A channel that fails as a whole
    is logged and tried again when the lease is over; the others go on.
    """
    shift = Shift(began=now, lease=now + LEASE)
    claimed = _claim(shift, at_most)
    for channel, group in _by_channel(claimed):
        try:
            _deliver(channel, group, shift)
        except Exception:
            log.exception("%s messages over %s wait, for something went wrong", len(group), channel)
    return len(claimed)


def give_up_lost(now: datetime) -> int:
    """Messages whose worker died while it was sending them are unknown; how many there were."""
    lost = Message.objects.filter(state=State.SENDING, due_at__lte=now)
    said = _("The worker stopped while it was being sent, so nobody knows whether it left.")
    return lost.update(state=State.UNKNOWN, due_at=None, finished_at=now, detail=said)


def _claim(shift: Shift, at_most: int) -> list[Message]:
    """In one statement, the oldest first. Tenants come once each, with their plan."""
    found = list(Message.objects.raw(CLAIM, [shift.began, at_most, shift.lease]))
    ids = {one.tenant_id for one in found if one.tenant_id}
    tenants = Tenant.objects.select_related("plan").in_bulk(ids) if ids else {}
    for tenant in tenants.values():
        tenant.entitlements = Entitlements(tenant, shift.began)
    for message in found:
        if message.tenant_id:
            message.tenant = tenants[message.tenant_id]
    return found


def _by_channel(messages: Sequence[Message]) -> Iterator[tuple[str, list[Message]]]:
    ordered = sorted(messages, key=lambda one: (one.channel, one.pk))
    for channel, group in groupby(ordered, lambda one: one.channel):
        yield channel, list(group)


def _deliver(channel: str, group: list[Message], shift: Shift) -> None:
    if channel not in CHANNELS:
        gone = _("There is no such channel any more.")
        _stop([failed(one, gone, shift.now) for one in group], shift)
        return
    try:
        driver = channels.driver_of(channel)
    except NotSetUp as reason:
        _wait_for_set_up(group, str(reason.message), shift)
        return
    allowed = _allowed(channel, group, shift)
    paid, unpaid = paying.charge(allowed, shift.now)
    _hold(unpaid, shift)
    hand_over(driver, paid, shift)


def _stop(results: list[Result], shift: Shift) -> set[int]:
    return paying.settle(results, only_from=(State.QUEUED,), now=shift.now)


def _wait_for_set_up(group: list[Message], reason: str, shift: Shift) -> None:
    """Nothing is charged meanwhile. What has waited for a day has failed."""
    now = shift.now
    over = [one for one in group if one.created_at <= now - PATIENCE]
    rest = [one for one in group if one.created_at > now - PATIENCE]
    later = [Result(one, State.QUEUED, reason, due_at=now + LOOK_AGAIN) for one in rest]
    _stop([failed(one, reason, now) for one in over] + later, shift)


def _allowed(channel: str, group: list[Message], shift: Shift) -> list[Message]:
    """Those that may leave; why the others may not is written down."""
    ids = {one.tenant_id for one in group if one.tenant_id}
    out = opt_outs.addresses_out(ids, channel, {one.address for one in group})
    stopped = [result for one in group if (result := _why_not(channel, one, out, shift.now))]
    _stop(stopped, shift)
    refused = {one.message.pk for one in stopped}
    return [one for one in group if one.pk not in refused]


def _why_no_more(message: Message, now: datetime) -> str:
    if message.useless_at and message.useless_at <= now:
        return _("It was not sent any more: what it was about has begun.")
    if not message.address or not (message.text or message.content):
        return _("Whom it was about has been erased.")
    return ""


def _why_not(
    channel: str, message: Message, out: set[tuple[int | None, str]], now: datetime
) -> Result | None:
    tenant, known = message.tenant, CHANNELS[channel]
    if said := _why_no_more(message, now):
        return Result(message, State.DISCARDED, said, finished_at=now)
    if {(message.tenant_id, message.address), (None, message.address)} & out:
        said = _("This address has asked for no more %(what)s.")
        return failed(message, said % {"what": known.none_left or known.label}, now)
    if tenant is None:
        return None
    if not tenant.is_open:
        return failed(message, _("The business is closed."), now)
    if known.capability and not tenant.entitlements.can(known.capability):
        said = _("%(channel)s is not part of your plan at present.")
        return failed(message, said % {"channel": known.label}, now)
    return None


def _hold(unpaid: list[Message], shift: Shift) -> None:
    """Kept for when something is left again, or sent by e-mail instead where the action says so (decision D13)."""
    now, held, replaced = shift.now, [], []
    for message in unpaid:
        words = {"channel": metering.channels[message.channel].label}
        if message.content.get("instead"):
            said = _("No %(channel)s was left to pay for it: it was sent by e-mail instead.")
            replaced.append(Result(message, State.DISCARDED, said % words, finished_at=now))
        else:
            said = _("No %(channel)s is left to pay for it.")
            held.append(Result(message, State.HELD, said % words))
    _stop(held, shift)
    mail_instead(replaced, now)
