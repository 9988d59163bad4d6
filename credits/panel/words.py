"""How credits are spoken of in the panel: numbers, and what follows from them."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.lists import format_list
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.wording import day_words, local_day
from credits.forecast import Forecast
from credits.panel.standing import Standing
from plans.entitlements import UNLIMITED
from saas.core.money import locale_of
from saas.core.templatetags.ui import meter_state, number
from tenants.metering import MeteredChannel
from tenants.models import Tenant

DAY = "j M"
SOON = 60
"""Days within which a date is said to the day."""


def of_channel(count: int, channel: MeteredChannel) -> str:
    """“1,000 SMS”, “500 e-mails”."""
    return f"{number(count)} {channel.noun or channel.label}"


def follows(one: Standing) -> str:
    """What is said beside the meter of the month: how many are left, and what comes then, with numbers."""
    left = one.left
    if left.month_left is None:
        return ""
    words = {"left": number(left.month_left), "bought": number(left.purchased)}
    if left.ceiling == 0:
        return (
            _("Your plan includes none: %(bought)s purchased credits") % words
            if left.purchased
            else _("Your plan includes none")
        )
    if left.month_left == 0:
        return (
            _("All used: now %(bought)s purchased credits") % words
            if left.purchased
            else _("All used: messages are held, not lost")
        )
    if left.purchased and meter_state(left.used, left.ceiling):
        return (
            ngettext(
                "%(left)s left, then %(bought)s purchased credit",
                "%(left)s left, then %(bought)s purchased credits",
                left.purchased,
            )
            % words
        )
    return _("%(left)s left") % words


def near_note(one: Standing) -> str:
    """The same in the list of all limits, where what is far from its limit says nothing."""
    left = one.left
    if left.ceiling == UNLIMITED or not (left.ceiling == 0 or meter_state(left.used, left.ceiling)):
        return ""
    return follows(one)


def renews_words(one: Standing, tenant: Tenant, now: datetime) -> str:
    """“3 Dec, in 12 days”."""
    day, today = local_day(one.left.renews_at, tenant), local_day(now, tenant)
    days = (day - today).days
    if days <= 0:
        return _("today")
    text = ngettext("%(day)s, in %(days)s day", "%(day)s, in %(days)s days", days)
    return text % {"day": date_format(day, DAY), "days": days}


def lasts_words(one: Standing, told: Forecast | None, tenant: Tenant, now: datetime) -> str:
    """“lasts until 14 Dec”, “does not run out”; empty where nothing can be said."""
    if one.is_used_up:
        return _("has run out")
    if told is None:
        return ""
    if told.ends_at is None:
        return _("does not run out")
    end = localtime(told.ends_at, ZoneInfo(tenant.time_zone))
    days = (end.date() - local_day(now, tenant)).days
    if days <= 0:
        return _("runs out today")
    return _("lasts until %(day)s") % {"day": date_format(end, DAY if days <= SOON else "M Y")}


def labels(these: Sequence[Standing]) -> str:
    """“SMS”, “SMS and WhatsApp”."""
    return joined([str(one.channel.label) for one in these])


def joined(parts: Sequence[str]) -> str:
    """“a”, “a and b”, “a, b, and c”."""
    return str(format_list(list(parts), locale=locale_of()))


def renewal_day(one: Standing, tenant: Tenant, now: datetime) -> str:
    """“3 December”."""
    return day_words(one.left.renews_at, tenant, now)


def held_words(count: int) -> str:
    """“14 messages are held, and nothing is lost”."""
    text = ngettext(
        "%(count)s message is held, and nothing is lost",
        "%(count)s messages are held, and nothing is lost",
        count,
    )
    return text % {"count": number(count)}


def send_label(count: int) -> str:
    """“Send 14 held messages”."""
    text = ngettext("Send held message", "Send %(count)s held messages", count)
    return text % {"count": number(count)}
