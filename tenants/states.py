"""The secret that a tenant's host keeps in a browser while its person is away at the platform's."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tenants.services import handoff

STATE_COOKIE = f"{'__Host-' if settings.SESSION_COOKIE_SECURE else ''}state"
STATE_LENGTH = 43
STATE_AGE = 10 * 60


def browser_state(request: HttpRequest) -> str:
    """The state that this browser has, or a new one."""
    state = request.COOKIES.get(STATE_COOKIE, "")
    return state if len(state) == STATE_LENGTH else handoff.new_state()


def go_with_state(url: str, state: str) -> HttpResponse:
    """Off to `url` on the platform's host, with the state kept in this browser."""
    response = redirect(url)
    response.set_cookie(
        STATE_COOKIE, state, max_age=STATE_AGE, secure=settings.SESSION_COOKIE_SECURE,
        httponly=True, samesite="Lax",
    )  # fmt: skip
    return response
