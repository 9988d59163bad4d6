"""“Why can’t they …?”: a tenant and something it may or may not do, answered step by step."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from plans.models import PlatformSettings
from plans.registry import registry
from saas.core import clock
from saas.core.access import console
from tenants.models import Tenant
from tenants.services.explaining import UnknownQuestion, explain

MATCHES = 8
Options = list[tuple[str, list[tuple[str, str]]]]


@console
@require_safe
def why(request: HttpRequest) -> HttpResponse:
    """The question; with a tenant (`q`, name or address) and a key (`what`) the answer, or whom of several is meant."""
    q, what = (request.GET.get(name, "").replace("\0", "").strip() for name in ("q", "what"))
    tenant, matches = find(q)
    platform = PlatformSettings.load()
    context: dict[str, Any] = {
        "platform": platform,
        "q": q,
        "chosen": option_of(what),
        "tenant": tenant,
        "matches": matches,
        "options": options(),
    }
    if tenant and what:
        tenant.platform_settings = platform
        try:
            context["explanation"] = explain(tenant, what, clock.now())
        except UnknownQuestion as error:
            context["problem"] = str(error)
    elif q and not matches:
        context["problem"] = _("No tenant has this name or address.")
    return render(request, "console/explain.html", context)


def find(q: str) -> tuple[Tenant | None, list[Tenant]]:
    """The one business that `q` means, or else those that it may mean: by address, then by name. One query."""
    if not q:
        return None, []
    asked = Q(name__icontains=q) | Q(slug__icontains=q)
    exact = Tenant.objects.filter(slug=q.lower()).select_related("plan")
    found = list(exact) or list(
        Tenant.objects.filter(asked).select_related("plan").order_by("name", "pk")[:MATCHES]
    )
    return (found[0], []) if len(found) == 1 else (None, found)


def option_of(what: str) -> str:
    """The value of the option that `what` means: a bare key is a feature's, if there is one of that name."""
    if not what or ":" in what:
        return what
    return f"capability:{what}" if what in registry.capabilities else f"limit:{what}"


def options() -> Options:
    """What can be asked about, in groups: each module's features, then one more of what is limited."""
    groups: Options = [
        (str(top.label), [(f"capability:{each.key}", str(each.label)) for each in (top, *children)])
        for top, children in registry.tree()
    ]
    limits = [
        (f"limit:{limit.key}", _("One more: %(label)s") % {"label": limit.label})
        for limit in registry.limits.values()
    ]
    return [*groups, (_("Room"), limits)]
