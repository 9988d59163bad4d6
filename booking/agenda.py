"""The list of appointments, day by day in the tenant's time zone. Reads, and writes nothing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.core.paginator import Page
from django.db.models import Count, Max, Q
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, Staff, Status
from booking.selectors import PER_PAGE, having
from booking.wall_clock import midnight
from plans.entitlements import UsageLine
from saas.core.errors import NotHere
from saas.core.paging import Pages
from tenants.models import Tenant

SHOWN = {
    "": (_("Booked"), ~Q(status=Status.CANCELLED)),
    **{status.value: (status.label, Q(status=status)) for status in Status},
    "all": (_("All"), Q()),
}
"""The filters by status: what each is called, and what it shows."""


@dataclass(frozen=True)
class AgendaQuestion:
    """What the list is asked for. Days are the tenant's, `until` included; None leaves that side open."""

    text: str = ""
    show: str = ""
    staff: int | None = None
    since: date | None = None
    until: date | None = None
    page: str = "1"

    def matching(self, zone: ZoneInfo) -> Q:
        where = having(self.text, ("customer__name", "customer__email", "customer__phone"))
        where &= SHOWN[self.show][1]
        if self.staff:
            where &= Q(staff_id=self.staff)
        if self.since:
            where &= Q(starts_at__gte=midnight(self.since, zone))
        if self.until:
            where &= Q(starts_at__lt=midnight(self.until + timedelta(days=1), zone))
        return where


@dataclass(frozen=True)
class Room:
    """What the plan leaves of this month's appointments."""

    usage: UsageLine

    @property
    def left(self) -> int | None:
        """How many more may be booked in this month of the plan; None without a ceiling."""
        return None if self.usage.unlimited else max(self.usage.ceiling - self.usage.used, 0)


@dataclass(frozen=True)
class Agenda(Room):
    """One page of appointments by day, who can be filtered by, and what the plan leaves."""

    page: Page
    days: list[tuple[date, list[Appointment]]]
    staff: list[Staff]


def room_of(tenant: Tenant) -> Room:
    """One query."""
    return Room(tenant.entitlements.usage_of("appointments"))


def agenda(tenant: Tenant, question: AgendaQuestion) -> Agenda:
    """The appointments that `question` asks for, soonest first. Four queries, whatever their number."""
    zone = ZoneInfo(tenant.time_zone)
    rows = Appointment.objects.for_lines().filter(question.matching(zone))
    page = Pages(rows.order_by("starts_at", "pk"), PER_PAGE).get_page(question.page)
    days = groupby(page.object_list, key=lambda row: row.starts_at.astimezone(zone).date())
    return Agenda(
        tenant.entitlements.usage_of("appointments"),
        page,
        [(day, list(found)) for day, found in days],
        list(Staff.objects.only("name").order_by("name", "pk")),
    )


def find_appointment(pk: int) -> Appointment:
    """The appointment `pk` with all that its form and its page name. Raises NotHere. Two queries."""
    rows = Appointment.objects.with_all().prefetch_related("chosen_extras__serviceextra")
    row = rows.filter(pk=pk).first()
    if row is None:
        raise NotHere(_("This appointment is not here."))
    return row


@dataclass(frozen=True)
class Together:
    """Who shares the time of an appointment, it included; `taken` of the service's places are booked."""

    rows: list[Appointment]
    taken: int


def together(row: Appointment) -> Together:
    """The group of `row`; of one alone where nobody else has come yet. One query."""
    holder = row.joins_id or row.pk
    rows = Appointment.objects.filter(Q(pk=holder) | Q(joins_id=holder)).exclude(
        status=Status.CANCELLED
    )
    found = list(rows.select_related("customer").order_by("pk"))
    return Together(found, sum(one.people for one in found))


@dataclass(frozen=True)
class SeriesLine:
    """Which of how many appointments of a series it is, those cancelled left out, and when the last one is."""

    number: int
    count: int
    ends_at: datetime


def series_of(row: Appointment) -> SeriesLine | None:
    """None for one that does not repeat. One query."""
    if row.series is None:
        return None
    rows = Appointment.objects.filter(series=row.series).exclude(status=Status.CANCELLED)
    before = Count("pk", filter=Q(starts_at__lte=row.starts_at))
    found = rows.aggregate(number=before, count=Count("pk"), ends_at=Max("starts_at"))
    return SeriesLine(**found) if found["count"] else None
