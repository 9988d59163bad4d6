"""What was written to customers, over which channel, and what is left of what the plan includes."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking.reports.sheets import COUNT, PLACE, TEXT, Column, Figure, Sheet, Table
from booking.reports.spans import Choice, Span
from plans.entitlements import UNLIMITED
from saas.core.charts import Columns, Series, columns
from saas.core.templatetags.ui import number
from tenants import metering
from tenants.models import Tenant
from workflows.models import Message, State

SENT = (State.SENT, State.DELIVERED)
ByChannel = dict[str, dict[str, int]]


def sheet(tenant: Tenant, choice: Choice, now: datetime) -> Sheet:
    """Two queries, and those of the meter."""
    by_channel = channels_now_and_before(tenant, choice)
    places = by_place(tenant, choice)
    shown = [key for key in metering.channels if key in by_channel]
    return Sheet(
        figures=_figures(by_channel),
        chart_title=_("Messages sent"),
        chart=_chart(choice.span, places, shown),
        tables=[_days(choice.span, places, shown), _channels(tenant, by_channel, now)],
        is_empty=not any(any(one.values()) for one in by_channel.values()),
        note=_("SMS are counted by their parts: a long one counts as two or more."),
    )


def _figures(by_channel: ByChannel) -> list[Figure]:
    def total(key: str) -> int:
        return sum(one[key] for one in by_channel.values())

    held_note = _("nothing was left to pay for them")
    return [
        Figure(_("Sent"), COUNT, total("sent"), total("before"), good=0),
        Figure(_("Known to have arrived"), COUNT, total("delivered"), note=_("of those sent")),
        Figure(_("Failed"), COUNT, total("failed"), total("failed_before"), good=-1),
        Figure(_("Held"), COUNT, total("held"), note=held_note),
    ]


def _chart(span: Span, places: Mapping[date, Mapping[str, int]], shown: list[str]) -> Columns:
    return columns(
        [span.short(place) for place in places],
        [
            Series(metering.channels[key].label, [one.get(key, 0) for one in places.values()])
            for key in shown
        ],
        number,
        names=[span.long(place) for place in places],
    )


def _days(span: Span, places: Mapping[date, Mapping[str, int]], shown: list[str]) -> Table:
    head = [Column(_("When"), PLACE), *(Column(metering.channels[key].label) for key in shown)]
    rows = [
        [(place, span.long(place)), *(one.get(key, 0) for key in shown)]
        for place, one in places.items()
    ]
    return Table("days", _("In figures"), head, rows, is_folded=True)


def channels_now_and_before(tenant: Tenant, choice: Choice) -> ByChannel:
    """By channel, what became of those of the span; `before` and `failed_before` of the one before it. One query."""
    now, before = Q(created_at__gte=choice.span.start), Q(created_at__lt=choice.before.end)
    counts = {
        "sent": Count("pk", filter=now & Q(state__in=SENT)),
        "delivered": Count("pk", filter=now & Q(state=State.DELIVERED)),
        "failed": Count("pk", filter=now & Q(state=State.FAILED)),
        "held": Count("pk", filter=now & Q(state=State.HELD)),
        "units": Sum("units", filter=now & Q(state__in=SENT), default=0),
        "before": Count("pk", filter=before & Q(state__in=SENT)),
        "failed_before": Count("pk", filter=before & Q(state=State.FAILED)),
    }
    rows = _within(tenant, choice.before.start, choice.span.end)
    found: Any = rows.values("channel").annotate(**counts).order_by("channel")
    return {row.pop("channel"): row for row in found}


def by_place(tenant: Tenant, choice: Choice) -> dict[date, dict[str, int]]:
    """What was sent, by channel. One query."""
    span = choice.span
    rows = _within(tenant, span.start, span.end).filter(state__in=SENT)
    rows = rows.annotate(place=span.place_of("created_at"))
    found: dict[date, dict[str, int]] = defaultdict(dict)
    for place, channel, count in rows.values_list("place", "channel").annotate(Count("pk")):
        found[place][channel] = count
    return {place: found[place] for place in span.places}


def _within(tenant: Tenant, start: datetime, end: datetime) -> "QuerySet[Message]":
    rows = Message.objects.filter(tenant=tenant, channel__in=metering.channels)
    return rows.filter(created_at__gte=start, created_at__lt=end).order_by()


def _channels(tenant: Tenant, by_channel: ByChannel, now: datetime) -> Table:
    """Every channel that the plan has or that was used, and what is left of it now."""
    can, stocks = tenant.entitlements.can, metering.meter().stocks(tenant, now)
    rows = [
        [one.label, *(by_channel.get(key, {}).get(what, 0) for what in ("sent", "failed", "held", "units")),
         *_left(stocks.get(key))]
        for key, one in metering.channels.items()
        if key in by_channel or can(one.capability)
    ]  # fmt: skip
    return Table(
        "channels",
        _("By channel"),
        [
            Column(_("Channel"), TEXT),
            Column(_("Sent")),
            Column(_("Failed"), css="hide-phone"),
            Column(_("Held"), css="hide-phone"),
            Column(_("Counted"), css="hide-phone"),
            Column(_("Included a month"), TEXT, "num hide-phone"),
            Column(_("Left now"), TEXT, "num"),
        ],
        rows,
        note=_("“Left now” is what is left today, bought credits included.")
        + _renewal(stocks, tenant),
    )


def _left(stock: metering.Stock | None) -> tuple[str, str]:
    if stock is None:
        return "–", "–"
    included = _("Unlimited") if stock.ceiling == UNLIMITED else number(stock.ceiling)
    return included, _("Unlimited") if stock.total is None else number(stock.total)


def _renewal(stocks: Mapping[str, metering.Stock], tenant: Tenant) -> str:
    counted = [one for one in stocks.values() if one.ceiling > 0]
    if not counted:
        return ""
    day = counted[0].renews_at.astimezone(ZoneInfo(tenant.time_zone))
    return " " + _("The month’s part is there anew on %(day)s.") % {"day": date_format(day, "j F")}
