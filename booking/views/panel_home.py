"""The first page of the panel."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing.panel.meters import meters
from billing.panel.parts import at_home
from booking.home import attention, facts_of, today
from booking.steps import checklist, is_first_day, next_additions
from saas.core import clock
from saas.core.access import MANAGERS, OWNER, panel


@panel()
def home(request: HttpRequest) -> HttpResponse:
    """On the first day what is still to do; later today, what needs attention, and how things stand."""
    tenant, now, role = request.tenant, clock.now(), request.membership.role
    may_change, is_owner = role in MANAGERS, role == OWNER
    can = tenant.entitlements.can
    usage = tenant.entitlements.usage()
    told = at_home(tenant, now, is_owner=is_owner)
    notes = {key: note for one in told for key, note in one.notes.items()}
    shown = meters(usage, notes)
    facts = facts_of(tenant, now)
    steps = checklist(tenant, usage, facts) if may_change else []
    is_new = is_first_day(steps)
    mine = request.GET.get("whose") == "mine"
    has_days = can("appointments") and not is_new
    zone = ZoneInfo(tenant.time_zone)
    additions = next_additions(tenant, usage)
    may_book = any(step.key == "appointments" for step in additions)
    context = {
        "meters": shown,
        "banners": [one.banner for one in told if one.banner and may_change],
        "steps": steps,
        "is_new": is_new,
        "is_settled": not is_new and not may_book,
        "done": sum(step.done for step in steps),
        "next": next((step for step in steps if step.key and not step.done), None),
        "today": today(now, zone, request.user, mine=mine) if has_days else None,
        "attention": attention(tenant, facts, shown, now, is_owner=is_owner) if may_change else [],
        "may_book": may_book,
        "may_edit": can("appointments.edit"),
        "additions": additions if may_change else [],
        "page_url": tenant.url() if can("booking_page") else "",
        "is_owner": is_owner,
        "local": now.astimezone(zone),
    }
    return render(request, "booking/home.html", context)
