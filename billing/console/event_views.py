"""The console's Payment events: what payment companies told us, what came of it, and once more."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from billing.console.event_table import EventRow, EventTable
from billing.services.inbox import working as inbox
from billing.services.inbox.refusals import refused_lately
from plans.models import PlatformSettings
from saas.core import clock
from saas.core.access import console
from saas.core.htmx import saved
from tenants.requests import SignedInRequest

CHANGED = "eventReplayed"


@console
@require_safe
def event_list(request: HttpRequest) -> HttpResponse:
    """The whole page; for htmx, which filters and turns pages, the table alone."""
    is_part = getattr(request, "htmx", False)
    refusals = refused_lately(at=clock.true_now())
    context = {
        "table": EventTable(request.GET),
        "refusals": refusals,
        "several_refuse": len({one.gateway for one in refusals}) > 1,
        "platform": PlatformSettings.load(),
    }
    template = "billing/console/_events.html" if is_part else "billing/console/events.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@console
@require_safe
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """One notification with its payload, in a dialog or on a page."""
    context = {
        "row": EventRow(inbox.find_event(pk)),
        "action": reverse("payment_events:replay", args=[pk]),
        "back_url": reverse("payment_events:list"),
        "back_label": _("Payment events"),
        "platform": PlatformSettings.load(),
    }
    return render(request, "billing/console/event.html", context)


@console
@require_POST
def replay(request: SignedInRequest, pk: int) -> HttpResponse:
    """The notification is worked on once more."""
    replayed = inbox.replay(pk, request.user, clock.now())
    text = _("%(event)s is being worked on once more.") % {"event": replayed.kind}
    return saved(request, reverse("payment_events:list"), text, event=CHANGED)
