"""Letters to the owners whose recharging is paused: once for each time."""

import logging
from datetime import datetime

from billing.services.letters import owner_mail
from billing.services.letters.owner_mail import Text
from credits.models import AutoRecharge
from credits.services.accounts import check_channel
from tenants.models import User

log = logging.getLogger(__name__)


def write_due(now: datetime, at_most: int = 100) -> int:
    """Every owner of a business whose recharging is paused, and that was not told of it, has a letter; how many did.

    A mail server that fails is tried again the next time. Call it outside of a transaction.
    """
    paused = AutoRecharge.objects.filter(paused_at__isnull=False, told_at__isnull=True, is_on=True)
    return sum(
        _write(one, now) for one in paused.select_related("account__tenant", "pack")[:at_most]
    )


def _write(wish: AutoRecharge, now: datetime) -> int:
    mine = AutoRecharge.objects.filter(pk=wish.pk, paused_at=wish.paused_at, told_at__isnull=True)
    if not mine.update(told_at=now):
        return 0
    text = Text(
        "credits/email/recharge_paused",
        wish.account.tenant,
        {
            "channel": check_channel(wish.account.channel).label,
            "pack": wish.pack.name if wish.pack else "",
            "reason": wish.pause_reason,
        },
    )
    owners = User.objects.filter(pk__in=owner_mail.owners_of(wish.account.tenant_id))
    try:
        for owner in owners.order_by("pk"):
            owner_mail.send(owner, text)
    except OSError:
        log.exception("Owners of %s could not be told", wish.account.tenant_id)
        AutoRecharge.objects.filter(pk=wish.pk, told_at=now).update(told_at=None)
        return 0
    return len(owners)
