"""Short ways to credits for tests: packs, purchases that were paid, and messages that were sent."""

import itertools
from datetime import datetime
from typing import Any

from billing.gateways.base import RefundFact
from billing.models import Payment
from credits.models import CreditPack, PackPurchase
from credits.services.purchases import TOP_UP, title_of
from credits.services.spending import spend
from tenants.models import Tenant
from tests.billing.money import NOW, card_fact, tell

_keys = itertools.count(1)


def pack_of(
    channel: str = "sms", price: int = 1900, credits: int = 500, **fields: Any
) -> CreditPack:
    given: dict[str, Any] = {"name": f"{credits} {channel}", "currency": "USD", "created_at": NOW}
    return CreditPack.objects.create(
        channel=channel, price=price, credits=credits, **{**given, **fields}
    )


def ordered(
    tenant: Tenant, pack: CreditPack, quantity: int = 1, *, at: datetime = NOW, **fields: Any
) -> Payment:
    """What somebody set out to buy by card."""
    given = {"gateway": "stripe", "environment": "sandbox", "purpose": TOP_UP}
    return Payment.objects.create(
        tenant=tenant,
        amount=pack.price * quantity,
        currency=pack.currency,
        title=title_of(pack.name, quantity),
        ordered={
            "pack_id": pack.pk, "channel": pack.channel, "name": pack.name,
            "credits": pack.credits, "quantity": quantity, "unit_price": pack.price,
        },
        created_at=at,
        **{**given, **fields},
    )  # fmt: skip


def bought(
    tenant: Tenant, pack: CreditPack, quantity: int = 1, *, at: datetime = NOW
) -> PackPurchase:
    """Paid by card: the credits are there."""
    payment = ordered(tenant, pack, quantity, at=at)
    tell(card_fact(payment, at=at), at)
    return PackPurchase.objects.select_related("payment").get(payment=payment)


def gone(
    purchase: PackPurchase, amount: int, *, at: datetime = NOW, key: str = "", **fields: Any
) -> str:
    """So much of the payment went back; the key of that refund."""
    key = key or f"re_{next(_keys)}"
    charge = Payment.objects.get(pk=purchase.payment_id).charge_id
    tell(RefundFact(key, charge, amount, at, **fields), at)
    return key


def sent(
    tenant: Tenant, channel: str = "sms", units: int = 1, *, at: datetime = NOW, key: str = ""
) -> str:
    """A message was paid for; its key."""
    key = key or f"message:{next(_keys)}"
    assert spend(tenant, channel, units, key, now=at)
    return key
