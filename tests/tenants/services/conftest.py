"""One tenant with ten staff, on a plan without limits; plans to go to."""

import pytest

from plans.models import Plan, PlatformSettings
from tenants.models import Tenant
from tests.tenants.services import rows


@pytest.fixture
def pro(db: None) -> Plan:
    return rows.make_plan("Pro", price=5900)


@pytest.fixture
def solo(db: None) -> Plan:
    return rows.make_plan("Solo", price=900, staff=3)


@pytest.fixture
def salon(aurora: Tenant, pro: Plan) -> Tenant:
    """Aurora on Pro, with staff 1 to 10, of which 10 is the newest."""
    Tenant.objects.filter(pk=aurora.pk).update(plan=pro, plan_started_at=rows.BORN)
    salon = rows.fresh(aurora)
    rows.rows(salon, 10)
    return salon


@pytest.fixture
def platform(db: None) -> PlatformSettings:
    return PlatformSettings.load()
