"""The list of appointments, day by day in the tenant's time zone. Reads, and writes nothing."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models import Appointment, Staff, Status
from booking.selectors import PER_PAGE, having
from booking.wall_clock import midnight
from plans.entitlements import UsageLine
from saas.core.errors import NotHere
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
class Agenda:
    """One page of appointments by day, who can be filtered by, and what the plan leaves."""

    page: Page
    days: list[tuple[date, list[Appointment]]]
    staff: list[Staff]
    usage: UsageLine

    @property
    def left(self) -> int | None:
        """How many more may be booked in this month of the plan; None without a ceiling."""
        return None if self.usage.unlimited else max(self.usage.ceiling - self.usage.used, 0)


def agenda(tenant: Tenant, question: AgendaQuestion) -> Agenda:
    """The appointments that `question` asks for, soonest first. Four queries, whatever their number."""
    zone = ZoneInfo(tenant.time_zone)
    rows = Appointment.objects.with_all().filter(question.matching(zone))
    page = Paginator(rows.order_by("starts_at", "pk"), PER_PAGE).get_page(question.page)
    days = groupby(page.object_list, key=lambda row: row.starts_at.astimezone(zone).date())
    return Agenda(
        page,
        [(day, list(found)) for day, found in days],
        list(Staff.objects.only("name").order_by("name", "pk")),
        tenant.entitlements.usage_of("appointments"),
    )


def find_appointment(pk: int) -> Appointment:
    """The appointment `pk` with all that its form names. Raises NotHere. Two queries."""
    row = Appointment.objects.with_all().prefetch_related("extras").filter(pk=pk).first()
    if row is None:
        raise NotHere(_("This appointment is not here."))
    return row
