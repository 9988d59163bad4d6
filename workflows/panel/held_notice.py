"""What waits because nothing was left to pay for it, and until when: a sentence for each channel, with numbers."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from saas.core.errors import Sentence
from saas.core.templatetags.ui import number
from tenants import metering, waiting
from tenants.metering import Stock
from tenants.models import Tenant
from workflows.services.held import HELD, Held, held


@dataclass(frozen=True)
class HeldNotice:
    """Of one channel. `headline` says what happened, `sentence` what to do.

    `top_up_url`: where credits can be bought; empty where none can.
    """

    channel: str
    label: Sentence
    count: int
    headline: str
    sentence: str
    top_up_url: str = ""


def say_what_waits() -> None:
    """Whoever sells credits knows how many messages wait for them."""
    waiting.register(
        statement=HELD,
        url=lambda channel: f"{reverse('messages:list')}?channel={channel}&state=held",
        send_url=lambda channel: reverse("messages:send", args=[channel]),
    )


def notices(tenant: Tenant, now: datetime, *, may_buy: bool = True) -> list[HeldNotice]:
    """One query; two more where something waits. `may_buy`: whether whoever looks may spend the tenant's money."""
    found = [one for one in held(tenant) if one.channel in metering.channels]
    if not found:
        return []
    stocks = metering.meter().stocks(tenant, now)
    return [_notice(tenant, one, stocks[one.channel], may_buy=may_buy) for one in found]


def _notice(tenant: Tenant, one: Held, stock: Stock, *, may_buy: bool) -> HeldNotice:
    channel = metering.channels[one.channel]
    headline = ngettext(
        "%(count)s message over %(channel)s is held",
        "%(count)s messages over %(channel)s are held",
        one.count,
    ) % {"count": number(one.count), "channel": channel.label}
    url = stock.more_url if may_buy else ""
    sentence = _why(tenant, channel, one, stock, can_buy=bool(url))
    return HeldNotice(one.channel, channel.label, one.count, headline, sentence, url)


def _why(
    tenant: Tenant, channel: metering.MeteredChannel, one: Held, stock: Stock, *, can_buy: bool
) -> str:
    if not tenant.entitlements.can(channel.capability):
        return _("This channel is not part of your plan at present. They wait until it is.")
    if stock.total is None or stock.total >= one.least:
        return _("There is room again: send them, or discard what is out of date.")
    renews = stock.renews_at.astimezone(ZoneInfo(tenant.time_zone))
    words = {"used": number(stock.ceiling), "day": date_format(renews, "j F")}
    if stock.ceiling == 0:
        return (
            _("Your plan includes none. They wait until you top up.")
            if can_buy
            else _("Your plan includes none. They wait until you move to a plan with more.")
        )
    if can_buy:
        return (
            _("This month’s %(used)s are used up. They wait until %(day)s, or until you top up.")
            % words
        )
    return (
        _("This month’s %(used)s are used up. They wait until %(day)s, or until you upgrade.")
        % words
    )
