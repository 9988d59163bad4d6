"""Plans at PayPal: one product each, a billing plan for each price, and nothing made twice."""

import pytest

from billing.gateways.base import GatewayRefused, PlanPrices
from billing.models import GatewayPrice
from billing.services import plan_sync
from billing.services.plan_sync import State
from plans.models import Plan, PlatformSettings
from plans.services.plans import save_plan
from tests.billing.paypal.shop import PLACE, Shop
from tests.billing.stripe.conftest import Asked

ALWAYS = 99


def prices(shop: Shop, status: str = "ACTIVE") -> list[str]:
    found = shop.at("plan", status=status)
    return [each["billing_cycles"][0]["pricing_scheme"]["fixed_price"]["value"] for each in found]


def state_of(plan: Plan) -> tuple[str, str]:
    from billing.models import PlanSync

    row = PlanSync.objects.get(plan=plan, **PLACE)
    return row.state, row.reason


def test_plan_becomes_one_product_with_a_price_for_each_cycle(shop: Shop, plan: Plan) -> None:
    ids = shop.sell(plan)
    product = shop.at("product")[0]
    assert (product["id"], product["name"], product["type"]) == (ids["product"], "Team", "SERVICE")
    monthly, annual = shop.at("plan")
    assert (monthly["id"], annual["id"]) == (ids["monthly"], ids["annual"])
    cycle = monthly["billing_cycles"][0]
    assert (cycle["frequency"]["interval_unit"], cycle["total_cycles"]) == ("MONTH", 0)
    assert cycle["pricing_scheme"]["fixed_price"] == {"currency_code": "USD", "value": "29.00"}
    assert monthly["payment_preferences"]["auto_bill_outstanding"] is False
    assert monthly["name"] == "Team, monthly"
    assert state_of(plan) == (State.DONE, "")


def test_sending_again_as_it_is_changes_nothing(shop: Shop, plan: Plan, spoken: Asked) -> None:
    shop.sell(plan)
    spoken.clear()
    shop.sell(plan)
    assert [one for one in spoken if not one.startswith("GET")] == []


def test_renamed_plan_renames_what_payers_read(shop: Shop, plan: Plan) -> None:
    shop.sell(plan)
    save_plan(plan, {"name": "Crew"})
    shop.sell(plan)
    assert {each["name"] for each in shop.at("plan")} == {"Crew, monthly", "Crew, annual"}


def test_changed_amount_is_a_new_plan_and_the_old_one_is_inactive_and_known(
    shop: Shop, plan: Plan
) -> None:
    before = shop.sell(plan)
    save_plan(plan, {"monthly_price": 3900})
    after = shop.sell(plan)
    assert after["monthly"] != before["monthly"]
    assert (after["product"], after["annual"]) == (before["product"], before["annual"])
    assert prices(shop, "INACTIVE") == ["29.00"]
    old = GatewayPrice.objects.get(external_id=before["monthly"])
    assert (old.plan, old.amount, old.archived_at) == (plan, 2900, shop.now)


def test_amount_that_comes_back_takes_up_the_plan_that_said_so(shop: Shop, plan: Plan) -> None:
    before = shop.sell(plan)
    for amount in (3900, 2900):
        save_plan(plan, {"monthly_price": amount})
        after = shop.sell(plan)
    assert after == before
    assert len(shop.at("plan")) == 3


def test_other_currency_is_other_plans(shop: Shop, plan: Plan) -> None:
    shop.sell(plan)
    PlatformSettings.objects.update(currency="EUR")
    shop.sell(plan)
    money = [
        each["billing_cycles"][0]["pricing_scheme"]["fixed_price"]["currency_code"]
        for each in shop.at("plan", status="ACTIVE")
    ]
    assert money == ["EUR", "EUR"]


def test_plan_that_became_free_is_not_sold_and_comes_back(shop: Shop, plan: Plan) -> None:
    before = shop.sell(plan)
    save_plan(plan, {"monthly_price": 0, "annual_price": 0})
    shop.send(plan)
    assert prices(shop) == []
    save_plan(plan, {"monthly_price": 2900, "annual_price": 29000})
    assert shop.sell(plan) == before


def test_deleted_plan_cannot_be_bought_at_paypal(shop: Shop, db: None) -> None:
    plan = Plan.objects.create(name="Gone", monthly_price=900)
    shop.send(plan)
    plan.delete()
    plan_sync.archive_gone(shop.now)
    assert prices(shop) == []


def test_other_installation_on_the_same_account_has_its_own_product(
    shop: Shop, plan: Plan, settings: object
) -> None:
    first = shop.sell(plan)
    settings.PLATFORM_URL = "https://elsewhere.example"  # type: ignore[attr-defined]
    ids = shop.gateway.sync_plan(PlanPrices(plan.pk, "Team", "", "USD", {"monthly": 900}, {}))
    assert ids["product"] != first["product"]
    assert len(prices(shop)) == 3, "what the first one sells is left alone"


def test_more_prices_than_a_page_are_all_looked_through(shop: Shop, plan: Plan) -> None:
    plan.annual_price = 0
    plan.save()
    for amount in range(1000, 1025):
        Plan.objects.filter(pk=plan.pk).update(monthly_price=amount)
        shop.send(plan)
    Plan.objects.filter(pk=plan.pk).update(monthly_price=1000)
    shop.send(plan)
    assert prices(shop) == ["10.00"]
    assert len(shop.at("plan")) == 25


@pytest.mark.parametrize("kind", ["500", "connection", "after"])
@pytest.mark.parametrize("path", ["/v1/catalogs/products", "/v1/billing/plans"])
def test_plan_that_could_not_be_sent_is_sent_later_and_once(
    shop: Shop, plan: Plan, kind: str, path: str
) -> None:
    shop.sandbox.fault(kind, times=ALWAYS, path=path, method="POST")
    shop.send(plan)
    state, reason = state_of(plan)
    assert (state, bool(reason)) == (State.FAILED, True)
    shop.sandbox.plan.clear()
    shop.sandbox.advance(minutes=2)
    shop.send(plan)
    assert state_of(plan) == (State.DONE, "")
    assert len(shop.at("product")) == 1
    assert len(prices(shop)) == 2


def test_amount_that_paypal_cannot_charge_is_said_on_the_plan(shop: Shop, plan: Plan) -> None:
    PlatformSettings.objects.update(currency="KWD")
    shop.send(plan)
    state, reason = state_of(plan)
    assert state == State.FAILED
    assert reason.startswith("PayPal cannot charge KWD")


def test_plan_that_is_not_sold_any_more_cannot_be_ordered(shop: Shop, plan: Plan) -> None:
    from dataclasses import replace

    from billing.gateways.base import Recurring
    from tests.billing.stripe.shop import an_order

    ids = shop.sell(plan)
    shop.gateway.archive_plan(ids)
    shop.gateway.archive_plan(ids)
    recurring = Recurring(ids["monthly"], "monthly", 2900, 0, shop.now.replace(month=12))
    with pytest.raises(GatewayRefused) as caught:
        shop.gateway.start(replace(an_order(), recurring=recurring))
    assert "PLAN_STATUS_INVALID" in caught.value.detail
