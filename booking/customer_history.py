"""What there is to know of one customer: visits, what comes, what they spent."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, Sum

from booking.models import VISITED, Appointment, AppointmentQuerySet, Customer, Status
from tenants.models import Tenant

PER_PAGE = 20
MOST_COMING = 20


@dataclass(frozen=True)
class History:
    """`spent` in minor units. `coming` are not cancelled, the next first; `past` the latest first."""

    coming: list[Appointment]
    past: Page
    visits: int
    no_shows: int
    cancelled: int
    spent: int

    @property
    def last(self) -> Appointment | None:
        """What they came for last, to book it again."""
        rows = self.past.object_list or self.coming
        return rows[0] if rows else None


def history(row: Customer, now: datetime, page: str) -> History:
    """Three queries."""
    theirs = Appointment.objects.filter(customer=row)
    ahead = Q(starts_at__gte=now) & ~Q(status=Status.CANCELLED)
    came = Q(status__in=VISITED, starts_at__lt=now)
    counts = theirs.aggregate(
        past=Count("pk", filter=~ahead),
        visits=Count("pk", filter=came),
        no_shows=Count("pk", filter=Q(status=Status.NO_SHOW)),
        cancelled=Count("pk", filter=Q(status=Status.CANCELLED)),
        spent=Sum("price", filter=came, default=0),
    )
    paginator = Paginator(_with_all(theirs.exclude(ahead)).order_by("-starts_at", "-pk"), PER_PAGE)
    paginator.count = counts.pop("past")  # counted above already: saves a query
    shown = paginator.get_page(page)
    shown.object_list = list(shown.object_list)
    coming = _with_all(theirs.filter(ahead)).order_by("starts_at", "pk")[:MOST_COMING]
    return History(coming=list(coming), past=shown, **counts)


def _with_all(rows: AppointmentQuerySet) -> AppointmentQuerySet:
    return rows.select_related("service", "staff", "location")


def own_data(tenant: Tenant, row: Customer) -> dict[str, Any]:
    """Everything that is kept about them, for themselves; times in UTC, money in minor units. Two queries."""
    theirs = _with_all(Appointment.objects.filter(customer=row)).order_by("starts_at", "pk")
    return {
        "business": tenant.name,
        "customer": {
            "name": row.name,
            "email": row.email,
            "phone": row.phone,
            "notes": row.notes,
            "language": row.language,
            "wants_news": row.wants_news,
            "consent_at": row.consent_at,
            "consent_words": row.consent_words,
            "since": row.created_at,
        },
        "currency": tenant.platform_settings.currency,
        "appointments": list(_told(theirs)),
    }


def _told(rows: AppointmentQuerySet) -> Iterator[dict[str, Any]]:
    for one in rows:
        yield {
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
            "service": one.service.name,
            "staff": one.staff.name,
            "location": one.location.name if one.location else "",
            "status": one.status,
            "price": one.price,
            "note": one.note,
            "booked_at": one.created_at,
        }
