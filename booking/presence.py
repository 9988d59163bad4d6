"""Who is there when, at all the places at which they work, less their time off. Reads, and writes nothing.

What can be booked is asked of one place (`booking.availability`). Here it does not matter at which place somebody is:
how much they work, and which hours of the calendar are theirs.
"""

from collections.abc import Iterable
from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet

from booking.models import Location, Staff
from booking.spans import Span, merged, without
from booking.timetable import Timetable
from tenants.models import Tenant

NOWHERE: frozenset[int] = frozenset()
"""Whoever works at no place that is in use follows the hours of the business."""


def with_places(staff: QuerySet[Staff]) -> QuerySet[Staff]:
    """Each with `places`, the keys of the locations in use at which they work: those they name, or all there are."""
    works = Staff.locations.through.objects.filter(staff_id=OuterRef(OuterRef("pk")))
    here = works.filter(location_id=OuterRef("pk"))
    places = Location.objects.in_use().filter(~Exists(works) | Exists(here))
    return staff.annotate(places=ArraySubquery(places.order_by("pk").values("pk")))


class Presence:
    """The hours of `staff`, who come from `with_places`, on the tenant's days from `first` until before `end`.

    `location`: there alone; nobody is there who does not work there. One query, made at once.
    """

    def __init__(
        self,
        tenant: Tenant,
        staff: Iterable[Staff],
        first: date,
        end: date,
        location: int | None = None,
    ) -> None:
        staff = list(staff)
        has_places = tenant.entitlements.can(Location.capability())
        self._places = {one.pk: _places(one, location) if has_places else NOWHERE for one in staff}
        every = {at for places in self._places.values() for at in places or ()}
        self._timetable = Timetable(tenant, staff, None, first, end, places=every)
        self.clock = self._timetable.clock

    def spans(self, staff: Staff, *, assuming: bool = True) -> list[Span]:
        """When `staff` is there. Without `assuming`, all the time that nobody has set any hours for, too."""
        places = self._places[staff.pk]
        if places is None:
            return []
        hours = merged(self._timetable.open_for(staff, at=places, assuming=assuming))
        return without(hours, self._timetable.away(staff))


def _places(one: Staff, location: int | None) -> frozenset[int] | None:
    """None for who does not work at `location`."""
    places: frozenset[int] = frozenset(one.places)  # type: ignore[attr-defined]  # with_places
    if location is None:
        return places
    return frozenset([location]) if location in places else None
