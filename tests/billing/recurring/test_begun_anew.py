"""An order of a plan whose page has closed: it is begun anew as things stand now, and one subscription runs at last."""

from contextlib import suppress
from datetime import timedelta

import pytest

from billing.gateways.catalogue import KINDS
from billing.ledger import balance_of
from billing.models import Payment, Status
from billing.services import checkout, pending
from billing.services.checkout import PriceChanged, Way
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.recurring.street import Shop

MINUTE = timedelta(minutes=1)


@pytest.fixture
def left(shop: Shop, on_free: Tenant, plan: Plan, ana: User) -> Payment:
    """Ordered, and left on the gateway's page."""
    shop.send(plan)
    return shop.order(on_free, plan, ana, due=2900)


def begin(payment: Payment, shop: Shop) -> Way:
    return checkout.begin(Payment.objects.get(pk=payment.pk), now=shop.now)


def close_page(shop: Shop) -> None:
    gateway: str = shop.gateway.key
    shop.sandbox.advance_to(NOW + KINDS[gateway].page_lasts + MINUTE)


def test_page_of_a_plan_that_is_given_up_is_over_here(left: Payment, shop: Shop) -> None:
    """Also where the company goes on saying that nobody has approved it yet."""
    checkout.abandon(left, now=shop.now)
    left.refresh_from_db()
    assert left.status == Status.FAILED


def test_page_of_a_plan_that_was_left_is_given_up_after_two_days(left: Payment, shop: Shop) -> None:
    shop.sandbox.advance(hours=49)
    pending.check(left.pk, shop.now)
    left.refresh_from_db()
    assert left.status == Status.FAILED


def test_new_page_is_paid_and_one_subscription_runs(
    shop: Shop, on_free: Tenant, plan: Plan, left: Payment
) -> None:
    shop.sandbox.advance(hours=25)
    shop.sandbox.pay(begin(left, shop).url)
    shop.hear()
    running = live_subscription(on_free)
    assert running
    assert (running.plan, shop.running()) == (plan, [running.external_id])
    assert [one.status for one in Payment.objects.order_by("pk")] == [Status.FAILED, Status.PAID]


def test_whoever_pays_both_pages_has_one_subscription_and_the_rest_on_the_balance(
    shop: Shop, on_free: Tenant, left: Payment
) -> None:
    """PayPal keeps the page of a subscription open for a few minutes more, and nobody can close it."""
    close_page(shop)
    way = begin(left, shop)
    with suppress(AssertionError):  # closed, as far as it can be
        shop.sandbox.pay(left.pay_url)
    shop.sandbox.pay(way.url)
    shop.hear()
    shop.push_all()
    running = live_subscription(on_free)
    assert running
    assert shop.running() == [running.external_id]
    paid = Payment.objects.filter(status=Status.PAID)
    assert balance_of(on_free).balance == 2900 * (paid.count() - 1)


def test_price_that_changed_is_said_and_nothing_is_begun(
    shop: Shop, plan: Plan, left: Payment
) -> None:
    Plan.objects.filter(pk=plan.pk).update(monthly_price=3900)
    close_page(shop)
    with pytest.raises(PriceChanged):
        begin(left, shop)
    old = Payment.objects.get()
    assert (old.status, old.failure) == (
        Status.FAILED,
        "The price is another one by now: $39.00. Please look again before you pay.",
    )


def test_same_order_from_another_tab_is_begun_anew_as_well(
    shop: Shop, on_free: Tenant, plan: Plan, left: Payment, ana: User
) -> None:
    close_page(shop)
    other = shop.order(on_free, plan, ana, due=2900)
    assert Payment.objects.pending().get() == other
    assert other.pay_url not in {"", left.pay_url}
