"""What a customer may choose from: rows in use alone, where the plan has their module. Nothing is written here."""

from dataclasses import dataclass
from functools import cache
from itertools import starmap
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Coalesce, Concat, Lower

from booking.models import Location, Service, ServiceExtra, Staff
from booking.page.choice import Choice
from booking.selectors import OFFER_ORDER
from tenants.models import Tenant

PICTURE = (
    Coalesce("picture__digest", Value("")),
    Coalesce("picture__width", Value(0)),
    Coalesce("picture__height", Value(0)),
)


class ShownService(NamedTuple):
    """A service as the first step shows it. `category` is empty where it stands under none, `picture` is a digest.

    A heading within another is said with it: “Hair · Colour”.
    """

    pk: int
    name: str
    minutes: int
    price: int
    description: str
    category: str
    picture: str
    width: int
    height: int

    @property
    def picture_path(self) -> str:
        return f"/book/picture/{self.picture}/"


class NotOffered(Exception):
    """What the address asks for cannot be had, or not any more: the steps begin anew."""


@dataclass(frozen=True)
class Picked:
    """What the address says, as rows. `location` is None where the business has none.

    `team` is who offers the service there, where that was asked for.
    """

    service: Service
    extras: list[tuple[ServiceExtra, int]]
    people: int
    location: Location | None
    staff: Staff | None
    team: list[Staff]

    @property
    def extra_minutes(self) -> int:
        return sum(extra.minutes * times for extra, times in self.extras)

    @property
    def minutes(self) -> int:
        return self.service.minutes + self.extra_minutes

    @property
    def price(self) -> int:
        added = sum(extra.price * times for extra, times in self.extras)
        return self.service.price * self.people + added


def shown_services(*, headings: bool) -> tuple[ShownService, ...]:
    """Every service in use, in the order of its heading and name; without `headings` by name. One query."""
    with connection.cursor() as cursor:
        cursor.execute(*_all_services(headings=headings))
        return tuple(starmap(ShownService, cursor.fetchall()))


@cache
def _all_services(*, headings: bool) -> tuple[str, tuple[Any, ...]]:
    """The statement and its values, put together once in a process: the first page of every visit asks it."""
    within = Concat("category__parent__name", Value(" · "), "category__name")
    outer = When(category__parent__isnull=False, then=within)
    named = Case(outer, default=Coalesce("category__name", Value("")))
    category = named if headings else Value("")
    order = OFFER_ORDER if headings else (Lower("name"), "pk")
    rows = Service.objects.in_use().order_by(*order)
    shown = rows.values_list("pk", "name", "minutes", "price", "description", category, *PICTURE)
    return shown.query.sql_with_params()


def find_service(tenant: Tenant, pk: int) -> Service:
    """One query. Raises NotOffered."""
    found = Service.objects.in_use().filter(pk=pk).select_related("category").first()
    if found is None or not tenant.entitlements.can("services"):
        raise NotOffered
    return found


def extras_of(tenant: Tenant, service: Service) -> list[ServiceExtra]:
    """By name. One query; none where the plan has no extras."""
    if not tenant.entitlements.can("services.extras"):
        return []
    return list(ServiceExtra.objects.in_use().filter(service=service).order_by(Lower("name"), "pk"))


def places_of(tenant: Tenant, service: Service) -> list[Location]:
    """Where the service can be had, by name. One query, two where it is not had everywhere."""
    if not tenant.entitlements.can("locations"):
        return []
    own = set(service.locations.values_list("pk", flat=True))
    every = Location.objects.in_use().order_by(Lower("name"), "pk")
    return [place for place in every if not own or place.pk in own]


def staff_for(service: Service, location: Location | None) -> list[Staff]:
    """Who offers the service there, by name. Two queries."""
    rows = Staff.objects.in_use().only("name", "title")
    if service.offered_by.exists():
        rows = rows.filter(services=service)
    if location is not None:
        rows = rows.filter(Q(locations=location) | Q(locations__isnull=True))
    return list(rows.order_by(Lower("name"), "pk").distinct())


def pick(tenant: Tenant, choice: Choice, *, with_team: bool = False) -> Picked:
    """The rows that `choice` names. Raises NotOffered where one of them cannot be chosen, or a place is missing.

    Where there is one place alone, it is chosen. At most 7 queries.
    """
    service = find_service(tenant, choice.service)
    known = {extra.pk: extra for extra in extras_of(tenant, service)} if choice.extras else {}
    if any(pk not in known or times > known[pk].max_quantity for pk, times in choice.extras):
        raise NotOffered
    if choice.people > service.capacity:
        raise NotOffered
    location = _place(places_of(tenant, service), choice.location)
    team = staff_for(service, location) if with_team or choice.staff else []
    staff = next((one for one in team if one.pk == choice.staff), None)
    if choice.staff and staff is None:
        raise NotOffered
    extras = [(known[pk], times) for pk, times in choice.extras]
    return Picked(service, extras, choice.people, location, staff, team)


def _place(places: list[Location], pk: int) -> Location | None:
    """The one with that key; where none is named, the only one there is, or None where there is none at all."""
    if not pk and len(places) < 2:
        return places[0] if places else None
    found = next((place for place in places if place.pk == pk), None)
    if found is None:
        raise NotOffered
    return found
