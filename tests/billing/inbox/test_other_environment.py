"""The owner has switched to the other environment: what was bought before still renews, and is still heard."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from billing.gateways.base import Gateway
from billing.gateways.catalogue import KINDS
from billing.gateways.stripe import StripeGateway
from billing.models import GatewaySettings, Outcome, Payment, Subscription, WebhookEvent
from billing.services import checkout, gateways
from billing.services.inbox import hearing
from billing.tasks.gateways import give_up_test_orders
from plans.models import Plan
from sandbox.stripe.testing import SECRET, StripeSandbox
from tenants.models import Tenant, User
from tests.billing.inbox.shop import Post, Shop, an_event, work
from tests.billing.money import NOW
from tests.world import World

MONTH_LATER = NOW + timedelta(days=31)
FOREIGN = "Stripe: sent from “Test”, and “Live” is what is set now."


@pytest.fixture
def bought_before(
    sandbox: StripeSandbox,
    post: Post,
    world: World,
    plan: Plan,
    ana: User,
    monkeypatch: pytest.MonkeyPatch,
) -> Subscription:
    """Team, bought in test mode, whose Stripe is the double; then live keys were entered and chosen."""
    Tenant.objects.filter(pk=world.aurora.pk).update(plan=world.small_plan)
    world.aurora.refresh_from_db()
    shop = Shop(sandbox)
    shop.offer(plan)
    shop.buy(world.aurora, plan, ana)
    sandbox.deliver(post.receive)
    work()
    WebhookEvent.objects.all().delete()
    Payment.objects.update(environment="test")
    Subscription.objects.update(environment="test")
    _choose_live()
    stripe = KINDS["stripe"]

    def make(environment: str, secrets: Mapping[str, str], _url: str) -> Gateway:
        assert environment == "test" or secrets["secret_key"] == "sk_live"
        return stripe.make(environment, secrets, sandbox.url)

    monkeypatch.setitem(KINDS, "stripe", replace(stripe, make=make))
    return Subscription.objects.get()


def _choose_live() -> None:
    row = GatewaySettings(gateway="stripe", environment="live")
    test = {"secret_key": "sk_test_sandbox", "webhook_secret": SECRET}
    row.secrets = gateways.with_secrets(row, "test", test)
    live = {"secret_key": "sk_live", "webhook_secret": "whsec_live"}
    row.secrets = gateways.with_secrets(row, "live", live)
    row.save()
    hearing.forget()


def test_renewal_of_what_was_bought_before_is_carried_out(
    bought_before: Subscription, sandbox: StripeSandbox, post: Post
) -> None:
    sandbox.advance(days=31)
    assert sandbox.deliver(post.receive).failed == 0
    work(MONTH_LATER)
    renewal = Payment.objects.get(purpose="renewal")
    assert (renewal.environment, renewal.fulfilled_at) == ("test", MONTH_LATER)
    tenant = Tenant.objects.get(pk=bought_before.tenant_id)
    assert tenant.expires_at
    assert tenant.expires_at > MONTH_LATER
    heard = WebhookEvent.objects.get(kind="invoice.paid")
    assert (heard.environment, heard.outcome) == ("test", Outcome.DONE)


@pytest.mark.parametrize("kind", ["invoice.paid", "product.created"])
def test_what_is_not_ours_is_ignored_with_the_reason(
    bought_before: Subscription, post: Post, kind: str
) -> None:
    post.event(an_event(kind=kind), SECRET)
    work(MONTH_LATER)
    event = WebhookEvent.objects.get()
    assert (event.outcome, event.detail) == (Outcome.IGNORED, FOREIGN)


def test_where_nothing_was_bought_nobody_is_asked(
    bought_before: Subscription, post: Post, world: World
) -> None:
    Payment.objects.update(environment="sandbox")
    Subscription.objects.update(environment="sandbox")
    post.event(an_event(), SECRET)
    event = WebhookEvent.objects.get()
    assert (event.outcome, event.detail, event.due_at) == (Outcome.IGNORED, FOREIGN, None)


@pytest.fixture
def both_answer(
    bought_before: Subscription, sandbox: StripeSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The double plays Stripe's live mode, too, which would want a live key."""
    stripe = KINDS["stripe"]

    def make(environment: str, secrets: Mapping[str, str], url: str) -> Gateway:
        return StripeGateway(environment, {**secrets, "secret_key": "sk_test_sandbox"}, sandbox.url)

    monkeypatch.setitem(KINDS, "stripe", replace(stripe, make=make))


def left_open(shop_tenant: Tenant, by: User) -> Payment:
    """Ordered in test mode, whose page would still take a test card."""
    return Payment.objects.create(
        tenant=shop_tenant, gateway="stripe", environment="test", purpose="funds", amount=5000, currency="USD",
        title="Funds", external_id="cs_left", pay_url="https://stripe.example/left", by=by, created_at=NOW,
    )  # fmt: skip


def test_order_of_test_mode_is_begun_anew_with_real_money(
    both_answer: None, world: World, ana: User
) -> None:
    """Its page would take a test card for what is now paid for with money."""
    old = left_open(world.aurora, ana)
    way = checkout.begin(old, now=NOW)
    old.refresh_from_db()
    assert (old.status, way.payment.environment) == ("failed", "live")
    assert way.url not in {"", old.pay_url}


def test_orders_of_test_mode_are_given_up_once_live_mode_is_on(
    both_answer: None, world: World, ana: User
) -> None:
    old = left_open(world.aurora, ana)
    give_up_test_orders()
    old.refresh_from_db()
    assert old.status == "failed"


def test_live_orders_stay_open_in_test_mode(both_answer: None, world: World, ana: User) -> None:
    """What was begun with real money may still be paid with it."""
    GatewaySettings.objects.update(environment="test")
    old = left_open(world.aurora, ana)
    Payment.objects.filter(pk=old.pk).update(environment="live")
    give_up_test_orders()
    old.refresh_from_db()
    assert old.is_pending


def test_order_whose_keys_are_gone_can_be_given_up_and_begun_anew(
    both_answer: None, world: World, ana: User
) -> None:
    row = GatewaySettings.objects.get()
    row.secrets = gateways.with_secrets(row, "test", {})
    row.save()
    for act in (checkout.begin, checkout.abandon):
        old = left_open(world.aurora, ana)
        act(old, now=NOW)
        old.refresh_from_db()
        assert old.status == "failed"
        old.external_id = ""
        old.save()


def test_keys_that_were_taken_away_close_the_door(bought_before: Subscription, post: Post) -> None:
    row = GatewaySettings.objects.get()
    row.secrets = gateways.with_secrets(row, "test", {})
    row.save()
    hearing.forget()
    assert post.event(an_event(), SECRET).status_code == 400
    assert not WebhookEvent.objects.exists()
