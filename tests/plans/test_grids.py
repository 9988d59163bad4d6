"""The three example grids of the plans document, loaded exactly."""

import pytest

from plans.grid_files import Grid, read_grid
from plans.grid_syntax import GridError
from plans.models import Plan, PlatformSettings
from plans.registry import Capability, Limit, registry
from plans.services.grids import FOLDER, grid_names, load_grid
from plans.services.plans import save_plan
from plans.services.settings import save_platform_settings

CORE = {"appointments", "customers", "services", "staff"}
EXTRAS = {
    "workflows",
    "reports",
    "google_calendar",
    "coupons",
    "custom_forms",
    "tenant_directory",
    "mobile_app",
    "booking_page.dynamic_translations",
    "booking_page.upload_logo",
    "booking_page.remove_branding",
}
PAID = {"workflows", "reports", "google_calendar", "coupons", "custom_forms"}
BRAND = {"booking_page.remove_branding", "booking_page.upload_logo"}


def facts(plan: Plan) -> tuple[int, int, set[str], tuple[int, ...]]:
    """Prices, which of the document's extras are on, and staff, services, locations, appointments, customers."""
    assert {key for key in CORE if plan.capabilities[key]} == CORE
    on = {key for key in EXTRAS if plan.capabilities[key]}
    keys = ("staff", "services", "locations", "appointments", "customers")
    return plan.monthly_price, plan.annual_price, on, tuple(plan.limits[key] for key in keys)


def example(name: str) -> Grid:
    path = FOLDER / f"{name}.yaml"
    return read_grid(path.name, path.read_bytes(), "USD")


def load(name: str) -> dict[str, Plan]:
    return {plan.name: plan for plan in load_grid(name)}


def assert_expired_copy(plans: dict[str, Plan]) -> None:
    free, lapsed = plans["Free trial"], plans["Lapsed"]
    assert lapsed.is_hidden
    assert lapsed.is_free
    assert lapsed.capabilities == free.capabilities
    assert lapsed.limits == {**free.limits, "appointments": 0}


@pytest.mark.req(94)
def test_solo_grid_is_the_documents(db: None) -> None:
    plans = load("solo")
    assert list(plans) == ["Free trial", "Solo", "Solo+", "Lapsed"]
    solo = {"workflows", "google_calendar"}
    assert facts(plans["Free trial"]) == (0, 0, set(), (1, 3, 1, 25, 100))
    assert facts(plans["Solo"]) == (900, 9000, solo, (1, 10, 1, 200, -1))
    assert plans["Solo"].capabilities["workflows.email"] is True
    assert facts(plans["Solo+"]) == (1900, 19000, solo | {"reports"} | BRAND, (1, -1, 1, -1, -1))
    assert [plan.annual_discount for plan in plans.values()] == [0, 17, 17, 0]
    assert Plan.objects.get(is_default=True).name == "Free trial"
    assert plans["Free trial"].is_default
    assert_expired_copy(plans)


@pytest.mark.req(95)
def test_small_business_grid_is_the_documents(db: None) -> None:
    plans = load("small-business")
    assert list(plans) == ["Free trial", "Team", "Team+", "Lapsed"]
    assert facts(plans["Free trial"]) == (0, 0, set(), (2, 5, 1, 50, 200))
    assert facts(plans["Team"]) == (2900, 29000, PAID, (10, 50, 3, 1000, -1))
    more = PAID | BRAND | {"booking_page.dynamic_translations"}
    assert facts(plans["Team+"]) == (5900, 59000, more, (25, -1, 5, -1, -1))
    assert Plan.objects.get(is_default=True).name == "Free trial"
    assert_expired_copy(plans)


@pytest.mark.req(96)
def test_multi_location_grid_is_the_documents(db: None) -> None:
    everything = (-1, -1, -1, -1, -1)
    audit = Capability("audit_log", "Audit log", starts_on=False)
    sms = Limit("sms", "SMS", usage=lambda tenant, now: Plan.objects.none(), per="month")
    with registry.temporarily(audit, sms):
        plans = load("multi-location")
    assert list(plans) == ["Free trial", "Growth", "Scale", "Enterprise", "Lapsed"]
    assert facts(plans["Free trial"]) == (0, 0, set(), (5, 10, 2, 200, 500))
    assert facts(plans["Growth"]) == (7900, 79000, PAID, (50, -1, 10, 5000, -1))
    assert facts(plans["Scale"]) == (14900, 149000, EXTRAS, everything)
    assert set(plans["Scale"].limits.values()) == {-1}
    enterprise = plans["Enterprise"]
    assert enterprise.is_hidden
    assert enterprise.color != plans["Scale"].color
    assert all(enterprise.capabilities.values())
    assert enterprise.capabilities["audit_log"] is True
    assert set(enterprise.limits.values()) == {-1}
    assert "sms" in enterprise.limits
    assert save_plan(enterprise, {"monthly_price": 49900}).monthly_price == 49900
    assert_expired_copy(plans)


@pytest.mark.parametrize("name", grid_names())
def test_grid_has_one_ribbon_on_its_middle_plan_and_clean_descriptions(db: None, name: str) -> None:
    plans = load_grid(name)
    paid = [plan for plan in plans if not plan.is_hidden and not plan.is_free]
    assert [plan.bookmark_text for plan in plans if plan.bookmark_text] == ["POPULAR"]
    assert paid[0].bookmark_text == "POPULAR"
    assert [plan.order_number for plan in plans] == sorted({plan.order_number for plan in plans})
    assert all(plan.description.startswith("<ul><li>") for plan in paid)
    for plan in plans:
        plan.full_clean()
        registered = {key for key in registry.capabilities if key in plan.capabilities}
        assert registered == set(registry.capabilities)


@pytest.mark.parametrize("name", grid_names())
def test_plan_that_writes_emails_has_room_for_them(db: None, name: str) -> None:
    """The document says of no plan how many: so there is no ceiling, and certainly not one of 0."""
    writing = [plan for plan in load_grid(name) if plan.capabilities["workflows.email"]]
    assert {plan.limits["emails_per_month"] for plan in writing} == {-1}


def test_no_tenant_reads_the_word_expired(db: None) -> None:
    for name in grid_names():
        for plan in load_grid(name):
            assert "expired" not in (plan.name + plan.description).lower()


def test_loading_twice_changes_nothing_more(db: None) -> None:
    load_grid("small-business")
    before = list(Plan.objects.order_by("pk").values())
    load_grid("small-business")
    after = list(Plan.objects.order_by("pk").values())
    for row in (*before, *after):
        row.pop("updated_at")
    assert after == before


def test_loading_keeps_other_plans_and_takes_over_the_default(plan: Plan, small_plan: Plan) -> None:
    loaded = load("small-business")
    assert loaded["Team"].pk == plan.pk
    assert Plan.objects.filter(pk=small_plan.pk, is_default=False).exists()
    assert loaded["Free trial"].is_default


def test_prices_are_whole_units_of_the_platforms_currency(db: None) -> None:
    save_platform_settings({"currency": "JPY"})
    assert load("solo")["Solo"].monthly_price == 9


@pytest.mark.req(97)
@pytest.mark.parametrize("name", grid_names())
def test_grid_marks_its_copy_for_lapsed_tenants_as_the_expired_plan(db: None, name: str) -> None:
    plans = load(name)
    assert PlatformSettings.load().expired_plan == plans["Lapsed"]


@pytest.mark.parametrize("name", ["", "../../manage", "SOLO", "nothing"])
def test_unknown_grid_is_refused(db: None, name: str) -> None:
    with pytest.raises(GridError, match="no such grid"):
        load_grid(name)


def test_agreed_price_of_a_custom_plan_survives_a_second_loading(db: None) -> None:
    enterprise = load("multi-location")["Enterprise"]
    save_plan(enterprise, {"monthly_price": 49900})
    assert load("multi-location")["Enterprise"].monthly_price == 49900


def test_every_file_of_the_folder_is_offered() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.yaml")) == sorted(grid_names())


@pytest.mark.parametrize("name", grid_names())
def test_every_key_of_a_grid_is_registered_or_waits(name: str) -> None:
    """And none waits in vain: a slip in `waiting` would hide a slip below."""
    grid = example(name)
    named = {
        key for plan in grid.plans for part in ("capabilities", "limits") for key in plan.data[part]
    }
    assert set(grid.document.content["waiting"]) <= named
    assert [plan.name for plan in grid.plans if plan.is_default] == ["Free trial"]
