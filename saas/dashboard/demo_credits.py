"""What the demo shows of message credits: packs on sale, some that were bought, and months in which they were used."""

from datetime import datetime, timedelta
from typing import Any

from billing import ledger
from billing.ledger import Kind, Why
from billing.services.checkout import Press
from credits.models import CreditPack
from credits.services import packs, purchases, spending
from plans.entitlements import Entitlements
from saas.dashboard.demo_messages import write_paid
from tenants.metering import Item
from tenants.models import Role, Tenant

BALANCE = "balance"
AT_ONCE = 20


def sell_packs(world: dict[str, Any], now: datetime) -> None:
    """Every pack of the world is on sale, and has been for a while."""
    for channel, sold in world["top_up_plans"].items():
        for pack in sold:
            packs.create_pack(
                channel, **{"description": "", "is_active": True, **pack}, now=now - timedelta(days=200)
            )  # fmt: skip


def purchases_of(chosen: dict[str, Any], now: datetime) -> list[tuple[datetime, CreditPack]]:
    """When which pack was bought, in order. `chosen`: {channel: {bought: [[name of a pack, days ago], …], used: …}}."""
    found = [
        (now - timedelta(days=days), CreditPack.objects.get(channel=channel, name=name))
        for channel, story in chosen.items()
        for name, days in story.get("bought", [])
    ]
    return sorted(found, key=lambda pair: pair[0])


def use_credits(tenant: Tenant, chosen: dict[str, Any], now: datetime) -> None:
    """`chosen`: {channel: {used: [[how many, days ago], …]}}."""
    for channel, story in chosen.items():
        for many, days in story.get("used", []):
            use(tenant, channel, many, now - timedelta(days=days))


def buy(tenant: Tenant, pack: CreditPack, now: datetime) -> None:
    """Paid from the balance, into which as much was put before."""
    owner = tenant.memberships.select_related("user").get(role=Role.OWNER).user
    why = Why(Kind.ADJUSTMENT, f"demo-credits:{pack.pk}:{now:%y%m%d}", note="By bank transfer")
    ledger.deposit(tenant.lock(), pack.price, why, now=now)
    token = f"demo-{pack.pk}-{now:%y%m%d}"
    purchases.buy(tenant, pack.pk, 1, Press(BALANCE, pack.price, token, owner), now=now)


def use(tenant: Tenant, channel: str, many: int, now: datetime) -> None:
    """So many messages of one credit each, a minute apart."""
    tenant.entitlements = Entitlements(tenant, now)
    for start in range(0, many, AT_ONCE):
        instant = now + timedelta(minutes=start // AT_ONCE)
        size = min(AT_ONCE, many - start)
        key = f"demo:{tenant.pk}:{channel}:{now:%y%m%d}"
        items = [Item(f"{key}:{start + n}", 1) for n in range(size)]
        charges = spending.charge(tenant, channel, items, instant)
        if channel != "email":  # those are written about appointments
            write_paid(tenant, channel, items, charges, instant)
    del tenant.entitlements
