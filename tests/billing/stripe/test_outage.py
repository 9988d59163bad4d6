"""Stripe is away, or its answer is lost: nothing is half done, it is said in a sentence, and it heals by itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from billing.gateways.base import GatewayRefused, GatewayUnavailable
from billing.gateways.stripe import StripeGateway, client
from billing.models import GatewayPrice, Payment, PlanSync, Status, Subscription
from billing.services import checkout, plan_sync, pushing, subscriptions
from billing.services.gateways import NotConnected, connect_to
from billing.services.plan_sync import PAUSES, State
from plans.models import Plan
from plans.services.plans import save_plan
from sandbox.stripe.errors import StripeError
from tenants.models import Tenant, User
from tests.billing.money import NOW, press
from tests.billing.stripe.shop import Shop, an_order, state_of
from tests.world import World

ALWAYS = 99
FAULTS = ["500", "timeout", "connection", "after"]
NOT_SENT = [kind for kind in FAULTS if kind != "after"]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second try waits half a second by itself; nobody waits ten for an answer here."""
    monkeypatch.setattr(client, "TIMEOUT", (0.3, 0.3))
    monkeypatch.setattr(client, "RETRIES", 0)


def strike(shop: Shop, kind: str, times: int = ALWAYS, **where: str) -> None:
    shop.sandbox.fault(kind, times=times, seconds=2, **where)


def heal(shop: Shop) -> None:
    shop.sandbox.plan.clear()


# Pages to pay on


@pytest.mark.parametrize("kind", FAULTS)
def test_order_that_stripe_does_not_answer_can_be_begun_again(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User, kind: str
) -> None:
    shop.send(plan)
    strike(shop, kind, method="POST", path="/v1/checkout/sessions")
    pressed = press(ana, 2900, gateway="stripe")
    payment = checkout.order_plan(on_free, plan.pk, "monthly", pressed, now=NOW)
    with pytest.raises(GatewayUnavailable, match="Stripe does not answer at present") as caught:
        checkout.begin(payment, now=NOW)
    assert caught.value.status == 503
    payment.refresh_from_db()
    assert (payment.status, payment.external_id, payment.pay_url) == (Status.PENDING, "", "")
    on_free.refresh_from_db()
    assert on_free.plan != plan
    heal(shop)
    way = checkout.begin(payment, now=NOW)
    assert way.url
    assert len(shop.at("checkout.session")) == 1, "the lost answer is given again"
    shop.sandbox.pay(way.url)
    shop.hear()
    payment.refresh_from_db()
    assert payment.status == Status.PAID


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("path", ["/v1/customers", "/v1/coupons"])
def test_whatever_is_made_on_the_way_is_made_once(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User, kind: str, path: str
) -> None:
    bigger = Plan.objects.create(name="Team+", monthly_price=5900)
    shop.send(plan, bigger)
    if path == "/v1/coupons":
        shop.buy(on_free, plan, ana, due=2900)
    due = 3000 if path == "/v1/coupons" else 5900
    payment = checkout.order_plan(
        on_free, bigger.pk, "monthly", press(ana, due, gateway="stripe"), now=NOW
    )
    strike(shop, kind, times=1, method="POST", path=path)
    with pytest.raises(GatewayUnavailable):
        checkout.begin(payment, now=NOW)
    assert checkout.begin(payment, now=NOW).url
    assert len(shop.at("customer")) == 1
    assert len(shop.at("coupon")) == (1 if path == "/v1/coupons" else 0)


@pytest.mark.parametrize("kind", NOT_SENT)
def test_looking_at_a_payment_leaves_it_as_it_is(
    shop: Shop, on_free: Tenant, ana: User, kind: str
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    strike(shop, kind)
    with pytest.raises(GatewayUnavailable):
        checkout.look(payment, now=NOW)
    payment.refresh_from_db()
    assert payment.status == Status.PENDING
    heal(shop)
    checkout.look(payment, now=NOW + timedelta(minutes=1))
    payment.refresh_from_db()
    assert payment.status == Status.PAID


def test_refund_whose_answer_is_lost_is_one_refund(shop: Shop, on_free: Tenant, ana: User) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    shop.hear()
    payment.refresh_from_db()
    strike(shop, "after", times=1, path="/v1/refunds")
    with pytest.raises(GatewayUnavailable):
        shop.gateway.refund(payment.charge_id, 2000, "USD", key="refund:1")
    shop.gateway.refund(payment.charge_id, 2000, "USD", key="refund:1")
    assert [refund["amount"] for refund in shop.at("refund")] == [2000]


def test_sdk_tries_once_more_by_itself(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "RETRIES", 1)
    client.client_for.cache_clear()
    for kind in FAULTS:
        strike(shop, kind, times=1)
        assert shop.gateway.start(an_order(f"pay_{kind}")).url
    assert len(shop.at("checkout.session")) == len(FAULTS)


# Plans


@pytest.mark.req(91)
@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("path", ["/v1/products*", "/v1/prices*"])
def test_plan_that_could_not_be_sent_is_sent_later(
    shop: Shop, plan: Plan, kind: str, path: str
) -> None:
    strike(shop, kind, path=path, method="POST")
    shop.send(plan)
    state, reason = state_of(plan)
    assert state == State.FAILED
    assert reason
    row = PlanSync.objects.get()
    assert (row.attempts, row.due_at) == (1, NOW + PAUSES[0])
    assert plan_sync.due(NOW) == []
    heal(shop)
    later = NOW + PAUSES[0]
    assert plan_sync.due(later) == [plan.pk]
    plan_sync.sync(plan.pk, later)
    assert state_of(plan) == (State.DONE, "")
    assert len(shop.at("product")) == 1
    assert len(shop.at("price")) == 2
    assert GatewayPrice.objects.count() == 2


def test_pauses_grow_up_to_a_quarter_of_a_day(shop: Shop, plan: Plan) -> None:
    strike(shop, "connection")
    moment = NOW
    for pause in (*PAUSES, PAUSES[-1], PAUSES[-1]):
        plan_sync.sync(plan.pk, moment)
        due_at = PlanSync.objects.get().due_at
        assert due_at == moment + pause
        moment = due_at


def test_every_step_may_be_the_one_that_is_lost(shop: Shop, plan: Plan) -> None:
    """Each request in turn is carried out and its answer lost; then all is tried again."""
    moment = NOW
    for number in range(12):
        Plan.objects.filter(pk=plan.pk).update(
            name=f"Team {number}",
            monthly_price=1000 + number,
            annual_price=0 if number % 3 else 9000,
        )
        strike(shop, "after", times=1, method="POST")
        for _try in range(8):
            moment += timedelta(hours=7)
            if plan_sync.sync_with(shop.gateway, plan.pk, moment):
                break
        assert state_of(plan) == (State.DONE, "")
    assert len(shop.at("product")) == 1
    active = [each["unit_amount"] for each in shop.at("price", active=True)]
    assert active == [1011]
    assert len({each["id"] for each in shop.at("price")}) == 12 + 1
    known = GatewayPrice.objects.filter(archived_at__isnull=True)
    assert [price.amount for price in known] == [1011]


def test_saving_goes_on_while_stripe_is_away(shop: Shop, plan: Plan) -> None:
    strike(shop, "500")
    save_plan(plan, {"name": "Crew"})
    shop.send(plan)
    assert Plan.objects.get(pk=plan.pk).name == "Crew"
    reason = state_of(plan)[1]
    assert reason.startswith("An unknown error occurred")


@pytest.mark.req(91)
def test_wrong_key_is_said(shop: Shop, plan: Plan) -> None:
    wrong = StripeGateway("sandbox", {"secret_key": "sk_wrong_4242424242"}, shop.sandbox.url)
    plan_sync.sync_with(wrong, plan.pk, NOW)
    state, reason = state_of(plan)
    assert state == State.FAILED
    assert reason.startswith("The key is wrong, or was withdrawn.")
    assert "sk_" not in reason


def test_retry_sends_it_at_once(shop: Shop, plan: Plan) -> None:
    strike(shop, "connection")
    shop.send(plan)
    heal(shop)
    plan_sync.retry(plan, NOW)
    row = PlanSync.objects.get()
    assert (row.state, row.due_at, row.reason) == (State.DUE, NOW, "")
    shop.send(plan)
    assert state_of(plan) == (State.DONE, "")
    assert PlanSync.objects.get().attempts == 0


@pytest.mark.parametrize("path", ["/v1/products", "/v1/prices"])
def test_trouble_that_stripe_remembers_is_not_asked_for_again(
    shop: Shop, plan: Plan, path: str
) -> None:
    """What it answered under an idempotency key it repeats for a day, be that its own failure."""
    real = shop.sandbox.world.store.add
    broken = shop.sandbox.world.store

    def add(obj: dict[str, object]) -> dict[str, object]:
        if f"/v1/{obj['object']}s" == path:
            raise StripeError("Something went wrong on Stripe’s end.", status=402, kind="api_error")
        return real(obj)

    broken.add = add  # type: ignore[method-assign,assignment]
    shop.send(plan)
    assert state_of(plan)[0] == State.FAILED
    broken.add = real  # type: ignore[method-assign]
    plan_sync.retry(plan, NOW)
    shop.send(plan)
    assert state_of(plan) == (State.DONE, "")


def test_failure_nobody_thought_of_is_said_and_tried_again(
    shop: Shop, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    from billing.gateways.stripe import catalogue

    def broken(*args: object) -> None:
        raise KeyError("active")

    monkeypatch.setattr(catalogue, "sync_plan", broken)
    shop.send(plan)
    assert state_of(plan) == (State.FAILED, "KeyError: 'active'")
    assert PlanSync.objects.get().due_at == NOW + PAUSES[0]


def test_amount_that_stripe_cannot_charge_is_said_on_the_plan(shop: Shop, plan: Plan) -> None:
    from plans.models import PlatformSettings

    PlatformSettings.objects.update(currency="KWD")
    Plan.objects.filter(pk=plan.pk).update(monthly_price=5124)
    shop.send(plan)
    state, reason = state_of(plan)
    assert (state, "the last decimal must be 0" in reason) == (State.FAILED, True)


# Buying a plan that is not there yet


def test_plan_that_is_not_at_stripe_yet_is_sent_on_the_spot(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    payment = shop.order(on_free, plan, ana, due=2900)
    assert payment.pay_url
    assert state_of(plan) == (State.DONE, "")


def test_plan_that_cannot_be_sent_is_asked_for_later(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User, spoken: list[str]
) -> None:
    strike(shop, "500", path="/v1/products*")
    payment = checkout.order_plan(
        on_free, plan.pk, "monthly", press(ana, 2900, gateway="stripe"), now=NOW
    )
    with pytest.raises(checkout.Conflict, match="just being prepared for payment by card"):
        checkout.begin(payment, now=NOW)
    assert len([request for request in spoken if "products" in request]) == 1, "one try"
    payment.refresh_from_db()
    assert payment.status == Status.PENDING
    heal(shop)
    assert checkout.begin(payment, now=NOW).url


def test_plan_that_costs_something_else_by_now_is_not_begun(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    payment = checkout.order_plan(
        on_free, plan.pk, "monthly", press(ana, 2900, gateway="stripe"), now=NOW
    )
    Plan.objects.filter(pk=plan.pk).update(monthly_price=3900)
    shop.send(plan)
    with pytest.raises(checkout.PriceChanged, match=r"\$39.00"):
        checkout.begin(payment, now=NOW)
    payment.refresh_from_db()
    assert payment.status == Status.FAILED
    assert shop.at("checkout.session") == []


# Subscriptions


@pytest.mark.parametrize("kind", FAULTS)
def test_subscription_is_told_later(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User, kind: str
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    subscriptions.cancel(on_free, reason="", now=NOW)
    strike(shop, kind, path="/v1/subscriptions*")
    assert shop.push_all() == 0
    running.refresh_from_db()
    assert running.push_error
    assert (running.push_attempts, running.push_due_at) == (1, NOW + pushing.PAUSES[0])
    heal(shop)
    assert pushing.push(running.pk, NOW + pushing.PAUSES[0])
    running.refresh_from_db()
    assert (running.push_due_at, running.push_error, running.push_attempts) == (None, "", 0)
    assert shop.running() == []


@pytest.mark.parametrize("path", ["/v1/subscription_schedules", "/v1/subscription_schedules/*"])
@pytest.mark.parametrize("kind", FAULTS)
def test_switch_whose_answer_is_lost_is_one_switch(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User, kind: str, path: str
) -> None:
    from tests.billing.stripe.test_pushing import go_on_with

    small = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(plan, small)
    running = shop.buy(on_free, plan, ana, due=2900)
    go_on_with(on_free, small, "monthly")
    strike(shop, kind, times=1, method="POST", path=path)
    assert shop.push_all() == 0
    assert pushing.push(running.pk, NOW + pushing.PAUSES[0])
    assert len(shop.at("subscription_schedule")) == 1
    shop.sandbox.advance_to(running.period_end)
    shop.hear()
    assert Payment.objects.get(purpose="renewal").amount == 900


@pytest.mark.req(68)
def test_old_subscription_is_ended_when_stripe_is_back(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    bigger = Plan.objects.create(name="Team+", monthly_price=5900)
    shop.send(plan, bigger)
    shop.buy(on_free, plan, ana, due=2900)
    new = shop.buy(on_free, bigger, ana, due=3000)
    strike(shop, "500")
    assert shop.push_all() == 0
    assert len(shop.running()) == 2
    heal(shop)
    assert sum(
        pushing.push(pk, NOW + timedelta(hours=1))
        for pk in pushing.due(NOW + timedelta(hours=1), 9)
    )
    assert shop.running() == [new.external_id]


def test_keys_that_were_removed_are_waited_for(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    Subscription.objects.update(environment="live")
    subscriptions.cancel(on_free, reason="", now=NOW)
    assert shop.push_all() == 0
    running.refresh_from_db()
    assert running.push_error
    assert running.push_due_at == NOW + pushing.PAUSES[0]


# Errors in our words


@pytest.mark.parametrize(
    ("path", "kind", "error"),
    [("*", "500", GatewayUnavailable), ("*", "connection", GatewayUnavailable), ("*", "timeout", GatewayUnavailable)],
)  # fmt: skip
def test_trouble_is_unavailable(shop: Shop, path: str, kind: str, error: type[Exception]) -> None:
    strike(shop, kind, path=path)
    for act in (
        shop.gateway.test_connection,
        lambda: shop.gateway.find_subscription("sub_1"),
        lambda: shop.gateway.abandon("cs_1"),
        lambda: shop.gateway.card_page("cus_1", "http://x.localhost/"),
        lambda: list(shop.gateway.paid_since(NOW)),
        lambda: shop.gateway.archive_plan({"product": "prod_1"}),
    ):
        with pytest.raises(error):
            act()


def test_connection_is_tested_by_name(shop: Shop) -> None:
    assert shop.gateway.test_connection() == "Sandbox"
    with pytest.raises(GatewayRefused) as caught:
        StripeGateway("test", {"secret_key": "nonsense"}, shop.sandbox.url).test_connection()
    assert "nonsense" not in caught.value.detail


def test_nobody_home_is_unavailable() -> None:
    gateway = StripeGateway("sandbox", {"secret_key": "sk_test_1"}, "http://localhost:9")
    with pytest.raises(GatewayUnavailable) as caught:
        gateway.test_connection()
    assert caught.value.detail


def test_billing_page_stays_up(
    shop: Shop, client_for: object, on_free: Tenant, ana: User, spoken: list[str]
) -> None:
    strike(shop, "500")
    page: Client = client_for(ana, on_free)  # type: ignore[operator]
    assert page.get("/panel/billing/").status_code == 200
    assert spoken == []


def test_double_without_an_address_is_not_taken_for_the_company(
    settings: Any, world: World
) -> None:
    """Its key, which everybody knows, is shown to nobody."""
    settings.STRIPE_SANDBOX_URL = ""
    with pytest.raises(NotConnected):
        connect_to("stripe", "sandbox")
