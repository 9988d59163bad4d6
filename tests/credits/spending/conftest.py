from collections.abc import Sequence

import pytest

from saas.core import events
from tenants.models import Tenant
from tests.tenants.allowance.month import BEGAN


@pytest.fixture(autouse=True)
def _month(aurora: Tenant, borealis: Tenant) -> None:
    Tenant.objects.update(plan_started_at=BEGAN)
    for tenant in (aurora, borealis):
        tenant.refresh_from_db()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """(event, channel) of everything about credits, as it is recorded in its transaction."""
    heard: list[tuple[str, str]] = []

    def hear(event: str, payloads: Sequence[events.Payload]) -> None:
        if event.startswith("credits.") and "channel" in payloads[0]:
            heard.extend((event.removeprefix("credits."), one["channel"]) for one in payloads)

    monkeypatch.setattr(events, "_recorders", [*events._recorders, hear])
    return heard
