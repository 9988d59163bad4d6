"""A webhook arrives: verified, stored once, answered at once; a worker asks Stripe, and the plan is there."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings as project
from django.test import Client

from billing.models import Invoice, Outcome, Payment, WebhookEvent
from billing.services import checkout, plan_sync
from billing.services.inbox import hearing
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant
from tests.billing.inbox.shop import Post, work
from tests.billing.money import NOW, begin_before_now, press
from tests.conftest import make_client
from tests.world import World


@pytest.fixture
def stripe(settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeSandbox]:
    begin_before_now(monkeypatch)
    hearing.forget()
    with StripeSandbox(now=NOW) as running:
        settings.STRIPE_SANDBOX_URL = running.url  # type: ignore[attr-defined]
        yield running


@pytest.mark.req(65, 66, 67, 69)
def test_plan_is_bought_by_card(
    world: World, stripe: StripeSandbox, client_for: Callable[..., Client]
) -> None:
    Tenant.objects.filter(pk=world.aurora.pk).update(plan=world.small_plan)
    world.aurora.refresh_from_db()
    plan_sync.sync(world.plan.pk, NOW)

    # Ana orders. The order is written down, and she goes to Stripe's page.
    pressed = press(world.ana, 2900, gateway="stripe")
    payment = checkout.order_plan(world.aurora, world.plan.pk, "monthly", pressed, now=NOW)
    way = checkout.begin(payment, now=NOW)
    stripe.pay(way.url)

    # Stripe tells us. Nothing has happened here but that it is in the inbox.
    post = Post(make_client(project.PLATFORM_HOST))
    delivered = stripe.deliver(post.receive)
    assert delivered.failed == 0
    assert WebhookEvent.objects.filter(outcome=Outcome.WAITING).exists()
    assert Payment.objects.get().is_pending

    # A worker takes what is in the inbox, asks Stripe, and settles; told twice, it is done once.
    work(NOW)
    for event in stripe.events():
        stripe.redeliver(event["id"])
    stripe.deliver(post.receive)
    work(NOW)
    assert not WebhookEvent.objects.filter(outcome=Outcome.WAITING).exists()
    assert Invoice.objects.get().total == 2900

    # On her very next page Ana has what she paid for.
    running = live_subscription(world.aurora)
    assert running
    assert (running.plan, running.paid_with) == (world.plan, "Visa 4242")
    page = client_for(world.ana, world.aurora).get("/panel/billing/").content.decode()
    assert "Team" in page
    assert "Visa 4242" in page


@pytest.mark.req(86, 87, 89, 90)
def test_plan_that_is_saved_is_known_to_stripe(world: World, stripe: StripeSandbox) -> None:
    """A plan is saved and synced: product and prices appear by themselves, and their ids are on the plan."""
    plan = Plan.objects.create(name="Duo", monthly_price=1900, annual_price=19000)
    plan_sync.sync(plan.pk, NOW)
    plan.refresh_from_db()
    known = plan.gateway_ids["stripe:sandbox"]
    assert set(known) == {"product", "monthly", "annual"}

    client = stripe.client()
    assert client.v1.products.retrieve(known["product"]).name == "Duo"
    assert client.v1.prices.retrieve(known["monthly"]).unit_amount == 1900

    Plan.objects.filter(pk=plan.pk).update(name="Duo+", monthly_price=2100)
    plan_sync.sync(plan.pk, NOW)
    plan.refresh_from_db()
    assert client.v1.products.retrieve(known["product"]).name == "Duo+"
    assert (
        client.v1.prices.retrieve(plan.gateway_ids["stripe:sandbox"]["monthly"]).unit_amount == 2100
    )
    assert not client.v1.prices.retrieve(known["monthly"]).active
