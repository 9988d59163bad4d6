"""The console's Plans page: the list, the editor with its preview, and what a row's menu does."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, resolve, reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plans.editor import new_capabilities
from plans.forms import PlanForm
from plans.models import Plan, PlatformSettings
from plans.plan_table import PlanTable
from plans.services.grids import example_grids
from plans.services.plans import (
    delete_plan,
    duplicate_plan,
    find_plan,
    obstacles_to_deletion,
    set_default,
)
from saas.core import clock
from saas.core.access import console
from saas.core.htmx import saved
from saas.dashboard.plan_preview import PlanPreview, preview_save
from saas.dashboard.plan_preview_words import PreviewWords
from saas.dashboard.plan_sending import with_sendings
from saas.dashboard.refit_progress import with_refits

SAVED = "planSaved"
STEPS = ("csrfmiddlewaretoken", "step", "seen")
"""What the preview's own form adds to what was typed."""


@console
@require_safe
def plan_list(request: HttpRequest) -> HttpResponse:
    """The whole page; for htmx, which sorts, searches and reloads, the table alone."""
    table = PlanTable(request.GET.get("q", ""), request.GET.get("sort", ""))
    platform = PlatformSettings.load()
    with_refits(table.plans)
    with_sendings(table.plans)
    context = {
        "table": table,
        "platform": platform,
        "new_capabilities": new_capabilities(plan.capabilities for plan in table.plans),
        "grids": example_grids(platform.currency) if table.is_first_day else [],
    }
    template = "plans/_table.html" if getattr(request, "htmx", False) else "plans/plan_list.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@console
@require_safe
def plan_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The line of one row that tells how far its tenants are; asked again while there is more to do."""
    plan = get_object_or_404(Plan, pk=pk)
    with_refits([plan])
    context = {"plan": plan, "refit": plan.refit}  # type: ignore[attr-defined]
    return render(request, "plans/_progress.html", context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def plan_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """The editor of a plan, or of a new one. 422 for bad input, 409 when somebody else saved meanwhile.

    A save that its tenants would notice is shown first; it is carried out once exactly that was confirmed.
    """
    plan = find_plan(pk) if pk is not None else None
    posted = request.POST if request.method == "POST" else None
    platform = PlatformSettings.load()
    form = PlanForm(posted, request.FILES or None, plan=plan, currency=platform.currency)
    if posted is None or not form.is_valid():
        return _editor(request, form, platform, form.status)
    step = posted.get("step", "")
    if step == "back":
        return _editor(request, form, platform, 200)
    preview = preview_save(plan, form.draft, clock.now()) if plan and form.is_current else None
    if preview and posted.get("seen", "") != preview.token:
        return _preview(request, preview, posted, is_outdated=step == "confirm")
    if stored := form.save():
        text = _("%(plan)s is saved.") % {"plan": stored.name}
        return saved(request, reverse("plans:list"), text, event=SAVED)
    return _editor(request, form, platform, form.status)


def _editor(
    request: HttpRequest, form: PlanForm, platform: PlatformSettings, status: int
) -> HttpResponse:
    plan = form.plan
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
    return render(request, "plans/plan_form.html", context, status=status)


def _preview(
    request: HttpRequest, preview: PlanPreview, posted: QueryDict, *, is_outdated: bool
) -> HttpResponse:
    """409 when what was confirmed is no longer what would happen."""
    context = {
        "preview": preview,
        "words": PreviewWords(preview),
        "is_outdated": is_outdated,
        "typed": [
            (name, value)
            for name, values in posted.lists()
            if name not in STEPS
            for value in values
        ],
        "tenants_url": tenants_on(preview.before),
        "action": request.path,
        "back_url": reverse("plans:list"),
        "back_label": _("Plans"),
    }
    status = 409 if is_outdated else 200
    return render(request, "plans/plan_preview.html", context, status=status)


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
    """What deleting will do, or why it cannot be and what to do first; then the deed."""
    plan = find_plan(pk)
    obstacles = obstacles_to_deletion(plan, PlatformSettings.load())
    context = {"back_url": reverse("plans:list"), "back_label": _("Plans"), "plan": plan}
    if obstacles:
        ways = {"obstacles": obstacles, "ways": _ways_on(plan), "cancel_label": _("Close")}
        status = 409 if request.method == "POST" else 200
        return render(request, "plans/delete_refused.html", context | ways, status=status)
    if request.method == "POST":
        delete_plan(plan)
        text = _("%(plan)s is deleted.") % {"plan": plan.name}
        return saved(request, reverse("plans:list"), text, event=SAVED)
    return render(request, "ui/confirm.html", context | _deletion(request, plan))


def _deletion(request: HttpRequest, plan: Plan) -> dict[str, Any]:
    return {
        "danger": True,
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


def _ways_on(plan: Plan) -> list[tuple[str, str]]:
    """(address, label) of where to clear the way for a deletion."""
    platform = PlatformSettings.load()
    ways = []
    if plan.pk in {platform.trial_plan_id, platform.expired_plan_id}:
        ways.append((reverse("console:settings") + "#plan-settings", _("Settings")))
    if plan.tenants.exists() and (url := tenants_on(plan)):
        ways.append((url, _("Show its tenants")))
    return ways


def tenants_on(plan: Plan) -> str:
    """The address of the tenants on `plan`; empty while there is no such page."""
    path = f"{reverse('console:home')}tenants/"
    try:
        resolve(path)
    except Resolver404:
        return ""
    return f"{path}?plan={plan.pk}"
