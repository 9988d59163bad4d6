"""What a tenant's row says about itself: the month that is counted, and where it stands."""

from datetime import UTC, datetime, timedelta

import pytest

from plans.models import Plan, PlatformSettings
from tenants.models import Tenant, TenantState
from tests.booking.pages import counted
from tests.tenants.services.rows import NOW, make_plan

DAY = timedelta(days=1)
S = TenantState


@pytest.mark.req(40)
def test_the_usage_window_is_a_month_from_where_the_plan_started() -> None:
    tenant = Tenant(plan_started_at=datetime(2026, 1, 31, 9, tzinfo=UTC))
    window = tenant.usage_window(datetime(2026, 3, 15, tzinfo=UTC))
    assert window == (datetime(2026, 2, 28, 9, tzinfo=UTC), datetime(2026, 3, 31, 9, tzinfo=UTC))


@pytest.fixture
def plans(db: None) -> dict[str, Plan]:
    made = {
        "trial": make_plan("Trial"),
        "resting": make_plan("Resting"),
        "paid": make_plan("Paid", price=900),
        "annual": make_plan("Annual only"),
        "free": make_plan("Costs nothing"),
    }
    Plan.objects.filter(pk=made["annual"].pk).update(annual_price=100)
    PlatformSettings.load()
    PlatformSettings.objects.update(trial_plan=made["trial"], expired_plan=made["resting"])
    return made


CASES = [
    ("trial", None, DAY, S.NOT_ACTIVATED),
    ("paid", None, -DAY, S.NOT_ACTIVATED),
    ("trial", -DAY, DAY, S.TRIAL),
    ("trial", -DAY, timedelta(0), S.EXPIRED),
    ("trial", -DAY, None, S.NOT_SUBSCRIBED),
    ("paid", -DAY, DAY, S.SUBSCRIBED),
    ("paid", -DAY, None, S.SUBSCRIBED),
    ("annual", -DAY, DAY, S.SUBSCRIBED),
    ("paid", -DAY, -DAY, S.EXPIRED),
    ("resting", -DAY, None, S.EXPIRED),
    ("resting", -DAY, DAY, S.EXPIRED),
    ("free", -DAY, None, S.NOT_SUBSCRIBED),
    ("free", -DAY, DAY, S.NOT_SUBSCRIBED),
]


@pytest.mark.parametrize(("plan", "activated", "expires", "state"), CASES)
def test_state_is_computed_alike_in_python_and_in_the_database(
    plans: dict[str, Plan],
    plan: str,
    activated: timedelta | None,
    expires: timedelta | None,
    state: TenantState,
) -> None:
    tenant = Tenant.objects.create(
        name="T",
        slug="t",
        plan=plans[plan],
        activated_at=None if activated is None else NOW + activated,
        expires_at=None if expires is None else NOW + expires,
    )
    platform = PlatformSettings.load()
    assert Tenant.objects.get(pk=tenant.pk).state(NOW) == state
    found = Tenant.objects.with_state(NOW, platform)
    assert found.get(pk=tenant.pk).state_now == state
    assert found.filter(state_now=state, pk=tenant.pk).exists()


def test_without_a_trial_and_an_expired_plan_nobody_is_on_them(db: None) -> None:
    tenant = Tenant(plan=make_plan("Paid", price=900), activated_at=NOW)
    assert tenant.state(NOW, PlatformSettings()) == S.SUBSCRIBED


def test_asking_many_reads_the_platform_once(plans: dict[str, Plan]) -> None:
    for number in range(5):
        Tenant.objects.create(name="T", slug=f"t{number}", plan=plans["paid"], activated_at=NOW)
    platform = PlatformSettings.load()
    with counted() as queries:
        states = {t.state(NOW, platform) for t in Tenant.objects.select_related("plan")}
    assert states == {S.SUBSCRIBED}
    assert len(queries) == 1
