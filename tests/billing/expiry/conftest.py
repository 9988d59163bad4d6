"""An Expired plan with room for little, and a plan to be moved to."""

import pytest

from billing.models import BillingSettings
from plans.models import Plan, PlatformSettings
from tests.tenants.services.rows import make_plan


@pytest.fixture
def expired(db: None) -> Plan:
    """The Expired plan of the platform: one of the staff, nothing else."""
    plan = make_plan("Resting", staff=1, services=0, appointments=0)
    PlatformSettings.objects.update(expired_plan=plan)
    BillingSettings.load()
    return plan
