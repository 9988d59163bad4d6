"""Steps that several tests of the way in share: signing up, reading the mail, crossing from host to host."""

import re
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from tenants.models import Tenant, User
from tests.world import PASSWORD

NEWCOMER = {
    "business_name": "Bloom Nails",
    "slug": "bloom-nails",
    "name": "Bea Bloom",
    "email": "bea@bloom.example",
    "password1": PASSWORD,
}


def forget_limits(changeable: Settings) -> None:
    """What earlier tests counted against an e-mail address does not count in this one."""
    cache = {**changeable.CACHES["default"], "KEY_PREFIX": secrets.token_hex(8)}
    changeable.CACHES = {**changeable.CACHES, "default": cache}


def sign_up(client: Client, **fields: str) -> HttpResponse:
    return client.post("/signup/", {**NEWCOMER, **fields})


def newcomer(email: str = NEWCOMER["email"]) -> User:
    return User.objects.get(email=email)


def path_of(url: str) -> str:
    """The path and query of `url`, for a client that stands on that host already."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def mailed_link(message: mail.EmailMessage | None = None) -> str:
    """The first link of the last mail, as a path; it leads to the platform as settings name it."""
    text = str((message or mail.outbox[-1]).body)
    url = re.search(r"https?://\S+", text)
    assert url, text
    assert url[0].startswith(settings.PLATFORM_URL + "/")
    return path_of(url[0])


def log_in(client: Client, user: User, **fields: str) -> HttpResponse:
    return client.post("/login/", {"login": user.email, "password": PASSWORD, **fields})


def leave_for_platform(tenant_client: Client, wanted: str = "/panel/") -> str:
    """The path on the platform's host that the tenant's login sends this browser to."""
    response = tenant_client.get("/login/", {"next": wanted})
    assert response.status_code == 302
    assert response["Location"].startswith(settings.PLATFORM_URL + "/enter/")
    return path_of(response["Location"])


def fetch_note(platform_client: Client, entrance: str, tenant: Tenant) -> str:
    """The path on the tenant's host, with a note, that the platform sends this browser back to."""
    response = platform_client.get(entrance)
    assert response.status_code == 302, response.content.decode()
    assert response["Location"].startswith(tenant.url("/handoff/?token="))
    return path_of(response["Location"])


def cross(
    client_for: Callable[..., Client], user: User, tenant: Tenant, wanted: str = "/panel/"
) -> Client:
    """A client on the tenant's host that came in by the hand-off."""
    browser_here, browser_there = client_for(None, tenant), client_for(user)
    note = fetch_note(browser_there, leave_for_platform(browser_here, wanted), tenant)
    assert browser_here.get(note).status_code == 302
    return browser_here
