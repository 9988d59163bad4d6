"""What billing makes of the news."""

from billing.services import plan_sync
from billing.tasks import expiry as expiry_tasks
from billing.tasks import gateways as gateway_tasks
from billing.tasks import inbox as inbox_tasks
from billing.tasks import reconciliation as reconciliation_tasks
from saas.core.clock import now
from saas.core.events import on


@on("billing.webhook_stored")
def work_on_it(event_id: int) -> None:
    """A notification waits: a worker looks at once."""
    inbox_tasks.nudge.give()


@on("plan.saved")
def send_plan(plan_id: int, **_told: object) -> None:
    """The gateways have to know it as it is now."""
    plan_sync.mark_due([plan_id], now())
    send_due_plan(plan_id)


@on("billing.plan_due")
def send_due_plan(plan_id: int) -> None:
    gateway_tasks.sync_plan.apply_async((plan_id,), retry=False)


@on("plan.deleted")
def archive_plan(gateway_ids: dict[str, dict[str, str]]) -> None:
    """Nobody is to buy it at a gateway any more."""
    if gateway_ids:
        gateway_tasks.archive_plan.apply_async((gateway_ids,), retry=False)


@on("billing.gateway_connected")
def send_all_plans(**_told: object) -> None:
    """Where new payments are made now, no plan may be known yet."""
    plan_sync.sync_everything(now())
    gateway_tasks.sync_everything.apply_async(retry=False)


@on("billing.gateway_connected")
def close_test_pages(**_told: object) -> None:
    """Where real money is taken from now on, pages of test mode may still be open."""
    gateway_tasks.give_up_test_orders.apply_async(retry=False)


@on("billing.push_due")
def push(subscription_id: int) -> None:
    """A gateway has to be told what is wanted of a subscription."""
    gateway_tasks.push_subscription.apply_async((subscription_id,), retry=False)


@on("tenant.plan_changed")
def look_for_left_ones(**_told: object) -> None:
    """Whoever was moved does not go on paying for what it was on."""
    gateway_tasks.nudge.give()


@on("settings.saved")
def look_at_stayed(changed: list[str]) -> None:
    """Whoever kept a plan for want of an Expired plan does not for ever."""
    if "expired_plan" in changed:
        expiry_tasks.look_again.apply_async(retry=False)


@on("billing.renewal_failed")
@on("billing.subscription_ended")
def remind_owners(**_told: object) -> None:
    """The first letter leaves at once."""
    expiry_tasks.remind.apply_async(retry=False)


@on("billing.reconciliation_due")
def compare_the_books(reconciliation_id: int) -> None:
    """Somebody waits for a report."""
    reconciliation_tasks.carry_out.apply_async((reconciliation_id,), retry=False)
