"""The console's Tenants pages: the table, one tenant, its edit dialog, and opening one by hand."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from plans.models import Plan, PlatformSettings
from saas.core import clock
from saas.core.access import console
from saas.core.htmx import saved
from tenants.console_forms import OpenForm, TenantForm
from tenants.models import Tenant
from tenants.public_views import address_suffix
from tenants.requests import SignedInRequest
from tenants.services import signup
from tenants.services.administration import find_tenant
from tenants.services.fitting import preview_fit
from tenants.services.opening import Opened
from tenants.set_password import set_password_url
from tenants.tenant_page import TenantPage
from tenants.tenant_table import TenantTable, parse_id

CHANGED = "tenantSaved"


@console
@require_safe
def tenant_list(request: HttpRequest) -> HttpResponse:
    """The whole page; for htmx, which sorts, searches, filters and reloads, the table alone."""
    platform = PlatformSettings.load()
    table = TenantTable(request.GET, now=clock.now(), platform=platform)
    part = getattr(request, "htmx", False)
    template = "tenants/console/_table.html" if part else "tenants/console/list.html"
    response = render(request, template, {"table": table, "platform": platform})
    patch_vary_headers(response, ["HX-Request"])
    return response


@console
@require_safe
def tenant_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one tenant."""
    platform = PlatformSettings.load()
    page = TenantPage(find_tenant(pk), now=clock.now(), platform=platform)
    context = {"page": page, "tenant": page.tenant, "platform": platform}
    return render(request, "tenants/console/tenant.html", context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def tenant_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    """Name, time zone and plan of a tenant. 422 for bad input, 409 when it changed meanwhile."""
    tenant = find_tenant(pk)
    posted = request.POST if request.method == "POST" else None
    form = TenantForm(posted, tenant=tenant, now=clock.now())
    back = reverse("tenants_console:tenant", args=[pk])
    if posted is not None and form.is_valid() and (stored := form.save(request.user)):
        text = _("%(tenant)s is saved.") % {"tenant": stored.name}
        return saved(request, back, text, event=CHANGED)
    context = {
        "form": form,
        "tenant": form.conflict or tenant,
        "platform": PlatformSettings.load(),
        "action": request.path,
        "back_url": back,
        "back_label": tenant.name,
    }
    return render(request, "tenants/console/edit.html", context, status=form.status)


@console
@require_safe
def fit(request: HttpRequest, pk: int) -> HttpResponse:
    """What a move to `?plan=` would pause and bring back, by name: a part of the edit dialog."""
    tenant, plan_id = find_tenant(pk), parse_id(request.GET.get("plan", ""))
    plan = Plan.objects.filter(pk=plan_id).first() if plan_id else None
    fits = preview_fit(tenant, plan, clock.now()) if plan and plan.pk != tenant.plan_id else []
    return render(request, "tenants/console/_fit.html", {"fits": fits})


@console
@require_http_methods(["GET", "HEAD", "POST"])
def tenant_add(request: SignedInRequest) -> HttpResponse:
    """Open a business for somebody: usable at once; a new owner gets a mail to choose a password."""
    now = clock.now()
    start = signup.starting_plan(now)
    posted = request.POST if request.method == "POST" else None
    form = OpenForm(posted, plan=start[0] if start else None, now=now)
    if posted is not None and form.is_valid():
        if form.opened_before:
            return _opened(request, form.opened_before)
        if opened := form.save(request.user):
            invite(request, opened)
            return _opened(request, opened.tenant)
    context = {
        "form": form,
        "has_plans": start is not None or Plan.objects.exists(),
        "address_suffix": address_suffix(),
        "action": request.path,
        "action_label": _("Add tenant"),
        "back_url": reverse("tenants_console:list"),
        "back_label": _("Tenants"),
    }
    return render(request, "tenants/console/add.html", context, status=422 if posted else 200)


def _opened(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    url = reverse("tenants_console:tenant", args=[tenant.pk])
    return saved(request, url, _("%(tenant)s is open.") % {"tenant": tenant.name})


def invite(request: HttpRequest, opened: Opened) -> None:
    """Mail the owner how to get in: a link to choose a password, or the address where theirs works already."""
    context: dict[str, Any] = {"tenant": opened.tenant, "owner": opened.owner}
    if opened.is_new_owner:
        context["password_reset_url"] = set_password_url(opened.owner)
    get_adapter(request).send_mail("tenants/console/invitation", opened.owner.email, context)
