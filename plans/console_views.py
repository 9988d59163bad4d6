"""The console's Plans page: the list, the editor, and what a row's menu does."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plans.editor import new_capabilities
from plans.forms import PlanForm
from plans.models import Plan, PlatformSettings
from plans.plan_table import PlanTable
from plans.services.grids import example_grids, load_grid
from plans.services.plans import (
    delete_plan,
    duplicate_plan,
    find_plan,
    obstacles_to_deletion,
    set_default,
)
from saas.core.access import console
from saas.core.htmx import saved

SAVED = "planSaved"


@console
@require_safe
def plan_list(request: HttpRequest) -> HttpResponse:
    """The whole page; for htmx, which sorts, searches and reloads, the table alone."""
    table = PlanTable(request.GET.get("q", ""), request.GET.get("sort", ""))
    context = {
        "table": table,
        "platform": PlatformSettings.load(),
        "new_capabilities": new_capabilities(plan.capabilities for plan in table.plans),
        "grids": example_grids() if table.is_first_day else [],
    }
    template = "plans/_table.html" if getattr(request, "htmx", False) else "plans/plan_list.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@console
@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The editor of a plan, or of a new one. 422 for bad input, 409 when somebody else saved meanwhile."""
    plan = find_plan(pk) if pk is not None else None
    posted = request.POST if request.method == "POST" else None
    platform = PlatformSettings.load()
    form = PlanForm(posted, request.FILES or None, plan=plan, currency=platform.currency)
    if posted is not None and form.is_valid() and (stored := form.save()):
        text = _("%(plan)s is saved.") % {"plan": stored.name}
        return saved(request, reverse("plans:list"), text, event=SAVED)
    context = {
        "form": form,
        "plan": plan,
        "platform": platform,
        "tenant_count": plan.tenants.count() if plan else 0,
        "action": request.path,
        "back_url": reverse("plans:list"),
        "back_label": _("Plans"),
        "action_label": _("Save") if plan else _("Add plan"),
    }
    return render(request, "plans/plan_form.html", context, status=form.status)


@console
@require_POST
def plan_duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    copy = duplicate_plan(find_plan(pk))
    text = _("%(plan)s is made. It is hidden until you show it.") % {"plan": copy.name}
    return saved(request, reverse("plans:list"), text, event=SAVED)


@console
@require_POST
def plan_set_default(request: HttpRequest, pk: int) -> HttpResponse:
    plan = find_plan(pk)
    set_default(plan)
    text = _("New sign-ups get %(plan)s. Nobody else moved.") % {"plan": plan.name}
    return saved(request, reverse("plans:list"), text, event=SAVED)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def plan_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """What deleting will do, or why it cannot be; then the deed."""
    plan = find_plan(pk)
    if request.method == "POST":
        delete_plan(plan)
        text = _("%(plan)s is deleted.") % {"plan": plan.name}
        return saved(request, reverse("plans:list"), text, event=SAVED)
    return render(request, "ui/confirm.html", _deletion(request, plan))


@console
@require_POST
def plan_load_grid(request: HttpRequest, name: str) -> HttpResponse:
    plans = load_grid(name)
    text = _("%(count)s plans are here. Change whatever you like.") % {"count": len(plans)}
    return saved(request, reverse("plans:list"), text)


def _deletion(request: HttpRequest, plan: Plan) -> dict[str, Any]:
    obstacles = obstacles_to_deletion(plan, PlatformSettings.load())
    context = {"back_url": reverse("plans:list"), "back_label": _("Plans"), "danger": True}
    if obstacles:
        title = _("%(plan)s cannot be deleted yet") % {"plan": plan.name}
        return {**context, "title": title, "happens": obstacles, "cancel_label": _("Close")}
    return {
        **context,
        "title": _("Delete %(plan)s?") % {"plan": plan.name},
        "happens": [
            _("The plan with its prices, capabilities and limits is gone for good."),
            _("No tenant is on it, so nobody loses anything."),
            _("The history of tenants who were on it keeps its dates and loses the plan’s name."),
        ],
        "action": request.path,
        "action_label": _("Delete %(plan)s") % {"plan": plan.name},
        "cancel_label": _("Keep it"),
    }
