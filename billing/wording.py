"""How billing says things in its sentences."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from plans.registry import Limit
from saas.core.money import format_money
from tenants.models import Cycle, Tenant

MOST_NAMES = 12
SOON = timedelta(days=300)
"""Dates that are no further away than that need no year."""
NO_BREAK = "\N{NO-BREAK SPACE}"
LAST_SURE_DAY = 28
"""Days of the month that every month has."""


def in_sentence(limit: Limit) -> str:
    """The label of `limit` inside a sentence: “service extras”, but “SMS”."""
    label = str(limit.label)
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def listed(names: Sequence[str]) -> str:
    """`Inês Duarte, Rui Amaral`; of very many the first, and how many more."""
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    words = {"names": ", ".join(names[:MOST_NAMES]), "count": len(names) - MOST_NAMES}
    return _("%(names)s and %(count)s more") % words


def room_for(plan: object, limit: Limit, ceiling: int) -> str:
    """What is said to somebody who wants more to stay than fits."""
    words = {"plan": plan, "ceiling": ceiling, "label": in_sentence(limit)}
    return (
        _("%(plan)s has room for %(ceiling)s of your %(label)s. Choose no more than that.") % words
    )


def local_day(instant: datetime, tenant: Tenant) -> date:
    """The date of `instant` where the tenant is."""
    return localtime(instant, ZoneInfo(tenant.time_zone)).date()


def day_words(instant: datetime, tenant: Tenant, now: datetime) -> str:
    """“3 December”, and “3 December 2027” where that is far away, in the tenant's own time."""
    day = local_day(instant, tenant)
    words = date_format(day, "j F" if abs(instant - now) < SOON else "j F Y")
    return words.replace(" ", NO_BREAK)


def price_words(amount: int, currency: str, cycle: str) -> str:
    """“$9.00 a month”."""
    words = {"price": format_money(amount, currency)}
    return (_("%(price)s a year") if cycle == Cycle.ANNUAL else _("%(price)s a month")) % words


def each_cycle_words(amount: int, currency: str, cycle: str, first: date) -> str:
    """“$59.00 on the 21st of each month”, counted from `first`."""
    words = {"price": format_money(amount, currency)}
    if cycle == Cycle.ANNUAL:
        return _("%(price)s on %(day)s each year") % {**words, "day": date_format(first, "j F")}
    words["day"] = date_format(first, "jS")
    if first.day > LAST_SURE_DAY:
        return _("%(price)s on the %(day)s of each month, or on its last day") % words
    return _("%(price)s on the %(day)s of each month") % words


def card_words(paid_with: str) -> str:
    """“Visa 4242” as it stands in a sentence: “Visa ending 4242”."""
    found = re.fullmatch(r"(\D+) (\d{4})", paid_with)
    if found is None:
        return paid_with
    return _("%(brand)s ending %(digits)s") % {"brand": found[1], "digits": found[2]}
