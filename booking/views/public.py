"""The page of the business that everybody sees."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from booking.selectors import offer, places, team
from saas.core.access import public
from saas.core.throttling import throttled


@public
@throttled("public_page", "120/minute")
def public_page(request: HttpRequest) -> HttpResponse:
    """What the business offers, who works there and where; a polite 404 where the plan has no such page."""
    can = request.tenant.entitlements.can
    if not can("booking_page"):
        return render(request, "booking/public_closed.html", status=404)
    context = {
        "offer": offer(headings=can("services.categories")) if can("services") else [],
        "team": team() if can("staff") else [],
        "places": places() if can("locations") else [],
        "branding": not can("booking_page.remove_branding"),
        "currency": request.tenant.platform_settings.currency,
        "platform_url": settings.PLATFORM_URL,
    }
    return render(request, "booking/public.html", context)
