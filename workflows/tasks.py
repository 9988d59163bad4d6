"""Work on what workflows have to be asked about, and on what they send."""

import time
from collections.abc import Callable

from saas.core.clock import now
from saas.core.nudge import Nudge
from tenants.tasks import find_tenant, public_task
from workflows.services import delivery, dispatch, keeping, timing

BUSY_SECONDS = 120
"""How long one run goes on; well below the time that a task may take."""


@public_task
def work() -> None:
    """Nothing is due any more: events have become messages, and messages have left."""
    until = time.monotonic() + BUSY_SECONDS
    delivery.give_up_lost(now())
    while _did(dispatch.dispatch_due, until) + _did(delivery.deliver_due, until):
        if time.monotonic() > until:
            nudge.give()
            return


def _did(act: "Callable[..., int]", until: float) -> int:
    """How much there was to do, until there is no more, or the time is over."""
    done = 0
    while time.monotonic() < until:
        some = act(now())
        done += some
        if not some:
            break
    return done


@public_task
def look_ahead() -> None:
    """What lies ahead of timed workflows that were just switched on is written down, to the last of it."""
    timing.follow_changed(now())


@public_task
def follow_time_zone(tenant_id: int) -> None:
    """What lies ahead of a tenant's workflows goes by its clock."""
    if (tenant := find_tenant(tenant_id)) and tenant.activated_at:
        timing.follow_time_zone(tenant, now())


@public_task
def forget_old() -> None:
    """What workflows did long ago is gone."""
    keeping.forget_old(now())


def _ask_for_a_worker() -> None:
    work.apply_async(retry=False)


nudge = Nudge(_ask_for_a_worker)
"""A worker looks at once. What the broker loses, the beat finds within a minute."""
