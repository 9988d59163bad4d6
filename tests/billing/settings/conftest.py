"""The super admin at the desk, a company for trying, and an installation that is no demo."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from billing.gateways.catalogue import KINDS
from saas.core import events
from tenants.models import User
from tests.billing.settings.probe import Company


@pytest.fixture
def desk(client_for: Callable[..., Client], olivia: User) -> Client:
    return client_for(olivia)


@pytest.fixture
def company(monkeypatch: pytest.MonkeyPatch) -> Company:
    found = Company()
    monkeypatch.setitem(KINDS, "probe", found.kind())
    return found


@pytest.fixture
def real(settings: Settings) -> None:
    """As in production: real money may move, and no double answers."""
    settings.DEMO = False
    settings.STRIPE_SANDBOX_URL = ""


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was told by `billing.gateway_connected`, in order."""
    told: list[dict[str, Any]] = []
    event = "billing.gateway_connected"
    monkeypatch.setitem(events._handlers, event, [lambda **payload: told.append(payload)])
    return told
