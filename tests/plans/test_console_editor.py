"""The plan editor, as a browser without a script uses it: every field, switch and limit."""

import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plans.models import Plan
from plans.registry import Capability, Limit, registry
from plans.services.plans import save_plan
from plans.services.settings import save_platform_settings
from tenants.models import Tenant
from tests.plans.pages import HTMX, address, read_form, save, typed


def fresh(plan: Plan) -> Plan:
    return Plan.objects.get(pk=plan.pk)


@pytest.mark.req(4)
def test_editor_has_three_tabs_in_one_form_as_dialog_and_as_page(desk: Client, plan: Plan) -> None:
    for path in (address(plan), address(None)):
        for headers in ({}, HTMX):
            page = desk.get(path, headers=headers).content.decode()
            tabs = re.findall(r'role="tab"[^>]*>(\w+)</button>', page)
            assert tabs == ["Details", "Capabilities", "Limits"]
            assert page.count(f'action="{path}"') == 1
            assert ("<html" in page) is not bool(headers)


def test_saving_what_the_page_shows_changes_nothing(desk: Client, plan: Plan) -> None:
    save_plan(
        plan,
        {
            "annual_discount": Decimal("12.5"),
            "description": "<p>A &amp; <b>B</b></p>",
            "limits": {"staff": 0},
        },
    )
    before = Plan.objects.values().get(pk=plan.pk)
    assert save(desk, plan).status_code == 302
    after = Plan.objects.values().get(pk=plan.pk)
    assert {**after, "updated_at": None} == {**before, "updated_at": None}


def test_nine_fields_of_a_new_plan_are_stored(desk: Client, plan: Plan) -> None:
    response = save(
        desk,
        None,
        name="  Pro  ",
        bookmark_text="BEST VALUE",
        color="#A1b2C3",
        order_number="7",
        monthly_price="$1,029.50",
        annual_price="5",
        annual_discount="99.5",
        is_hidden="on",
        description='<ul><li><b>Bold</b> <a href="https://x.example">link</a></li></ul>',
    )
    assert response["Location"] == "/console/plans/"
    row = Plan.objects.get(name="Pro")
    assert row.bookmark_text == "BEST VALUE"
    assert row.color == "#A1b2C3"
    assert row.order_number == 7
    assert (row.monthly_price, row.annual_price) == (102950, 500)
    assert row.annual_discount == Decimal("99.5")
    assert row.is_hidden
    assert row.description.startswith("<ul><li><b>Bold</b> <a href=")
    assert not row.is_default


def test_bookmark_text_may_be_empty(desk: Client, plan: Plan) -> None:
    save_plan(plan, {"bookmark_text": "POPULAR"})
    assert save(desk, plan, bookmark_text="").status_code == 302
    assert fresh(plan).bookmark_text == ""


@pytest.mark.req(12)
@pytest.mark.parametrize(
    ("monthly", "annual"), [("10", "1"), ("0", "500"), ("500", "0"), ("1", "99999")]
)
def test_prices_are_independent(desk: Client, plan: Plan, monthly: str, annual: str) -> None:
    assert save(desk, plan, monthly_price=monthly, annual_price=annual).status_code == 302
    assert (fresh(plan).monthly_price, fresh(plan).annual_price) == (
        int(monthly) * 100,
        int(annual) * 100,
    )


@pytest.mark.req(13)
@pytest.mark.parametrize("discount", ["0", "", "17", "33.33", "250", "-5"])
def test_annual_discount_is_any_number_and_changes_no_price(
    desk: Client, plan: Plan, discount: str
) -> None:
    assert save(desk, plan, annual_discount=discount).status_code == 302
    assert fresh(plan).annual_discount == Decimal(discount or 0)
    assert (fresh(plan).monthly_price, fresh(plan).annual_price) == (2900, 29000)


@pytest.mark.parametrize(
    ("currency", "text", "minor"), [("JPY", "2,900", 2900), ("KWD", "1.234", 1234)]
)
def test_prices_have_the_decimals_of_the_platforms_currency(
    desk: Client, plan: Plan, currency: str, text: str, minor: int
) -> None:
    save_platform_settings({"currency": currency})
    assert save(desk, plan, monthly_price=text).status_code == 302
    assert fresh(plan).monthly_price == minor


def test_saved_by_htmx_closes_the_dialog_and_reloads_the_list(desk: Client, plan: Plan) -> None:
    response = desk.post(address(plan), typed(desk, plan, name="Crew"), headers=HTMX)
    assert response.status_code == 204
    for word in ("dialogClose", "planSaved", "Crew is saved."):
        assert word in response["HX-Trigger"]


@pytest.mark.req(16)
def test_description_with_a_script_is_cleaned(desk: Client, plan: Plan) -> None:
    text = "<p>Hi</p><script>x()</script><img src=x onerror=x()>"
    assert save(desk, plan, description=text).status_code == 302
    assert fresh(plan).description == "<p>Hi</p>"


def test_description_typed_as_plain_lines_becomes_rich_text(desk: Client, plan: Plan) -> None:
    save(desk, plan, description="For teams\r\n- Reports & more\n- Coupons\n\nAsk us")
    assert fresh(plan).description == (
        "<p>For teams</p><ul><li>Reports &amp; more</li><li>Coupons</li></ul><p>Ask us</p>"
    )


@pytest.mark.req(17, 19)
def test_switches_are_stored_as_set(desk: Client, plan: Plan) -> None:
    on = ["services", "services.edit", "booking_page"]
    assert save(desk, plan, capabilities=on).status_code == 302
    entitlements = Tenant(plan=fresh(plan)).entitlements
    assert [key for key in registry.capabilities if entitlements.can(key)] == on


@pytest.mark.req(20)
def test_children_of_a_parent_that_is_switched_off_lose_nothing(desk: Client, plan: Plan) -> None:
    keep = [key for key in registry.capabilities if not key.startswith("services")]
    assert save(desk, plan, capabilities=keep).status_code == 302
    tenant_side = Tenant(plan=fresh(plan)).entitlements
    assert not tenant_side.can("services.add")
    assert save(desk, plan, capabilities=[*keep, "services", "services.add"]).status_code == 302
    assert Tenant(plan=fresh(plan)).entitlements.can("services.add")


@pytest.mark.req(30)
def test_an_installed_app_shows_its_switch_and_its_limit(desk: Client, plan: Plan) -> None:
    coupons = Capability("coupons", "Coupons")
    per_month = Limit(
        "mails", "E-mails", usage=lambda tenant, now: Plan.objects.none(), per="month"
    )
    with registry.temporarily(coupons, per_month):
        fields = read_form(desk.get(address(plan)))
        assert "coupons" not in fields["capabilities"]
        assert fields["limit-mails"] == ["0"]
        on = [*fields["capabilities"], "coupons"]
        save(desk, plan, capabilities=on, limit__mails="300")
    assert fresh(plan).capabilities["coupons"] is True
    assert fresh(plan).limits["mails"] == 300
    assert "Coupons" not in desk.get(address(plan)).content.decode()
    assert save(desk, plan, name="Later").status_code == 302
    assert fresh(plan).capabilities["coupons"] is True
    assert fresh(plan).limits["mails"] == 300


@pytest.mark.req(31, 33, 34, 35)
def test_limits_are_stored_as_number_none_or_unlimited(desk: Client, plan: Plan) -> None:
    for text, switch, stored in (
        ("12", None, 12),
        ("0", None, 0),
        ("", "on", -1),
        ("-1", None, -1),
    ):
        save(desk, plan, limit__staff=text, unlimited__staff=switch)
        assert fresh(plan).limits["staff"] == stored


def test_editor_costs_few_queries(desk: Client, plan: Plan, aurora: Tenant) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(address(plan)).status_code == 200
    asked = [query["sql"] for query in queries if not query["sql"].startswith("SET ")]
    assert len(asked) <= 6, asked


def test_new_plan_is_proposed_at_the_end_of_the_order(desk: Client, plan: Plan) -> None:
    fields = read_form(desk.get(address(None)))
    assert fields["order_number"] == [str(plan.order_number + 10)]
    assert fields["monthly_price"] == ["0.00"]
    assert "booking_page.remove_branding" not in fields["capabilities"]
