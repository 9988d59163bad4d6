from collections.abc import Sequence

import pytest

from saas.core import events
from tenants import metering
from tenants.models import Tenant
from tenants.services.allowance import MonthlyMeter
from tests.tenants.allowance.month import BEGAN


@pytest.fixture(autouse=True)
def _month(aurora: Tenant, borealis: Tenant) -> None:
    Tenant.objects.update(plan_started_at=BEGAN)
    for tenant in (aurora, borealis):
        tenant.refresh_from_db()


@pytest.fixture(autouse=True)
def _monthly_meter(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where nobody sells credits."""
    monkeypatch.setattr(metering, "_meters", [MonthlyMeter()])


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Every `credits.exhausted`, as it is recorded in its transaction."""
    heard: list[tuple[int, str]] = []

    def hear(event: str, payloads: Sequence[events.Payload]) -> None:
        if event == "credits.exhausted":
            heard.extend((one["tenant_id"], one["channel"]) for one in payloads)

    monkeypatch.setattr(events, "_recorders", [*events._recorders, hear])
    return heard
