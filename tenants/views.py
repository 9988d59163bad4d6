"""A tenant's host: the way in and the way out."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from saas.core import clock
from saas.core.access import public
from saas.core.throttling import throttled
from tenants import staff_links
from tenants.impersonation_views import leave_impersonation
from tenants.requests import TenantRequest
from tenants.services import handoff, members
from tenants.states import STATE_COOKIE, browser_state, go_with_state


def platform_url(name: str, *args: str, **query: str) -> str:
    """Absolute address of a page of the platform's host."""
    path = reverse(f"tenants_public:{name}", urlconf=settings.PUBLIC_SCHEMA_URLCONF, args=args)
    return f"{settings.PLATFORM_URL}{path}?{urlencode(query)}"


@public
@never_cache
@require_safe
@throttled("tenant_login", "60/minute")
def login(request: HttpRequest) -> HttpResponse:
    """Off to the platform to log in, with a state that proves on return that it was this browser which left."""
    path = handoff.panel_path(request.GET.get("next", ""))
    if request.user.is_authenticated:
        return redirect(path)
    state = browser_state(request)
    url = platform_url("enter", request.tenant.slug, state=handoff.hash_of(state), next=path)
    return go_with_state(url, state)


@public
@never_cache
@require_safe
@throttled("handoff", "60/minute")
def enter(request: HttpRequest) -> HttpResponse:
    """Back from the platform with a note: the session begins, under a new key, bound to this host.

    Whoever came in by another tab meanwhile is simply inside.
    """
    if request.user.is_authenticated:
        return redirect(handoff.HOME)
    state = request.COOKIES.get(STATE_COOKIE, "")
    note = request.GET.get("token", "")
    entry = handoff.redeem_entry(note, request.tenant, state=state, now=clock.true_now())
    start_session(request, entry.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session["host"] = request.tenant.pk
    members.came_in(request.tenant, entry.user, now=clock.now())
    path = entry.path
    if path == handoff.HOME:
        path = staff_links.landing_of(request.tenant, entry.user) or path
    response = redirect(path)
    response.delete_cookie(STATE_COOKIE, samesite="Lax")
    return response


@public
@never_cache
@require_POST
def logout(request: TenantRequest) -> HttpResponse:
    """The session here ends, and the platform is asked to end its own for the same person."""
    if not request.user.is_authenticated:
        return redirect(settings.PLATFORM_URL)
    if request.impersonator:
        return redirect(leave_impersonation(request))
    note = handoff.issue_leave(request.user, now=clock.true_now())
    end_session(request)
    return redirect(platform_url("leave", token=note))
