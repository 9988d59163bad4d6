"""What the panel's first page shows: today, what needs attention, and the facts behind the checklist. It only reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, IntegerField, Min, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Standing, Subscription
from billing.panel.meters import Meter
from booking.agenda import midnight
from booking.models import (
    Appointment,
    BookingRules,
    DepositPayment,
    Source,
    Status,
    WorkingHours,
)
from saas.core.errors import Sentence
from saas.core.templatetags.ui import meter_state, number
from tenants.models import Tenant
from workflows.models import Message, State

ONE_DAY = timedelta(days=1)
UNDECIDED_DAYS = 30
"""How long it is asked what became of an appointment."""
MOST_ROWS, PAST_ROWS = 12, 2
"""How many of today's appointments are shown, and how many of them may be over."""


@dataclass(frozen=True)
class Facts:
    """What is to be known of a business at one glance. `next_to_confirm` is when the first of them begins."""

    to_confirm: int
    next_to_confirm: datetime | None
    undecided: int
    held: int
    payment_failed: bool
    deposits: int
    has_hours: bool
    has_logo: bool
    was_booked_online: bool


@dataclass(frozen=True)
class Line:
    """One of today's appointments. `is_next`: the first that has not begun, while others have."""

    row: Appointment
    is_next: bool


@dataclass(frozen=True)
class Today:
    """The day of the tenant's clock at `now`: `lines` are those shown of `rows`; cancelled ones are not among them."""

    now: datetime
    rows: Sequence[Appointment]
    lines: Sequence[Line]
    is_mine: bool
    has_mine: bool

    @property
    def ends_at(self) -> datetime:
        return max(row.ends_at for row in self.rows)


@dataclass(frozen=True)
class Attention:
    """One thing to see to, and where."""

    title: Sentence
    why: Sentence
    icon: str
    level: str = "warn"
    url: str = ""


def facts_of(tenant: Tenant, now: datetime) -> Facts:
    """One query, whatever there is."""
    waiting = Appointment.objects.filter(status=Status.PENDING, starts_at__gte=now)
    waiting = waiting.exclude(held_until__gt=now, deposit_paid_at__isnull=True)  # being paid for
    since = now - timedelta(days=UNDECIDED_DAYS)
    undecided = Appointment.objects.filter(
        status=Status.APPROVED, starts_at__gte=since, ends_at__lte=now
    )
    failed = Subscription.objects.filter(tenant=OuterRef("pk"), standing=Standing.PAST_DUE)
    online = Appointment.objects.filter(source=Source.PAGE)
    row = (
        Tenant.objects.filter(pk=tenant.pk)
        .values(
            to_confirm=_count(waiting),
            next_to_confirm=Subquery(_whole(waiting).values(first=Min("starts_at"))),
            undecided=_count(undecided),
            held=_count(Message.objects.filter(tenant=OuterRef("pk"), state=State.HELD)),
            payment_failed=Exists(failed),
            deposits=_count(DepositPayment.objects.to_look_at()),
            has_hours=Exists(WorkingHours.objects.all()),
            has_logo=Exists(BookingRules.objects.filter(logo__isnull=False)),
            was_booked_online=Exists(online),
        )
        .get()
    )
    return Facts(**row)


def today(now: datetime, zone: ZoneInfo, user: Any, *, mine: bool) -> Today:
    """Today's appointments, soonest first. `mine`: only those with the staff who logs in as `user`. One query."""
    local = now.astimezone(zone)
    day = local.date()
    found = Appointment.objects.for_lines().filter(
        starts_at__gte=midnight(day, zone), starts_at__lt=midnight(day + ONE_DAY, zone)
    )
    every = list(found.exclude(status=Status.CANCELLED).order_by("starts_at", "pk"))
    own = [row for row in every if row.staff.user_id == user.pk]
    rows = own if mine and own else every
    return Today(local, rows, _lines(rows, now), is_mine=rows is own, has_mine=bool(own))


def attention(
    tenant: Tenant, facts: Facts, meters: Sequence[Meter], now: datetime, *, is_owner: bool
) -> list[Attention]:
    """What keeps business from going on as it should, worst first. No query."""
    can = tenant.entitlements.can
    billing = reverse("billing:billing") if is_owner else ""
    found = []
    if facts.payment_failed:
        why = _("Pay in time, and nothing changes.")
        found.append(Attention(_("Your last payment failed"), why, "credit-card", "bad", billing))
    if facts.held and can("workflows"):
        found.append(_held(facts.held))
    if facts.deposits and can("booking_page.online_payments"):
        found.append(_deposits(facts.deposits))
    if can("appointments"):
        found += about_appointments(tenant, facts, now)
    return [*found, *(_near(one, billing) for one in meters if _is_near(one))]


def about_appointments(tenant: Tenant, facts: Facts, now: datetime) -> list[Attention]:
    """What is to be confirmed, and what nobody has said the end of. No query."""
    zone = ZoneInfo(tenant.time_zone)
    day = now.astimezone(zone).date()
    found = []
    if facts.to_confirm and facts.next_to_confirm:
        title = ngettext(
            "%(count)s appointment to confirm",
            "%(count)s appointments to confirm",
            facts.to_confirm,
        ) % {"count": number(facts.to_confirm)}
        start = facts.next_to_confirm.astimezone(zone)
        words = {"day": date_format(start, "j F"), "time": date_format(start, "H:i")}
        why = _("The next one is on %(day)s at %(time)s") % words
        found.append(Attention(title, why, "calendar-clock", url=_list(show=Status.PENDING.value)))
    if facts.undecided:
        title = ngettext("%(count)s visit to mark", "%(count)s visits to mark", facts.undecided) % {
            "count": number(facts.undecided)
        }
        why = _("Over, and still “Confirmed”: did they come, and have they paid?")
        since = day - timedelta(days=UNDECIDED_DAYS)
        url = _list(show=Status.APPROVED.value, since=f"{since}", until=f"{day}")
        found.append(Attention(title, why, "circle-question-mark", url=url))
    return found


def _held(count: int) -> Attention:
    title = ngettext("%(count)s message is held", "%(count)s messages are held", count)
    url = f"{reverse('messages:list')}?{urlencode({'state': State.HELD.value})}"
    why = _("Nothing was left to pay for them. Send or discard them.")
    return Attention(title % {"count": number(count)}, why, "messages-square", "bad", url)


def _deposits(count: int) -> Attention:
    title = ngettext("%(count)s deposit needs a look", "%(count)s deposits need a look", count)
    url = f"{reverse('booking:deposit_list')}?{urlencode({'show': 'look'})}"
    why = _("Money came in or was to go back, and something was in the way.")
    return Attention(title % {"count": number(count)}, why, "hand-coins", "bad", url)


def _is_near(one: Meter) -> bool:
    return one.ceiling > 0 and bool(meter_state(one.used, one.ceiling))


def _near(one: Meter, url: str) -> Attention:
    words = {"label": one.label, "used": number(one.used), "ceiling": number(one.ceiling)}
    title = _("%(label)s: %(used)s of %(ceiling)s used") % words
    return Attention(title, one.note, "gauge", url=url)


def _list(**query: str) -> str:
    return f"{reverse('booking:appointment_list')}?{urlencode(query)}"


def _lines(rows: Sequence[Appointment], now: datetime) -> list[Line]:
    begun = sum(row.starts_at <= now for row in rows)
    first = max(min(begun - PAST_ROWS, len(rows) - MOST_ROWS), 0)
    return [
        Line(row, is_next=0 < begun == place)
        for place, row in enumerate(rows[first : first + MOST_ROWS], start=first)
    ]


def _whole(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """All of `rows` as one group, to be counted within another query."""
    return rows.order_by().annotate(whole=Value(1)).values("whole")


def _count(rows: "QuerySet[Any]") -> Coalesce:
    counted = _whole(rows).annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
