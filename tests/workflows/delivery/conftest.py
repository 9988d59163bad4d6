import pytest

from tenants.models import Tenant
from tests.workflows.delivery.scene import BEGAN, ScriptedDriver, carry


@pytest.fixture(autouse=True)
def _month(aurora: Tenant, borealis: Tenant) -> None:
    """The tenants' months begin on the first, at eight."""
    Tenant.objects.update(plan_started_at=BEGAN)
    for tenant in (aurora, borealis):
        tenant.refresh_from_db()


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch, aurora: Tenant) -> ScriptedDriver:
    """Carries SMS, WhatsApp and e-mail, and accepts everything until told otherwise."""
    made = ScriptedDriver()
    carry(monkeypatch, made, "sms", "whatsapp", "email")
    return made
