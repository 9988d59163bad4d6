"""What a super admin does about packs and credits: the deed, and its entry of the audit log with it."""

from datetime import datetime, timedelta

from django.db import transaction

from credits.models import CreditAccount, CreditEntry, CreditPack
from credits.services import movements, packs
from credits.services.accounts import lock_account
from plans.models import PlatformSettings
from saas.core import audit
from tenants.models import Tenant, User

WORDS = ("name", "description", "is_active")
FIELDS = ("channel", *WORDS, "price", "credits")
SAME_PRESS = timedelta(seconds=30)
"""Within so long, the very same pack once more is a second press of the button."""


@transaction.atomic
def add_pack(
    channel: str,
    *,
    name: str,
    description: str,
    price: int,
    credits: int,
    is_active: bool,
    now: datetime,
) -> CreditPack:
    """A new pack; the one of a moment ago where that is the very same. Raises what `packs.create_pack` raises."""
    platform = PlatformSettings.load()
    PlatformSettings.objects.select_for_update().filter(pk=platform.pk).first()
    wanted = {
        "channel": channel,
        "name": name.strip(),
        "description": description.strip(),
        "price": price,
        "credits": credits,
        "is_active": is_active,
    }
    recent = CreditPack.objects.filter(
        **wanted, currency=platform.currency, created_at__range=(now - SAME_PRESS, now)
    )
    if made := recent.first():
        return made
    pack = packs.create_pack(
        channel,
        name=name,
        description=description,
        price=price,
        credits=credits,
        is_active=is_active,
        now=now,
    )
    audit.record("credit_pack.added", pack, changes=audit.differences({}, _said(pack)))
    return pack


@transaction.atomic
def edit_pack(pack_id: int, *, name: str, description: str, is_active: bool) -> CreditPack:
    """Its words and whether it is on offer are those. Raises PackGone."""
    before = _said(_lock(pack_id))
    pack = packs.edit_pack(pack_id, name=name, description=description, is_active=is_active)
    audit.record("credit_pack.saved", pack, changes=audit.differences(before, _said(pack)))
    return pack


@transaction.atomic
def delete_pack(pack_id: int) -> CreditPack:
    """It is gone; purchases and credits stay. Raises PackGone."""
    pack = _lock(pack_id)
    audit.record("credit_pack.deleted", pack, changes=audit.differences(_said(pack), {}))
    return packs.delete_pack(pack_id)


@transaction.atomic
def correct(
    tenant: Tenant, channel: str, credits: int, *, reason: str, by: User, key: str, now: datetime
) -> CreditEntry:
    """As `movements.correct`, with the entry of the audit log; both once for each `key`."""
    account = lock_account(tenant, channel, now)
    seq, before = account.seq, _held(account)
    entry = movements.correct(tenant, channel, credits, reason=reason, by=by, key=key, now=now)
    if entry.seq > seq:
        account.refresh_from_db()
        changes = audit.differences(before, _held(account))
        audit.record("credits.corrected", tenant, changes=changes, reason=reason, actor=by)
    return entry


def find_pack(pack_id: int) -> CreditPack:
    """Raises PackGone. One query."""
    pack = CreditPack.objects.filter(pk=pack_id).first()
    if pack is None:
        raise packs.PackGone
    return pack


def _lock(pack_id: int) -> CreditPack:
    pack = CreditPack.objects.select_for_update().filter(pk=pack_id).first()
    if pack is None:
        raise packs.PackGone
    return pack


def _said(pack: CreditPack) -> audit.Snapshot:
    return audit.snapshot(pack, FIELDS, money={"price": pack.currency})


def _held(account: CreditAccount) -> audit.Snapshot:
    return {
        f"purchased_credits.{account.channel}": account.purchased_left,
        f"owed_credits.{account.channel}": account.debt,
    }
