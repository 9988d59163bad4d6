"""What credits make of the news."""

from credits import tasks
from saas.core.events import on


@on("credits.recharge_due")
def recharge(account_id: int) -> None:
    """Few are left, and the tenant wants more bought by itself."""
    tasks.recharge.apply_async((account_id,), retry=False)


@on("credits.recharge_paused")
def tell_owners(**_told: object) -> None:
    """The letter leaves at once."""
    tasks.tell_owners.apply_async(retry=False)
