"""The page of the business that everybody sees."""

from django.http import HttpResponse
from django.shortcuts import render

from booking.opening_hours import opening_hours
from booking.page.shop import Shop
from booking.selectors import offer, places, team
from saas.core.access import public
from saas.core.throttling import throttled
from tenants.requests import TenantRequest

CAN_BOOK = ("booking_page.receive_appointments", "appointments", "staff")


@public
@throttled("public_page", "120/minute")
def public_page(request: TenantRequest) -> HttpResponse:
    """What the business offers, who works there and where; a polite 404 where the plan has no such page.

    Whether there is room for a booking at present, the first step says: here it would be one query more.
    """
    can = request.tenant.entitlements.can
    if not can("booking_page"):
        return render(request, "booking/public_closed.html", status=404)
    shop = Shop.of(request)
    found = places() if can("locations") else []
    weeks = opening_hours(found)
    context = {
        "offer": offer(headings=can("services.categories")) if can("services") else [],
        "team": team() if can("staff") else [],
        "places": [(place, shop.writer.week(weeks[place.pk])) for place in found],
        "hours": [] if found else shop.writer.week(weeks[None]),
        "can_book": all(can(key) for key in CAN_BOOK),
        "is_home": True,
    }
    return shop.render(request, "home", context)
