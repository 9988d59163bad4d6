"""A tenant's host, for a super admin who sees it as its owner does: the way in and the way out."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from saas.core import clock
from saas.core.access import public
from saas.core.throttling import throttled
from tenants.models import User
from tenants.requests import TenantRequest
from tenants.services import handoff, impersonation
from tenants.states import STATE_COOKIE, browser_state, go_with_state


def console_url(name: str, pk: int, **query: str) -> str:
    """Absolute address of a page of the console about the tenant `pk`."""
    path = reverse(f"tenants_console:{name}", urlconf=settings.PUBLIC_SCHEMA_URLCONF, args=[pk])
    return f"{settings.PLATFORM_URL}{path}" + (f"?{urlencode(query)}" if query else "")


@public
@never_cache
@require_safe
@throttled("tenant_login", "60/minute")
def begin(request: TenantRequest) -> HttpResponse:
    """Back to the console with a state. Opens nothing by itself: the console answers only whom it has just sent."""
    state = browser_state(request)
    url = console_url("impersonation_note", request.tenant.pk, state=handoff.hash_of(state))
    return go_with_state(url, state)


@public
@never_cache
@require_safe
@throttled("handoff", "60/minute")
def enter(request: TenantRequest) -> HttpResponse:
    """In with a note: the owner's session begins, borrowed, in the place of whichever was here before."""
    now, note = clock.true_now(), request.GET.get("token", "")
    state = request.COOKIES.get(STATE_COOKIE, "")
    seen = impersonation.redeem(note, request.tenant, state=state, now=now)
    if request.impersonator:
        leave_impersonation(request)
    end_session(request)
    start_session(request, seen.owner, backend=settings.AUTHENTICATION_BACKENDS[0])
    # Django has just noted a log-in; it was not the owner who came.
    User.objects.filter(pk=seen.owner.pk).update(last_login=seen.last_login)
    request.session["host"] = request.tenant.pk
    impersonation.begin(request.session, request.tenant, seen, now=now)
    response = redirect(handoff.HOME)
    response.delete_cookie(STATE_COOKIE, samesite="Lax")
    return response


@public
@never_cache
@require_POST
def leave(request: TenantRequest) -> HttpResponse:
    """The borrowed session ends, and the console's page of the business follows."""
    if not request.impersonator:
        return redirect(handoff.HOME)
    return redirect(leave_impersonation(request))


def leave_impersonation(request: TenantRequest) -> str:
    """End the borrowed session of `request`, on record; returns where to go next."""
    impersonation.record_end(request.session[impersonation.KEY], request.tenant)
    end_session(request)
    return console_url("tenant", request.tenant.pk)
