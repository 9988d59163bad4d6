"""The carriers' doubles, whose calls arrive at our real address through the client of a stranger."""

from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from saas.core.clock import now
from sandbox.meta import MetaSandbox
from sandbox.twilio import TwilioSandbox
from tenants.models import User
from workflows.services.channels import save_setup


@pytest.fixture
def stranger(client_for: Callable[..., Client]) -> Client:
    """Nobody who is logged in, and one that minds CSRF."""
    found = client_for()
    found.handler.enforce_csrf_checks = True
    return found


@pytest.fixture
def post(stranger: Client) -> Callable[[str, bytes, Mapping[str, str]], int]:
    """How a double calls us; what we answered."""

    def call(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        rest = {name: value for name, value in headers.items() if name != "Content-Type"}
        asked = urlsplit(url)
        response = stranger.post(
            f"{asked.path}?{asked.query}", body, content_type=headers["Content-Type"], headers=rest
        )
        return response.status_code

    return call


@pytest.fixture
def twilio(
    settings: Settings, olivia: User, post: Callable[[str, bytes, Mapping[str, str]], int]
) -> Iterator[TwilioSandbox]:
    """Carries SMS."""
    with TwilioSandbox(receiver=post) as running:
        settings.TWILIO_SANDBOX_URL = running.url
        save_setup("sms", "twilio", running.values, by=olivia, now=now())
        yield running


@pytest.fixture
def meta(
    settings: Settings, olivia: User, post: Callable[[str, bytes, Mapping[str, str]], int]
) -> Iterator[MetaSandbox]:
    """Carries WhatsApp."""
    with MetaSandbox(receiver=post) as running:
        settings.META_SANDBOX_URL = running.url
        save_setup("whatsapp", "meta", running.values, by=olivia, now=now())
        yield running
