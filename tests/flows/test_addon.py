"""An add-on is installed: one `addon.py`, and the editor, the menu and the limits know it."""

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from booking.models import Staff
from plans.drafts import PlanData
from plans.models import PlatformSettings
from plans.registry import Capability, Limit, MenuItem, registry
from plans.services.plans import save_plan
from tests.world import World

COUPONS = (
    Capability("coupons", "Coupons"),
    Capability("coupons.add", "Add coupon", parent="coupons"),
    Limit(
        "coupons", "Coupons", usage=lambda tenant, now: Staff.objects.none(), capability="coupons"
    ),
    MenuItem("Coupons", url="booking:staff_list", icon="ticket", capability="coupons"),
)


@pytest.fixture
def coupons() -> Iterator[None]:
    """The add-on, for the length of a test; the staff list stands in for its page."""
    staff = registry.menu_items.pop("booking:staff_list")
    try:
        with registry.temporarily(*COUPONS):
            yield
    finally:
        registry.menu_items["booking:staff_list"] = staff


@pytest.mark.req(23, 30)
def test_installed_addon_brings_its_switches_and_limits(
    world: World, client_for: Callable[..., Client], coupons: None
) -> None:
    editor = client_for(world.olivia).get(f"/console/plans/{world.plan.pk}/").content.decode()
    assert 'value="coupons"' in editor
    assert 'value="coupons.add"' in editor
    assert 'name="limit-coupons"' in editor


def test_addon_that_is_not_installed_is_nowhere(
    world: World, client_for: Callable[..., Client]
) -> None:
    editor = client_for(world.olivia).get(f"/console/plans/{world.plan.pk}/").content.decode()
    assert "coupons" not in editor


@pytest.mark.req(21, 23)
def test_addon_is_off_until_a_plan_switches_it_on(
    world: World, client_for: Callable[..., Client], coupons: None
) -> None:
    ana = client_for(world.ana, world.aurora)
    assert "Coupons" not in ana.get("/panel/").content.decode()
    save_plan(world.plan, {"capabilities": {"coupons": True}, "limits": {"coupons": 3}})
    assert "Coupons" in ana.get("/panel/").content.decode()
    usage = ana.get("/panel/billing/current-plan/").content.decode()
    assert "Coupons" in usage
    assert "0 / 3" in usage


@pytest.mark.req(56)
def test_expired_plan_is_a_plan_like_any_other(
    world: World, client_for: Callable[..., Client]
) -> None:
    """Chosen in the settings, it is edited, priced and limited in the same editor, and still works as a plan."""
    olivia = client_for(world.olivia)
    terms: PlanData = {
        "name": "Lapsed",
        "limits": {"staff": 0},
        "capabilities": {"staff": True, "staff.add": True},
    }
    lapsed = save_plan(None, terms)
    PlatformSettings.objects.update(expired_plan=lapsed)
    assert olivia.get(f"/console/plans/{lapsed.pk}/").status_code == 200
    save_plan(lapsed, {"limits": {"staff": 2}, "monthly_price": 500})
    world.aurora.plan = lapsed
    world.aurora.save(update_fields=["plan"])
    ana = client_for(world.ana, world.aurora)
    answers = [ana.post("/panel/staff/add/", {"name": f"S{n}"}).status_code for n in range(3)]
    assert answers == [302, 302, 409]
