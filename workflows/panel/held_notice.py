"""What waits because nothing was left to pay for it, and until when: a sentence for each channel, with numbers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from saas.core.errors import Sentence
from saas.core.templatetags.ui import number
from tenants import metering
from tenants.models import Tenant
from workflows.services.held import Held, held


@dataclass(frozen=True)
class HeldNotice:
    """Of one channel. `headline` says what happened, `sentence` what to do."""

    channel: str
    label: Sentence
    count: int
    headline: str
    sentence: str


def notices(tenant: Tenant, now: datetime) -> list[HeldNotice]:
    """One query; one more for each channel on which something waits."""
    return [_notice(tenant, one, now) for one in held(tenant) if one.channel in metering.channels]


def _notice(tenant: Tenant, one: Held, now: datetime) -> HeldNotice:
    channel = metering.channels[one.channel]
    headline = ngettext(
        "%(count)s message over %(channel)s is held",
        "%(count)s messages over %(channel)s are held",
        one.count,
    ) % {"count": number(one.count), "channel": channel.label}
    return HeldNotice(one.channel, channel.label, one.count, headline, _why(tenant, channel, now))


def _why(tenant: Tenant, channel: metering.MeteredChannel, now: datetime) -> str:
    if not tenant.entitlements.can(channel.capability):
        return _("This channel is not part of your plan at present. They wait until it is.")
    line: Any = tenant.entitlements.usage_of(channel.limit)
    if line.has_room:
        return _("There is room again: send them, or discard what is out of date.")
    renews = tenant.usage_window(now)[1].astimezone(ZoneInfo(tenant.time_zone))
    words = {"used": number(line.ceiling), "day": date_format(renews, "j F")}
    if line.ceiling == 0:
        return _("Your plan includes none. They wait until you move to a plan with more.")
    return (
        _("This month’s %(used)s are used up. They wait until %(day)s, or until you upgrade.")
        % words
    )
