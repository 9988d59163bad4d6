"""From host to tenant, and from session to member."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import DisallowedHost
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import set_urlconf

from saas.core import audit, clock
from saas.core.access import Access
from saas.core.errors import DomainError
from saas.core.middleware import error_response
from saas.core.throttling import client_ip
from tenants.access import check_access
from tenants.lookup import find_tenant
from tenants.services import impersonation
from tenants.sessions import membership_of

GetResponse = Callable[[HttpRequest], HttpResponse]


class TenantMiddleware:
    """Puts the request on its host's schema and URLs, and the connection back on public when it is over.

    The tenant, its plan and the platform's settings come in one query, so a change of any of them is in force on
    the very next request with no cache to invalidate. An unknown host, and a business that is not open, is a 404.
    Responses must not query while they stream: the schema is public again by then.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        connection.set_schema_to_public()
        try:
            host = normal_host(request)
            request.tenant = None
            if host in settings.PLATFORM_HOSTS:
                self._use_urls(request, settings.PUBLIC_SCHEMA_URLCONF)
                return self.get_response(request)
            request.tenant = find_tenant(host)
            self._use_urls(request, settings.ROOT_URLCONF)
            if request.tenant is None or not request.tenant.is_open:
                return error_response(request, 404, unknown_host=True)
            connection.set_tenant(request.tenant)
            return self.get_response(request)
        except DisallowedHost:
            self._use_urls(request, settings.PUBLIC_SCHEMA_URLCONF)
            return error_response(request, 400)
        finally:
            connection.set_schema_to_public()

    @staticmethod
    def _use_urls(request: HttpRequest, urlconf: str) -> None:
        request.urlconf = urlconf
        set_urlconf(urlconf)


def normal_host(request: HttpRequest) -> str:
    """The request's host in lower case, without port and trailing dot. Raises DisallowedHost."""
    return request.get_host().rsplit(":", 1)[0].lower().rstrip(".")


class MemberMiddleware:
    """Binds the session to its host and loads the member; refuses every view that declares no access.

    A session that was made for another host, or for a business where the person works no longer, is ended; so is
    one that a super admin has borrowed (`request.impersonator`), when that is over.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership = request.impersonator = None
        mark = request.session.get(impersonation.KEY) if request.tenant else None
        if request.user.is_authenticated:
            here = request.tenant.pk if request.tenant else 0
            if request.session.get("host") != here:
                logout(request)
            elif request.tenant:
                request.membership = membership_of(request.user, request.tenant)
                if request.membership is None:
                    logout(request)
        if mark:
            self._check_impersonator(request, mark)
        actor = request.user if request.user.is_authenticated else None
        by, whom = (request.impersonator, actor) if request.impersonator else (actor, None)
        with audit.acting_as(by, ip=client_ip(request), on_behalf_of=whom):
            return self.get_response(request)

    @staticmethod
    def _check_impersonator(request: HttpRequest, mark: dict[str, Any]) -> None:
        """Who is behind this session; it ends, on record, when they may be that no longer. One query."""
        if request.membership is not None:
            request.impersonator = impersonation.impersonator(mark, now=clock.true_now())
        if request.impersonator is None:
            request.membership = None
            impersonation.record_end(mark, request.tenant)
            logout(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        """Errors of a `process_view` reach no `process_exception`, so a refusal is rendered here."""
        try:
            return check_access(request, Access.of(view))
        except DomainError as error:
            return error_response(request, error.status, error=error)
