"""What is sold: packs of credits, by channel. Price and credits of a pack stay as they were when it was made."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from credits.models import CreditPack
from credits.models.packs import MOST_CREDITS
from credits.services.accounts import ceiling_of, check_channel
from plans.entitlements import UNLIMITED
from plans.models import PlatformSettings
from saas.core.errors import Conflict, NotHere
from saas.core.money import format_money
from tenants import metering
from tenants.models import Tenant

MOST_MONEY = 99_999_999
"""Minor units: eight digits are what payment companies take in one payment."""
ON_OFFER = "SELECT pack.channel FROM credits_creditpack AS pack WHERE pack.is_active AND pack.currency = %(currency)s"
"""Channels for which there is something to buy: `_on_offer`, to be asked beside something else."""


class PackGone(NotHere):
    """Somebody deleted it."""

    def __init__(self) -> None:
        super().__init__(_("This top-up plan is not here any more. Somebody deleted it."))


class ImpossiblePack(Conflict):
    """Nobody can buy so much, or for so much."""


def create_pack(
    channel: str,
    *,
    name: str,
    description: str,
    price: int,
    credits: int,
    is_active: bool,
    now: datetime,
) -> CreditPack:
    """A new pack, in the platform's currency. Raises UnknownChannel, ImpossiblePack."""
    check_channel(channel)
    currency = PlatformSettings.load().currency
    if complaint := complaint_about(price, credits, currency):
        raise ImpossiblePack(complaint)
    return CreditPack.objects.create(
        channel=channel,
        name=name.strip(),
        description=description.strip(),
        price=price,
        currency=currency,
        credits=credits,
        is_active=is_active,
        created_at=now,
    )


def complaint_about(price: int, credits: int, currency: str) -> str:
    """Why no pack can be like that, as one sentence; empty when it can."""
    if not 1 <= credits <= MOST_CREDITS:
        return _("A top-up plan holds 1 to 10,000,000 credits.")
    if price <= 0:
        return _("A top-up plan costs something.")
    if price > MOST_MONEY:
        return _("Enter at most %(most)s.") % {"most": format_money(MOST_MONEY, currency)}
    return ""


@transaction.atomic
def edit_pack(pack_id: int, *, name: str, description: str, is_active: bool) -> CreditPack:
    """Its words and whether it is on offer; nothing else can change. Raises PackGone."""
    pack = CreditPack.objects.select_for_update().filter(pk=pack_id).first()
    if pack is None:
        raise PackGone
    pack.name, pack.description, pack.is_active = name.strip(), description.strip(), is_active
    pack.save(update_fields=["name", "description", "is_active"])
    return pack


@transaction.atomic
def delete_pack(pack_id: int) -> CreditPack:
    """Nobody sees it any more; what was bought stays, with the name it had. Raises PackGone."""
    pack = CreditPack.objects.select_for_update().filter(pk=pack_id).first()
    if pack is None:
        raise PackGone
    pack.delete()
    return pack


def on_offer(tenant: Tenant, channel: str) -> list[CreditPack]:
    """What the tenant can buy for `channel`, the cheapest first. One query."""
    return [one for one in _on_offer(tenant) if one.channel == channel]


def can_top_up(tenant: Tenant, channel: str) -> bool:
    """Decision D15: the channel is in the plan, is not unlimited there, and something is on offer."""
    return channel in metering.channels and channel in channels_to_top_up(tenant)


def channels_to_top_up(tenant: Tenant) -> list[str]:
    """As `can_top_up`, of every channel. One query."""
    offered = {one.channel for one in _on_offer(tenant)}
    return [key for key in metering.channels if key in offered and needs_credits(tenant, key)]


def needs_credits(tenant: Tenant, channel: str) -> bool:
    """Whether credits of `channel` are of any use to the tenant. No query."""
    known = check_channel(channel)
    is_there = tenant.entitlements.can(known.capability)
    return is_there and ceiling_of(tenant, channel) != UNLIMITED


def _on_offer(tenant: Tenant) -> list[CreditPack]:
    packs = CreditPack.objects.filter(is_active=True, currency=tenant.platform_settings.currency)
    return list(packs.order_by("price", "pk"))
