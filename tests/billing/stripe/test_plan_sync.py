"""A saved plan is at Stripe by itself: one product, its prices, and never anything free."""

from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from billing.models import GatewayPrice, PlanSync
from billing.services import plan_sync
from billing.services.plan_sync import LEASE, State
from plans.models import Plan, PlatformSettings
from plans.services.plans import delete_plan, duplicate_plan, save_plan
from saas.celery import app
from saas.core.clock import now
from tests.billing.money import NOW
from tests.billing.stripe.shop import PLACE, Shop, state_of

PLANS = "stripe:sandbox"


def products(shop: Shop, **wanted: object) -> list[str]:
    return [each["name"] for each in shop.at("product", **wanted)]


def prices(shop: Shop, **wanted: object) -> list[tuple[str, int]]:
    return [
        (each["recurring"]["interval"], each["unit_amount"]) for each in shop.at("price", **wanted)
    ]


@pytest.mark.req(86, 88, 90)
def test_plan_becomes_one_product_with_a_price_for_each_cycle(shop: Shop, plan: Plan) -> None:
    save_plan(plan, {"description": "<p>For <b>salons</b>.</p><ul><li>Five seats</li></ul>"})
    ids = shop.sell(plan)
    product = shop.at("product")[0]
    assert (product["name"], product["description"]) == ("Team", "For salons . Five seats")
    assert product["metadata"]["plan_id"] == str(plan.pk)
    assert prices(shop) == [("month", 2900), ("year", 29000)]
    assert ids == {
        "product": product["id"],
        "monthly": shop.at("price")[0]["id"],
        "annual": shop.at("price")[1]["id"],
    }
    known = GatewayPrice.objects.filter(plan=plan, **PLACE).order_by("amount")
    assert [(one.external_id, one.cycle, one.amount, one.currency) for one in known] == [
        (ids["monthly"], "monthly", 2900, "USD"),
        (ids["annual"], "annual", 29000, "USD"),
    ]
    assert state_of(plan) == (State.DONE, "")


@pytest.mark.req(87)
def test_saving_a_plan_is_all_that_has_to_be_done(
    shop: Shop, plan: Plan, django_capture_on_commit_callbacks: object
) -> None:
    """The event enqueues a task and marks the plan; either is enough."""
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        save_plan(plan, {"name": "Crew"})
    row = PlanSync.objects.get(plan=plan)
    assert (row.state, row.due_at is not None) == (State.DUE, True)
    app.tasks["billing.tasks.gateways.sync_plan"](plan.pk)
    assert products(shop) == ["Crew"]
    assert state_of(plan)[0] == State.DONE


@pytest.mark.req(87)
def test_sweep_finds_what_no_message_told_of(shop: Shop, plan: Plan) -> None:
    """A process that dies between the commit and the message loses the message."""
    app.tasks["billing.tasks.gateways.sync_due"]()
    assert products(shop) == ["Team"], "its prices were not at Stripe"
    assert plan_sync.due(now()) == []
    Plan.objects.filter(pk=plan.pk).update(monthly_price=3900)
    assert plan_sync.due(now()) == [plan.pk]
    PlatformSettings.objects.update(currency="EUR")
    shop.send(plan)
    assert {price["currency"] for price in shop.at("price", active=True)} == {"eur"}
    assert plan_sync.due(now()) == []


def test_saving_again_as_it_is_asks_for_nothing(shop: Shop, plan: Plan, spoken: list[str]) -> None:
    shop.send(plan)
    spoken.clear()
    shop.send(plan)
    assert {request.split()[0] for request in spoken} == {"GET"}
    assert len(shop.at("price")) == 2


@pytest.mark.req(89)
def test_renamed_plan_renames_its_product(shop: Shop, plan: Plan) -> None:
    ids = shop.sell(plan)
    save_plan(plan, {"name": "Crew", "description": "<p>More</p>"})
    assert shop.sell(plan) == ids
    product = shop.at("product")[0]
    assert (product["name"], product["description"]) == ("Crew", "More")
    save_plan(plan, {"description": ""})
    shop.send(plan)
    assert shop.at("product")[0]["description"] is None
    assert products(shop) == ["Crew"]


@pytest.mark.req(88, 90)
def test_changed_amount_is_a_new_price_and_the_old_one_is_archived_and_known(
    shop: Shop, plan: Plan
) -> None:
    before = shop.sell(plan)
    save_plan(plan, {"monthly_price": 3900})
    after = shop.sell(plan)
    assert after["product"] == before["product"]
    assert after["annual"] == before["annual"]
    assert after["monthly"] != before["monthly"]
    assert prices(shop, active=True) == [("year", 29000), ("month", 3900)]
    old = GatewayPrice.objects.get(external_id=before["monthly"])
    assert (old.plan, old.amount, old.archived_at) == (plan, 2900, shop.now)
    assert not shop.price(before["monthly"])["active"]


def test_amount_that_comes_back_takes_up_the_price_that_said_so(shop: Shop, plan: Plan) -> None:
    """Within a day Stripe would answer the same request with the archived price."""
    before = shop.sell(plan)
    for amount in (3900, 2900):
        save_plan(plan, {"monthly_price": amount})
        shop.send(plan)
    assert shop.sell(plan)["monthly"] == before["monthly"]
    assert shop.price(before["monthly"])["active"]
    assert GatewayPrice.objects.get(external_id=before["monthly"]).archived_at is None
    assert prices(shop, active=True) == [("month", 2900), ("year", 29000)]


def test_cycle_that_is_not_offered_any_more_is_archived(shop: Shop, plan: Plan) -> None:
    ids = shop.sell(plan)
    save_plan(plan, {"annual_price": 0})
    assert "annual" not in shop.sell(plan)
    assert not shop.price(ids["annual"])["active"]
    assert GatewayPrice.objects.get(external_id=ids["annual"]).archived_at is not None
    save_plan(plan, {"annual_price": 29000})
    assert shop.sell(plan)["annual"] == ids["annual"]


def test_other_currency_is_other_prices(shop: Shop, plan: Plan) -> None:
    shop.send(plan)
    PlatformSettings.objects.update(currency="JPY")
    shop.send(plan)
    active = shop.at("price", active=True)
    assert [(one["currency"], one["unit_amount"]) for one in active] == [
        ("jpy", 2900),
        ("jpy", 29000),
    ]


@pytest.mark.req(92)
def test_free_plan_is_never_sent(
    shop: Shop, plan: Plan, small_plan: Plan, spoken: list[str]
) -> None:
    Plan.objects.filter(pk=plan.pk).update(monthly_price=0, annual_price=0)
    save_plan(small_plan, {"name": "Gratis"})
    shop.send(small_plan)
    assert plan_sync.due(NOW + timedelta(days=1)) == []
    assert small_plan.pk not in plan_sync.sync_everything(NOW)
    assert spoken == []
    assert products(shop) == []
    assert small_plan.gateway_ids == {}


@pytest.mark.req(92)
def test_plan_that_became_free_is_not_sold_and_comes_back(shop: Shop, plan: Plan) -> None:
    before = shop.sell(plan)
    save_plan(plan, {"monthly_price": 0, "annual_price": 0})
    shop.send(plan)
    assert products(shop, active=True) == []
    assert prices(shop, active=True) == []
    assert plan.gateway_ids[PLANS] == {"product": before["product"]}
    assert not GatewayPrice.objects.filter(archived_at__isnull=True).exists()
    shop.send(plan)
    save_plan(plan, {"monthly_price": 2900, "annual_price": 29000})
    assert shop.sell(plan) == before
    assert products(shop, active=True) == ["Team"]


@pytest.mark.req(88)
def test_copy_is_a_product_of_its_own(shop: Shop, plan: Plan) -> None:
    shop.send(plan)
    copy = duplicate_plan(plan)
    shop.send(copy)
    assert products(shop) == ["Team", "Team (copy)"]
    assert copy.gateway_ids[PLANS]["product"] != plan.gateway_ids[PLANS]["product"]


# By hand at Stripe


def test_product_that_was_archived_by_hand_is_taken_up_again(shop: Shop, plan: Plan) -> None:
    ids = shop.sell(plan)
    client = shop.sandbox.client()
    client.v1.products.update(ids["product"], {"active": False})
    client.v1.prices.update(ids["monthly"], {"active": False})
    assert shop.sell(plan) == ids
    assert products(shop, active=True) == ["Team"]
    assert len(prices(shop, active=True)) == 2


def test_product_that_was_deleted_by_hand_is_made_anew(shop: Shop, plan: Plan) -> None:
    """Also on the same day, when Stripe still answers the first request with what is gone."""
    ids = shop.sell(plan)
    forget(shop, ids["product"])
    again = shop.sell(plan)
    assert again["product"] != ids["product"]
    assert products(shop) == ["Team"]
    assert GatewayPrice.objects.filter(plan=plan, archived_at__isnull=True).count() == 2
    assert GatewayPrice.objects.get(external_id=ids["monthly"]).archived_at is not None
    Plan.objects.filter(pk=plan.pk).update(gateway_ids={})  # and nobody remembers either
    forget(shop, again["product"])
    plan.refresh_from_db()
    assert shop.sell(plan)["product"] not in {ids["product"], again["product"]}


def forget(shop: Shop, product_id: str) -> None:
    """The product and its prices are gone at Stripe."""
    with shop.sandbox.world.lock:
        store = shop.sandbox.world.store
        del store.objects["product"][product_id]
        for price in store.all("price", product=product_id):
            del store.objects["price"][price["id"]]


def test_default_price_that_was_set_by_hand_does_not_stand_in_the_way(
    shop: Shop, plan: Plan
) -> None:
    ids = shop.sell(plan)
    client = shop.sandbox.client()
    client.v1.products.update(ids["product"], {"default_price": ids["monthly"]})
    save_plan(plan, {"monthly_price": 3900})
    shop.send(plan)
    assert state_of(plan) == (State.DONE, "")
    client.v1.products.update(ids["product"], {"default_price": plan.gateway_ids[PLANS]["monthly"]})
    save_plan(plan, {"monthly_price": 0, "annual_price": 0})
    shop.send(plan)
    assert prices(shop, active=True) == []


def test_price_that_was_added_by_hand_is_left_alone(shop: Shop, plan: Plan) -> None:
    ids = shop.sell(plan)
    special = shop.sandbox.client().v1.prices.create(
        {
            "product": ids["product"],
            "currency": "usd",
            "unit_amount": 2900,
            "recurring": {"interval": "month"},
        }
    )
    save_plan(plan, {"monthly_price": 3900})
    shop.send(plan)
    assert shop.price(special.id)["active"]
    assert GatewayPrice.objects.count() == 3


def test_other_installation_on_the_same_account_has_its_own_product(
    shop: Shop, plan: Plan, settings: Settings
) -> None:
    shop.send(plan)
    Plan.objects.filter(pk=plan.pk).update(gateway_ids={})
    plan.refresh_from_db()
    settings.PLATFORM_URL = "https://another.example"
    shop.send(plan)
    assert products(shop) == ["Team", "Team"]


# Deleted plans


def test_deleted_plan_cannot_be_bought_at_stripe(shop: Shop, db: None) -> None:
    solo = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(solo)
    ids = solo.gateway_ids
    delete_plan(solo)
    app.tasks["billing.tasks.gateways.archive_plan"](ids)
    assert products(shop, active=True) == []
    assert prices(shop, active=True) == []
    assert GatewayPrice.objects.get().archived_at is not None


def test_deletion_that_nobody_heard_of_is_found_by_the_sweep(
    shop: Shop, plan: Plan, spoken: list[str]
) -> None:
    solo = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(solo)
    delete_plan(solo)
    plan_sync.archive_gone(shop.now)
    assert products(shop, active=True) == []
    spoken.clear()
    plan_sync.archive_gone(shop.now)
    assert spoken == []


def test_plan_that_is_deleted_while_it_is_sent_is_not_left_at_stripe(
    shop: Shop, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    solo = Plan.objects.create(name="Solo", monthly_price=900)
    during(monkeypatch, lambda: delete_plan(solo))
    plan_sync.sync(solo.pk, shop.now)
    assert products(shop, active=True) == []
    assert prices(shop, active=True) == []
    assert not PlanSync.objects.exists()
    assert [price.plan_id for price in GatewayPrice.objects.all()] == [None]


def test_plan_that_is_gone_is_nothing_to_send(shop: Shop, spoken: list[str]) -> None:
    plan_sync.sync(999_999, NOW)
    assert plan_sync.mark_due([999_999], NOW) == []
    assert spoken == []


# Several at once


def during(monkeypatch: pytest.MonkeyPatch, act: object) -> None:
    """`act()` happens once, after Stripe has answered and before we have written that down."""
    from billing.gateways.stripe import catalogue

    real, done = catalogue.sync_plan, []

    def slow(*args: object) -> dict[str, str]:
        ids = real(*args)  # type: ignore[arg-type]
        if not done:
            done.append(act())  # type: ignore[operator]
        return ids

    monkeypatch.setattr(catalogue, "sync_plan", slow)


def test_plan_that_is_saved_while_it_is_sent_is_sent_again(
    shop: Shop, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save() -> None:
        save_plan(plan, {"name": "Crew", "monthly_price": 3900})
        plan_sync.mark_due([plan.pk], shop.now)

    during(monkeypatch, save)
    shop.send(plan)
    assert products(shop) == ["Crew"]
    assert prices(shop, active=True) == [("year", 29000), ("month", 3900)]
    assert state_of(plan) == (State.DONE, "")


def test_plan_is_sent_by_one_worker_at_a_time(shop: Shop, plan: Plan, spoken: list[str]) -> None:
    PlanSync.objects.create(plan=plan, **PLACE, due_at=NOW + LEASE)
    shop.send(plan)
    plan_sync.mark_due([plan.pk], NOW)
    shop.send(plan)
    assert spoken == []
    assert plan_sync.due(NOW) == []
    assert plan_sync.due(NOW + LEASE) == [plan.pk], "the worker is gone"
    plan_sync.sync(plan.pk, NOW + LEASE)
    assert products(shop) == ["Team"]


def test_answer_of_a_worker_whose_lease_was_over_changes_no_state(
    shop: Shop, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = NOW + LEASE + LEASE
    during(monkeypatch, lambda: PlanSync.objects.update(due_at=later))
    shop.send(plan)
    assert PlanSync.objects.get().due_at == later
    assert GatewayPrice.objects.count() == 2


# Keys


@pytest.mark.req(91)
def test_without_keys_saving_works_and_the_plan_waits(
    world: object, plan: Plan, settings: Settings, django_capture_on_commit_callbacks: object
) -> None:
    settings.STRIPE_SANDBOX_URL = ""
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        save_plan(plan, {"name": "Crew", "monthly_price": 3900})
    plan_sync.sync(plan.pk, NOW)
    assert not PlanSync.objects.exists()
    assert plan_sync.due(NOW) == []


@pytest.mark.req(91)
def test_with_keys_everything_that_waited_is_sent(
    shop: Shop, plan: Plan, small_plan: Plan, django_capture_on_commit_callbacks: object
) -> None:
    from saas.core.events import emit

    solo = Plan.objects.create(name="Solo", annual_price=9000)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        emit("billing.gateway_connected", gateway="stripe", environment="sandbox")
    assert set(PlanSync.objects.values_list("plan", flat=True)) == {plan.pk, solo.pk}
    app.tasks["billing.tasks.gateways.sync_everything"]()
    assert sorted(products(shop)) == ["Solo", "Team"]
    solo.refresh_from_db()
    assert set(solo.gateway_ids[PLANS]) == {"product", "annual"}


def test_environments_have_ids_of_their_own(shop: Shop, plan: Plan) -> None:
    from billing.gateways.base import RecurringGateway
    from billing.gateways.stripe import StripeGateway

    ids = shop.sell(plan)
    test: RecurringGateway = StripeGateway(
        "test", {"secret_key": "sk_test_other"}, shop.sandbox.url
    )
    shop.sandbox.reset()
    plan_sync.sync_with(test, plan.pk, NOW)
    plan.refresh_from_db()
    assert set(plan.gateway_ids) == {"stripe:sandbox", "stripe:test"}
    assert plan.gateway_ids[PLANS] == ids
    assert GatewayPrice.objects.filter(environment="test").count() == 2


def test_editor_that_is_open_does_not_notice(shop: Shop, plan: Plan) -> None:
    seen = plan.version
    shop.send(plan)
    assert save_plan(plan, {"name": "Crew"}, seen=seen).name == "Crew"


def test_looking_what_is_due_costs_the_same_for_thirty_plans(
    shop: Shop, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        Plan.objects.create(name=f"Plan {number}", monthly_price=100 + number)
    plan_sync.due(NOW)
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert len(plan_sync.due(NOW)) == 31
    assert connection.in_atomic_block
