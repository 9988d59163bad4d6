"""Work on credits that nobody waits for."""

from credits.services import recharge_letters, recharging, renewing
from saas.core.clock import now
from tenants.tasks import public_task


@public_task
def renew_due() -> None:
    """Accounts whose month is over count the present one."""
    renewing.renew_due(now())


@public_task
def recharge(account_id: int) -> None:
    """What the tenant wants bought by itself is bought, if that is due."""
    recharging.recharge(account_id, now())


@public_task
def recharge_due() -> None:
    """As `recharge`, for every account that waits for it: a worker may have died, or the message got lost."""
    for account_id in recharging.due(now()):
        recharging.recharge(account_id, now())
    recharge_letters.write_due(now())


@public_task
def tell_owners() -> None:
    """Whose recharging is paused is told."""
    recharge_letters.write_due(now())
