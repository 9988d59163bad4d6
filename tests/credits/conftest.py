"""A pack on offer, and a tenant that is told nothing it has not bought."""

import pytest

from credits.models import CreditPack
from credits.services.packs import create_pack
from tenants.models import Tenant
from tests.billing.money import begin_before_now
from tests.tenants.allowance.month import BEGAN, NOW, with_limit


@pytest.fixture(autouse=True)
def _before_now(monkeypatch: pytest.MonkeyPatch) -> None:
    begin_before_now(monkeypatch)


@pytest.fixture
def pack(db: None) -> CreditPack:
    return create_pack(
        "sms",
        name="500 SMS",
        description="",
        price=1900,
        credits=500,
        is_active=True,
        now=NOW,
    )


@pytest.fixture
def tenant(aurora: Tenant) -> Tenant:
    """Salon Aurora, whose plan includes 3 SMS a month."""
    Tenant.objects.update(plan_started_at=BEGAN)
    aurora.plan.capabilities |= {"workflows": True, "workflows.sms": True}
    return with_limit(aurora, 3)
