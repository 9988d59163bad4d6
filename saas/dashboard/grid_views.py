"""Plan grids in the console: the examples, the export, and the import with its diff."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plans.grid_export import export_grid
from plans.grid_form import GridForm
from plans.models import PlatformSettings
from plans.services.grids import GridDiff, Step, load_grid
from saas.core.access import console
from saas.core.htmx import saved
from saas.core.models import AuditEntry
from saas.dashboard.audit_words import Line, lines
from saas.dashboard.plan_preview_words import tenants


@dataclass(frozen=True)
class ShownStep:
    """One plan of the diff in words."""

    step: Step
    lines: list[Line]

    @property
    def name(self) -> str:
        return self.step.after.name


@console
@require_POST
def load_example(request: HttpRequest, name: str) -> HttpResponse:
    plans = load_grid(name)
    text = _("%(count)s plans are here. Change whatever you like.") % {"count": len(plans)}
    return saved(request, reverse("plans:list"), text)


@console
@require_safe
def grid_export(request: HttpRequest) -> HttpResponse:
    """All plans as one file to keep or to import elsewhere."""
    response = HttpResponse(export_grid(), content_type="application/yaml; charset=utf-8")
    name = slugify(PlatformSettings.load().platform_name) or "platform"
    response["Content-Disposition"] = f'attachment; filename="{name}-plans.yaml"'
    return response


@console
@require_http_methods(["GET", "HEAD", "POST"])
def grid_import(request: HttpRequest) -> HttpResponse:
    """Choose a file, see the diff, apply it. 422 for a file that is refused, 409 when the plans changed meanwhile."""
    posted = request.POST if request.method == "POST" else None
    currency = PlatformSettings.load().currency
    form = GridForm(posted, request.FILES or None, currency=currency)
    if posted is not None and form.is_valid():
        if form.is_confirmed and (diff := form.apply()):
            return saved(request, reverse("plans:list"), _done(diff))
        if form.is_valid() and form.diff:
            return _diff(request, form, form.diff)
    context = {**_frame(request), "form": form, "multipart": True, "action_label": _("Compare")}
    return render(request, "plans/grid_import.html", context, status=200 if posted is None else 422)


def _diff(request: HttpRequest, form: GridForm, diff: GridDiff) -> HttpResponse:
    context = {
        **_frame(request),
        "form": form,
        "diff": diff,
        "added": [_shown(step) for step in diff.added],
        "changed": [_shown(step) for step in diff.changed],
        "reach": tenants(diff.tenants) if diff.tenants else "",
        "action_label": _("Apply for %s") % tenants(diff.tenants) if diff.tenants else _("Apply"),
    }
    if diff.is_empty:
        context |= {"action": "", "cancel_label": _("Close")}
    status = 409 if form.is_outdated else 200
    return render(request, "plans/grid_diff.html", context, status=status)


def _frame(request: HttpRequest) -> dict[str, object]:
    return {
        "action": request.path,
        "back_url": reverse("plans:list"),
        "back_label": _("Plans"),
    }


def _shown(step: Step) -> ShownStep:
    """In the words of the audit log, where the same change will be read."""
    entry = AuditEntry(subject_kind="plans.plan", changes=step.changes)
    return ShownStep(step, lines(entry))


def _done(diff: GridDiff) -> str:
    told = {"added": len(diff.added), "changed": len(diff.changed)}
    return _("The grid is applied: %(added)s added, %(changed)s changed.") % told
