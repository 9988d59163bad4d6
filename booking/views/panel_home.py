"""The first page of the panel."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing.panel.meters import meters
from booking.steps import first_steps, next_additions
from saas.core.access import MANAGERS, OWNER, panel


@panel()
def home(request: HttpRequest) -> HttpResponse:
    """What is still to do on the first day; later, how things stand."""
    may_change = request.membership.role in MANAGERS
    usage = request.tenant.entitlements.usage()
    steps = first_steps(request.tenant, usage) if may_change else []
    has_page = request.tenant.entitlements.can("booking_page")
    context = {
        "meters": meters(usage),
        "steps": steps,
        "done": sum(step.done for step in steps),
        "next": next((step for step in steps if not step.done), None),
        "additions": next_additions(request.tenant, usage) if may_change else [],
        "page_url": request.tenant.url() if has_page else "",
        "is_owner": request.membership.role == OWNER,
    }
    return render(request, "booking/home.html", context)
