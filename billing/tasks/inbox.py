"""Work on the inbox of notifications, in the background."""

import time

from billing.services.inbox import working as inbox
from saas.core.clock import now
from saas.core.nudge import Nudge
from tenants.tasks import public_task

BUSY_SECONDS = 120
"""How long one run goes on taking up what is due; well below the time that a task may take."""


@public_task
def process_event(event_id: int) -> None:
    """The event is worked on now, unless another worker has it or it is not due."""
    if event := inbox.claim_one(event_id, now()):
        inbox.process(event, now())


@public_task
def process_due() -> None:
    """Nothing in the inbox is due any more. While there is more than one event, another worker is asked to help."""
    until = time.monotonic() + BUSY_SECONDS
    has_help = False
    while events := inbox.claim(now()):
        if not has_help and inbox.is_any_due(now()):
            nudge.give()
            has_help = True
        for event in events:
            inbox.process(event, now())
        if time.monotonic() > until:
            nudge.give()
            return


@public_task
def forget_old_events() -> None:
    """Notifications of long ago are gone."""
    inbox.forget_old(now())


def _ask_for_a_worker() -> None:
    process_due.apply_async(retry=False)


nudge = Nudge(_ask_for_a_worker)
"""So that a notification is answered whatever the broker does. What it loses, the beat finds within a minute."""
