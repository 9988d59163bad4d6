"""The first page of the panel."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing.panel.meters import meters
from billing.panel.parts import at_home
from booking.steps import first_steps, next_additions
from saas.core import clock
from saas.core.access import MANAGERS, OWNER, panel


@panel()
def home(request: HttpRequest) -> HttpResponse:
    """What is still to do on the first day; later, how things stand."""
    may_change = request.membership.role in MANAGERS
    is_owner = request.membership.role == OWNER
    usage = request.tenant.entitlements.usage()
    steps = first_steps(request.tenant, usage) if may_change else []
    told = at_home(request.tenant, clock.now(), is_owner=is_owner)
    notes = {key: note for one in told for key, note in one.notes.items()}
    has_page = request.tenant.entitlements.can("booking_page")
    context = {
        "meters": meters(usage, notes),
        "banners": [one.banner for one in told if one.banner and may_change],
        "steps": steps,
        "is_settled": not steps,
        "done": sum(step.done for step in steps),
        "next": next((step for step in steps if not step.done), None),
        "additions": next_additions(request.tenant, usage) if may_change else [],
        "page_url": request.tenant.url() if has_page else "",
        "is_owner": is_owner,
    }
    return render(request, "booking/home.html", context)
