"""What a super admin does to tenants from the console: move, deactivate, override, open as the owner."""

from collections.abc import Mapping
from dataclasses import asdict
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plans.models import PlatformSettings
from saas.core import clock
from saas.core.access import console
from saas.core.errors import NotHere
from saas.core.htmx import go, saved
from tenants.console_forms import MoveForm, ReasonForm
from tenants.console_views import CHANGED
from tenants.models import Override, Tenant
from tenants.override_forms import CapabilityOverrideForm, LimitOverrideForm, OverrideForm
from tenants.requests import SignedInRequest
from tenants.selection import Selection
from tenants.services import administration, impersonation
from tenants.services.administration import find_tenant
from tenants.services.overrides import end_override, set_override
from tenants.tasks import move_tenants
from tenants.tenant_table import TenantTable

CHUNK = 200
"""How many tenants one background task moves: well within its time limit."""


@console
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: SignedInRequest) -> HttpResponse:
    """Move the ticked tenants, or all that match, to one plan: first the dialog, then the deed."""
    asked = request.POST if request.method == "POST" else request.GET
    table = TenantTable(asked, now=clock.now(), platform=PlatformSettings.load())
    selection = Selection(asked, table)
    posted = request.method == "POST"
    form = MoveForm(request.POST if posted else None)
    back = reverse("tenants_console:list") + (f"?{table.query}" if table.query else "")
    if posted and form.is_valid() and _may_begin(form, selection):
        return saved(request, back, _carry_out(request, form, selection), event=CHANGED)
    context = {
        "form": form,
        "selection": selection,
        "is_large": selection.is_large,
        "action": request.path if selection.count else "",
        "action_label": _("Move %(count)s") % {"count": f"{selection.count:,}"},
        "back_url": back,
        "back_label": _("Tenants"),
    }
    return render(request, "tenants/console/move.html", context, status=422 if posted else 200)


def _may_begin(form: MoveForm, selection: Selection) -> bool:
    """A second press of the button finishes what the first one began, and does nothing twice."""
    return administration.was_made(form.move.token) or form.fits(selection.count)


def _carry_out(request: SignedInRequest, form: MoveForm, selection: Selection) -> str:
    """Move them now, or in the background when they are many; returns what to tell."""
    ids, plan = selection.ids, form.cleaned_data["target"]
    if selection.is_large:
        for start in range(0, len(ids), CHUNK):
            move_tenants.delay(ids[start : start + CHUNK], asdict(form.move), request.user.pk)
        text = _("%(count)s tenants are being moved to %(plan)s, one after the other.")
        return text % {"count": f"{len(ids):,}", "plan": plan.name}
    moved = administration.move_tenants(ids, form.move, by=request.user, now=clock.now())
    if not moved:
        return _("Nobody had to move: all are on %(plan)s already.") % {"plan": plan.name}
    text = ngettext(
        "%(count)s tenant moved to %(plan)s.", "%(count)s tenants moved to %(plan)s.", moved
    ) % {"count": moved, "plan": plan.name}
    if rest := len(ids) - moved:
        text += " " + _("%(count)s stayed: on it already.") % {"count": rest}
    return text


@console
@require_http_methods(["GET", "HEAD", "POST"])
def deactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    """What deactivating does, then the deed."""
    tenant = find_tenant(pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        administration.deactivate(tenant, reason=reason, by=request.user, now=clock.now())
        return _changed(request, tenant, _("%(tenant)s is deactivated.") % {"tenant": tenant.name})
    context = {
        "title": _("Deactivate %(tenant)s?") % {"tenant": tenant.name},
        "happens": [
            _("Whoever is in the panel is out with the next click, and nobody can log in to it."),
            _("The booking page and the panel answer “not found”; automatic work stops."),
            _("Nothing is deleted, and the plan with its expiry stays as it is."),
        ],
        "action_label": _("Deactivate"),
        "danger": True,
    }
    return _confirm(request, tenant, form, context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def reactivate(request: SignedInRequest, pk: int) -> HttpResponse:
    """What activating again does, then the deed."""
    tenant = find_tenant(pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        administration.reactivate(tenant, reason=form.cleaned_data["reason"], by=request.user)
        return _changed(request, tenant, _("%(tenant)s is active again.") % {"tenant": tenant.name})
    context = {
        "title": _("Activate %(tenant)s again?") % {"tenant": tenant.name},
        "happens": [_("Panel and booking page are open again at once, with everything as it was.")],
        "action_label": _("Activate"),
    }
    return _confirm(request, tenant, form, context)


def _confirm(
    request: HttpRequest, tenant: Tenant, form: ReasonForm, context: Mapping[str, object]
) -> HttpResponse:
    back = reverse("tenants_console:tenant", args=[tenant.pk])
    more = {"form": form, "action": request.path, "back_url": back, "back_label": tenant.name}
    status = 422 if form.is_bound else 200
    return render(request, "tenants/console/confirm.html", {**context, **more}, status=status)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def override_limit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give one tenant another ceiling than its plan does."""
    form = LimitOverrideForm(request.POST if request.method == "POST" else None, now=clock.now())
    return _override(request, find_tenant(pk), form, _("Override a limit"))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def override_feature(request: SignedInRequest, pk: int) -> HttpResponse:
    """Switch a capability for one tenant, whatever its plan says."""
    form = CapabilityOverrideForm(
        request.POST if request.method == "POST" else None, now=clock.now()
    )
    return _override(request, find_tenant(pk), form, _("Override a capability"))


def _override(
    request: SignedInRequest, tenant: Tenant, form: OverrideForm, title: str
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        set_override(
            tenant, data["key"], data["value"], reason=data["reason"], until=data["until"],
            by=request.user, now=form.now,
        )  # fmt: skip
        return _changed(request, tenant, _("In force on their next page."))
    context = {
        "form": form,
        "title": title,
        "tenant": tenant,
        "action": request.path,
        "back_url": reverse("tenants_console:tenant", args=[tenant.pk]),
        "back_label": tenant.name,
    }
    status = 422 if form.is_bound else 200
    return render(request, "tenants/console/override.html", context, status=status)


@console
@require_POST
def override_end(request: SignedInRequest, pk: int, override_pk: int) -> HttpResponse:
    """The plan's own value is in force again."""
    found = Override.objects.select_related("tenant").filter(pk=override_pk, tenant=pk).first()
    if found is None:
        raise NotHere(_("There is no such override."))
    end_override(found, by=request.user, now=clock.now())
    return _changed(request, found.tenant, _("The plan’s own value is in force again."))


def _changed(request: HttpRequest, tenant: Tenant, text: str) -> HttpResponse:
    url = reverse("tenants_console:tenant", args=[tenant.pk])
    return saved(request, url, text, event=CHANGED)


@console
@require_POST
def impersonate(request: SignedInRequest, pk: int) -> HttpResponse:
    """Off to the tenant's host, to come back from there with a state of this browser."""
    tenant = find_tenant(pk)
    impersonation.ask(request.session, tenant, now=clock.true_now())
    return go(request, tenant.url("/impersonation/"))


@console
@never_cache
@require_safe
def impersonation_note(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let the super admin in who asked for it a moment ago, and nobody else."""
    tenant, state = find_tenant(pk), request.GET.get("state", "")
    note = impersonation.issue(
        request.session, request.user, tenant, state_hash=state[:64], now=clock.true_now()
    )
    return redirect(tenant.url(f"/impersonation/enter/?{urlencode({'token': note})}"))
