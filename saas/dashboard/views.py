"""The console's first page, its settings and the style guide."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from billing.services.setup.gateway_setup import can_pay_for_plans, load_setups
from plans.editor import CapabilityTree
from plans.forms import PlanForm
from plans.models import Plan, PlatformSettings
from plans.settings_form import PlatformSettingsForm
from saas.core import clock
from saas.core.access import console
from saas.core.htmx import saved
from saas.dashboard import overview
from saas.dashboard.guide_charts import guide_charts
from saas.dashboard.money_attention import about_money


@console
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    platform, now = PlatformSettings.load(), clock.now()
    counts = overview.count_tenants(now)
    plans = overview.plans_with_tenants()
    context = {
        "platform": platform,
        "counts": counts,
        "has_plans": bool(plans),
        "slices": overview.slices(plans),
        "newest": overview.newest_tenants(),
        "attention": [
            *about_money(now),
            *overview.attention(plans, counts, platform, load_setups(clock.true_now())),
        ],
        "recent_days": overview.RECENT_DAYS,
    }
    return render(request, "console/home.html", context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """The platform's settings. 422 for bad input, and for a new currency until it is confirmed."""
    platform = PlatformSettings.load()
    posted = request.POST if request.method == "POST" else None
    form = PlatformSettingsForm(posted, settings=platform)
    if posted is not None and form.is_valid() and form.save():
        return saved(request, reverse("console:settings"), _("Settings are saved."))
    pays_online = can_pay_for_plans(load_setups(clock.true_now()))
    context = {"platform": platform, "form": form, "pays_online": pays_online}
    return render(request, "console/settings.html", context, status=form.status)


@console
@require_safe
def style_guide(request: HttpRequest) -> HttpResponse:
    """Every piece of the look, with whatever plans there are."""
    platform = PlatformSettings.load()
    plans = list(Plan.objects.visible()[:4])
    context = {
        "platform": platform,
        "currency": platform.currency,
        "form": PlanForm(plan=None, currency=platform.currency),
        "plans": [(plan, []) for plan in plans],
        "page": Paginator(range(60), 20).page(2),
        "nodes": CapabilityTree(None, None).nodes,
        "charts": guide_charts(platform.currency),
    }
    return render(request, "console/style_guide.html", context)
