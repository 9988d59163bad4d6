"""What gateways are told and asked in the background: plans, subscriptions, and payments that nobody told us about.

Each piece of work is written down where it waits, so a message that is lost is made up for by the beat.
"""

import logging
import time
from collections.abc import Callable, Iterable
from functools import partial

from billing.services import leaving, pending, plan_sync, pushing, repricing
from saas.core.clock import now
from saas.core.errors import DomainError
from saas.core.nudge import Nudge
from tenants.models import User
from tenants.tasks import public_task

log = logging.getLogger(__name__)
AT_MOST = 500
BUSY_SECONDS = 120
"""How long one run of a sweep goes on; well below the time that a task may take."""


@public_task
def sync_plan(plan_id: int) -> None:
    """The gateways know the plan as it stands, or it is tried again later."""
    plan_sync.sync(plan_id, now())


@public_task
def sync_due() -> None:
    """Plans that are to be sent by now are sent, and what is left of deleted ones is archived."""
    _each(plan_sync.due(now()), lambda plan_id: plan_sync.sync(plan_id, now()))
    _try(lambda: plan_sync.archive_gone(now()))


@public_task
def sync_everything() -> None:
    """All plans are sent: keys were entered, or new payments are made in another environment."""
    _each(plan_sync.sync_everything(now()), lambda plan_id: plan_sync.sync(plan_id, now()))


@public_task
def archive_plan(gateway_ids: dict[str, dict[str, str]]) -> None:
    """Nobody can buy the plan, which was deleted, at a gateway any more."""
    _try(lambda: plan_sync.archive_ids(gateway_ids, now()))


@public_task
def push_subscription(subscription_id: int) -> None:
    """The gateway of the subscription knows what we want of it, or is told later."""
    pushing.push(subscription_id, now())


@public_task
def push_due() -> None:
    """What gateways have still to be told of subscriptions is told, and what was left behind is ended."""
    end_left()
    _each(pushing.due(now(), AT_MOST), lambda pk: pushing.push(pk, now()))


@public_task
def end_left() -> None:
    """What tenants paid for before they were moved to another plan does not renew."""
    _each(leaving.left(AT_MOST), lambda tenant_id: leaving.end_left(tenant_id, now()))


@public_task
def move_subscriptions(plan_id: int, to: dict[str, int], by_id: int) -> None:
    """What runs on the plan goes on at the prices that were confirmed, {cycle: amount}."""
    repricing.move_subscriptions(plan_id, to, by=User.objects.get(pk=by_id), now=now())


@public_task
def give_up_test_orders() -> None:
    """Nobody can pay with a test card any more what real money is taken for by now."""
    _each(pending.left_in_test_mode(AT_MOST), lambda pk: pending.give_up(pk, now()))


@public_task
def check_pending() -> None:
    """Payments that are pending for a while are looked up at their gateways."""
    give_up_test_orders()
    _each(pending.waiting(now(), AT_MOST), lambda pk: pending.check(pk, now()))


def _each(keys: Iterable[int], act: Callable[[int], object]) -> None:
    """`act` on each, one after the other, for a while: the rest is due at the next run."""
    until = time.monotonic() + BUSY_SECONDS
    for key in keys:
        _try(partial(act, key))
        if time.monotonic() > until:
            return


def _try(act: Callable[[], object]) -> None:
    """What goes wrong with one is logged, and keeps no other waiting."""
    try:
        act()
    except DomainError as error:
        log.warning("%s %s", error.message, getattr(error, "detail", ""))
    except Exception:
        log.exception("A piece of work for a gateway failed")


def _ask_for_a_worker() -> None:
    end_left.apply_async(retry=False)


nudge = Nudge(_ask_for_a_worker)
"""One message for however many tenants change their plan at once, as when 10,000 lapse."""
