"""The end of a month with Stripe’s double: it collects or cannot, and whoever hears of it first, nobody pays twice."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from billing.models import Payment, Standing, Subscription
from billing.renewal import Step
from billing.services import subscriptions
from plans.models import Plan
from tenants.models import PlanChange, Tenant, User
from tests.billing.expiry.due import GRACE, fresh, in_hand, live, standing, swept
from tests.billing.expiry.mails import deliver
from tests.billing.money import NOW, give_funds
from tests.billing.stripe.conftest import gateway, on_free, sandbox, shop, spoken
from tests.billing.stripe.shop import Shop
from tests.billing.stripe.test_pushing import go_on_with

__all__ = ["gateway", "on_free", "sandbox", "shop", "spoken"]
MONTH = NOW.replace(month=12)
SECOND_MONTH = datetime(2027, 1, 25, 9, tzinfo=NOW.tzinfo)
MINUTES = timedelta(minutes=1)


@pytest.fixture
def running(
    shop: Shop, on_free: Tenant, plan: Plan, small_plan: Plan, expired: Plan, ana: User
) -> Subscription:
    """Salon Aurora pays for Team by card, since NOW."""
    shop.send(plan)
    subscription = shop.buy(on_free, plan, ana, due=2900)
    assert standing(on_free) == ("Team", MONTH, MONTH)
    return subscription


def sweep_at(shop: Shop, at: datetime) -> dict[Step, int]:
    """The day comes at Stripe, then here, before anything of it was heard."""
    shop.sandbox.advance_to(at)
    return swept(at)


@pytest.mark.parametrize("first", ["the sweep", "the notification"])
def test_card_that_works_goes_on_whoever_comes_first(
    shop: Shop, on_free: Tenant, running: Subscription, first: str
) -> None:
    give_funds(on_free, 9000)
    shop.sandbox.advance_to(MONTH)
    if first == "the sweep":
        assert swept(MONTH) == {Step.WAIT: 1}
        shop.hear()
    else:
        shop.hear()
        assert swept(MONTH) == {}
    assert standing(on_free) == ("Team", SECOND_MONTH, SECOND_MONTH)
    assert swept(MONTH + GRACE) == {}
    assert in_hand(on_free) == 9000
    assert Payment.objects.get(purpose="renewal").gateway == "stripe"


@pytest.mark.req(53, 64)
def test_card_that_fails_lapses_after_the_grace_and_is_not_charged_again(
    shop: Shop, on_free: Tenant, running: Subscription, mailoutbox: list[Any]
) -> None:
    shop.sandbox.set_cards(running.customer_id, "fail")
    assert sweep_at(shop, MONTH) == {Step.WAIT: 1}
    shop.hear()
    running.refresh_from_db()
    assert running.standing == Standing.PAST_DUE
    assert deliver(MONTH) == 1
    assert sweep_at(shop, MONTH + GRACE) == {Step.LAPSE: 1}
    assert standing(on_free) == ("Resting", None, None)
    assert shop.running() == [running.external_id], "Stripe has not been told yet."
    assert shop.push_all() == 1
    assert shop.running() == []
    shop.sandbox.set_cards(running.customer_id, "work")
    shop.sandbox.advance_to(SECOND_MONTH)
    shop.hear()
    assert not Payment.objects.filter(purpose="renewal", status="paid").exists()
    assert standing(on_free) == ("Resting", None, None)


def test_card_that_works_again_within_the_grace_goes_on_and_the_letters_stop(
    shop: Shop, on_free: Tenant, running: Subscription, mailoutbox: list[Any]
) -> None:
    shop.sandbox.set_cards(running.customer_id, "fail")
    assert sweep_at(shop, MONTH) == {Step.WAIT: 1}
    shop.hear()
    assert deliver(MONTH) == 1
    shop.sandbox.set_cards(running.customer_id, "work")
    shop.sandbox.advance_to(MONTH + timedelta(days=1, minutes=1))
    shop.hear()
    assert standing(on_free) == ("Team", SECOND_MONTH, SECOND_MONTH)
    assert swept(MONTH + GRACE) == {}
    assert deliver(MONTH + timedelta(days=2)) == 0
    assert len(mailoutbox) == 1
    running.refresh_from_db()
    assert (running.standing, running.reminders) == (Standing.ACTIVE, 0)


@pytest.mark.req(54)
def test_balance_that_steps_in_leaves_one_running_and_it_is_ours(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    give_funds(on_free, 2900)
    shop.sandbox.set_cards(running.customer_id, "fail")
    assert sweep_at(shop, MONTH) == {Step.WAIT: 1}
    shop.hear()
    assert sweep_at(shop, MONTH + GRACE) == {Step.RENEW: 1}
    shop.push_all()
    assert shop.running() == []
    ours = live(on_free)
    assert ours
    assert ours.gateway == "balance"
    assert standing(on_free) == ("Team", SECOND_MONTH, SECOND_MONTH)
    shop.sandbox.set_cards(running.customer_id, "work")
    shop.sandbox.advance_to(SECOND_MONTH)
    shop.hear()
    paid = Payment.objects.filter(purpose="renewal", status="paid")
    assert [payment.gateway for payment in paid] == ["balance"]


@pytest.mark.parametrize("first", ["the sweep", "the notification"])
def test_free_plan_begins_at_the_end_whoever_comes_first(
    shop: Shop, on_free: Tenant, running: Subscription, small_plan: Plan, first: str
) -> None:
    give_funds(on_free, 9000)
    go_on_with(on_free, small_plan, "monthly")
    shop.push_all()
    shop.sandbox.advance_to(MONTH)
    if first == "the notification":
        shop.hear()
        running.refresh_from_db()
        assert running.standing == Standing.ENDED
    assert swept(MONTH) == {Step.MOVE: 1}
    shop.hear()
    shop.push_all()
    assert standing(on_free) == ("Free", None, None)
    assert shop.running() == []
    assert in_hand(on_free) == 9000
    assert PlanChange.objects.filter(tenant=on_free, reason="chosen").count() == 1


@pytest.mark.parametrize("first", ["the sweep", "the notification"])
def test_cancelled_one_ends_and_takes_nothing_whoever_comes_first(
    shop: Shop, on_free: Tenant, running: Subscription, first: str
) -> None:
    give_funds(on_free, 9000)
    subscriptions.cancel(on_free, reason="", now=NOW)
    shop.push_all()
    shop.sandbox.advance_to(MONTH)
    if first == "the notification":
        shop.hear()
    assert swept(MONTH) == {Step.LAPSE: 1}
    shop.hear()
    shop.push_all()
    assert shop.running() == []
    assert in_hand(on_free) == 9000
    assert not Payment.objects.filter(purpose="renewal").exists()
    assert fresh(on_free).plan.name == "Resting"
