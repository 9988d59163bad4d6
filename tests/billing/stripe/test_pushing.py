"""What we want of a subscription is made so at Stripe, at last, once, and never two are left running."""

from datetime import timedelta

import pytest

from billing.gateways.base import SubscriptionWish
from billing.ledger import balance_of
from billing.models import Payment, Standing, Status, Subscription
from billing.quotes import quote
from billing.services import pushing, subscriptions
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.stripe.shop import Shop

MONTH = NOW.replace(month=12)


@pytest.fixture
def bigger(db: None) -> Plan:
    return Plan.objects.create(name="Team+", monthly_price=5900, annual_price=59000)


@pytest.fixture
def running(shop: Shop, on_free: Tenant, plan: Plan, bigger: Plan, ana: User) -> Subscription:
    shop.send(plan, bigger)
    return shop.buy(on_free, plan, ana, due=2900)


def go_on_with(tenant: Tenant, plan: Plan, cycle: str, now: object = NOW) -> Subscription:
    """What the tenant presses for “later”, whatever the plan costs."""
    from django.db import transaction

    with transaction.atomic():
        locked = tenant.lock()
        running = live_subscription(locked)
        offer = quote(locked, running, plan, cycle, NOW, renews_itself=True)
        return subscriptions.go_on_with(locked, offer, now=now)  # type: ignore[arg-type]


def at_stripe(shop: Shop, subscription: Subscription) -> dict[str, object]:
    return shop.at("subscription", id=subscription.external_id)[0]


def test_nothing_to_tell_asks_nothing(shop: Shop, running: Subscription, spoken: list[str]) -> None:
    spoken.clear()
    assert shop.push_all() == 0
    assert not pushing.push(running.pk, shop.now)
    assert spoken == []


def test_cancelled_one_ends_after_its_period(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    subscriptions.cancel(on_free, reason="Too much", now=shop.now)
    assert shop.push_all() == 1
    assert at_stripe(shop, running)["cancel_at_period_end"] is True
    running.refresh_from_db()
    assert (running.push_due_at, running.push_error) == (None, "")
    shop.sandbox.advance_to(MONTH)
    shop.hear()
    assert shop.running() == []
    assert Payment.objects.filter(purpose="renewal").count() == 0
    running.refresh_from_db()
    assert running.standing == Standing.ENDED
    on_free.refresh_from_db()
    assert on_free.expires_at == MONTH, "what comes after the paid time is the sweep’s to do"


def test_resumed_one_renews(shop: Shop, on_free: Tenant, running: Subscription) -> None:
    subscriptions.cancel(on_free, reason="", now=shop.now)
    shop.push_all()
    subscriptions.resume(on_free, now=shop.now)
    shop.push_all()
    assert shop.running() == [running.external_id]
    shop.sandbox.advance_to(MONTH)
    shop.hear()
    assert Payment.objects.get(purpose="renewal").amount == 2900


def test_cancelled_and_resumed_before_stripe_was_told_says_nothing(
    shop: Shop, on_free: Tenant, running: Subscription, spoken: list[str]
) -> None:
    subscriptions.cancel(on_free, reason="", now=shop.now)
    subscriptions.resume(on_free, now=shop.now)
    spoken.clear()
    shop.push_all()
    assert [request for request in spoken if not request.startswith("GET")] == []


def test_what_stripe_has_ended_cannot_be_resumed(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    """Whether we have heard of the end or not."""
    subscriptions.cancel(on_free, reason="", now=shop.now)
    shop.push_all()
    shop.sandbox.advance_to(MONTH)
    subscriptions.resume(on_free, now=shop.now)
    shop.push_all()
    running.refresh_from_db()
    assert running.standing == Standing.ENDED
    with pytest.raises(subscriptions.NothingRunning):
        subscriptions.resume(on_free, now=shop.now)


def test_other_plan_follows_without_proration(
    shop: Shop, on_free: Tenant, running: Subscription, bigger: Plan
) -> None:
    small = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(small)
    go_on_with(on_free, small, "monthly")
    shop.push_all()
    schedule = shop.at("subscription_schedule")[0]
    assert (schedule["status"], schedule["end_behavior"]) == ("active", "release")
    now, later = schedule["phases"]
    assert {now["proration_behavior"], later["proration_behavior"]} == {"none"}
    assert now["end_date"] == later["start_date"] == int(MONTH.timestamp())
    shop.sandbox.advance_to(MONTH)
    shop.hear()
    renewal = Payment.objects.get(purpose="renewal")
    assert (renewal.amount, renewal.title, renewal.problem) == (900, "Solo, monthly", "")
    on_free.refresh_from_db()
    running.refresh_from_db()
    assert (on_free.plan, running.plan, running.next_plan) == (small, small, None)
    shop.sandbox.advance_to(MONTH.replace(year=2027, month=1))
    shop.hear()
    assert (
        list(Payment.objects.filter(purpose="renewal").values_list("amount", flat=True))
        == [900] * 2
    )
    assert shop.at("subscription_schedule")[0]["status"] == "released"


def test_annual_follows_monthly(
    shop: Shop, on_free: Tenant, running: Subscription, plan: Plan
) -> None:
    from django.db import transaction

    with transaction.atomic():
        locked = on_free.lock()
        found = subscriptions.lock_live(locked)
        assert found
        subscriptions.take_next(found, plan, "annual", plan.annual_price, now=shop.now)
    shop.push_all()
    shop.sandbox.advance_to(MONTH)
    shop.hear()
    running.refresh_from_db()
    assert (running.cycle, running.amount) == ("annual", 29000)
    assert running.period_end == MONTH.replace(year=2027)


def test_switch_that_was_taken_back_leaves_no_schedule(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    small = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(small)
    go_on_with(on_free, small, "monthly")
    shop.push_all()
    subscriptions.resume(on_free, now=shop.now)
    shop.push_all()
    assert at_stripe(shop, running)["schedule"] is None
    shop.sandbox.advance_to(MONTH)
    shop.hear()
    assert Payment.objects.get(purpose="renewal").amount == 2900


def test_switch_after_a_cancellation_goes_on(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    small = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(small)
    subscriptions.cancel(on_free, reason="", now=shop.now)
    shop.push_all()
    go_on_with(on_free, small, "monthly")
    shop.push_all()
    assert shop.running() == [running.external_id]
    shop.sandbox.advance_to(MONTH)
    shop.hear()
    assert Payment.objects.get(purpose="renewal").amount == 900


def test_cancellation_after_a_switch_ends_it(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    small = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(small)
    go_on_with(on_free, small, "monthly")
    shop.push_all()
    subscriptions.cancel(on_free, reason="", now=shop.now)
    shop.push_all()
    assert shop.running() == []
    shop.sandbox.advance_to(MONTH)
    shop.hear()
    assert not Payment.objects.filter(purpose="renewal").exists()


def test_another_switch_takes_the_place_of_the_first(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    small, smaller = (Plan.objects.create(name=f"P{n}", monthly_price=n) for n in (900, 500))
    shop.send(small, smaller)
    for plan in (small, smaller, small, smaller):
        go_on_with(on_free, plan, "monthly")
        shop.push_all()
    assert len(shop.at("subscription_schedule")) == 1
    shop.sandbox.advance_to(MONTH)
    shop.hear()
    assert Payment.objects.get(purpose="renewal").amount == 500


def test_telling_the_same_again_changes_nothing(
    shop: Shop, on_free: Tenant, running: Subscription, spoken: list[str]
) -> None:
    small = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(small)
    go_on_with(on_free, small, "monthly")
    shop.push_all()
    before = shop.at("subscription_schedule")
    Subscription.objects.update(push_due_at=shop.now)
    spoken.clear()
    assert shop.push_all() == 1
    assert [request for request in spoken if not request.startswith("GET")] == []
    assert shop.at("subscription_schedule") == before


def test_free_plan_that_follows_ends_it_at_stripe(
    shop: Shop, on_free: Tenant, running: Subscription, small_plan: Plan
) -> None:
    go_on_with(on_free, small_plan, "monthly")
    shop.push_all()
    assert shop.running() == []
    shop.sandbox.advance_to(MONTH)
    shop.hear()
    running.refresh_from_db()
    assert (running.standing, running.next_plan) == (Standing.ENDED, small_plan), "for the sweep"


def test_price_that_stripe_does_not_know_yet_is_sent_first(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    small = Plan.objects.create(name="Solo", monthly_price=900)
    go_on_with(on_free, small, "monthly")
    assert shop.push_all() == 1
    small.refresh_from_db()
    phase = shop.at("subscription_schedule")[0]["phases"][1]
    assert phase["items"][0]["price"] == small.gateway_ids["stripe:sandbox"]["monthly"]


def test_price_that_nobody_sells_any_more_is_said(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    small = Plan.objects.create(name="Solo", monthly_price=900)
    go_on_with(on_free, small, "monthly")
    Plan.objects.filter(pk=small.pk).update(monthly_price=800)
    assert shop.push_all() == 0
    running.refresh_from_db()
    assert running.push_error == "The gateway has no price yet for what follows."
    assert running.push_due_at == shop.now + timedelta(minutes=1)


# Upgrades


@pytest.mark.req(68)
def test_old_one_is_ended_in_the_background_and_only_after_the_new_one_runs(
    shop: Shop, on_free: Tenant, running: Subscription, bigger: Plan, ana: User
) -> None:
    shop.sandbox.advance(days=18)
    payment = shop.order(on_free, bigger, ana, due=4740)
    assert shop.push_all() == 0
    assert shop.running() == [running.external_id], "the old one runs while the page is open"
    shop.sandbox.pay(payment.pay_url)
    assert shop.push_all() == 0
    assert len(shop.running()) == 2, "nothing was told yet, so nothing was ended"
    shop.hear()
    new = live_subscription(on_free)
    assert new is not None
    assert new.plan == bigger
    old = Subscription.objects.get(pk=running.pk)
    assert (old.standing, old.push_due_at) == (Standing.ENDED, shop.now)
    assert shop.push_all() == 1
    assert shop.running() == [new.external_id]
    shop.hear()
    old.refresh_from_db()
    assert (old.push_due_at, old.push_error) == (None, "")
    assert live_subscription(on_free) == new


@pytest.mark.req(68)
def test_upgrade_that_is_not_paid_leaves_the_old_one(
    shop: Shop, on_free: Tenant, running: Subscription, bigger: Plan, ana: User
) -> None:
    shop.sandbox.advance(days=18)
    payment = shop.order(on_free, bigger, ana, due=4740)
    shop.sandbox.decline(payment.pay_url)
    shop.sandbox.advance(hours=25)
    shop.hear()
    shop.push_all()
    payment.refresh_from_db()
    assert payment.status == Status.FAILED
    assert shop.running() == [running.external_id]
    assert live_subscription(on_free) == running


@pytest.mark.req(68)
def test_two_tabs_that_both_pay_leave_one_running(
    shop: Shop, on_free: Tenant, plan: Plan, bigger: Plan, ana: User
) -> None:
    shop.send(plan, bigger)
    first = shop.order(on_free, plan, ana, due=2900)
    second = shop.order(on_free, bigger, ana, due=5900)
    shop.sandbox.pay(first.pay_url)
    shop.sandbox.pay(second.pay_url)
    shop.hear()
    shop.push_all()
    live = live_subscription(on_free)
    assert live is not None
    assert shop.running() == [live.external_id]


def test_renewal_by_stripe_while_the_old_one_waits_to_be_ended_is_on_the_balance(
    shop: Shop, on_free: Tenant, running: Subscription, bigger: Plan, ana: User
) -> None:
    shop.sandbox.advance(days=29)
    payment = shop.order(on_free, bigger, ana, due=5900 - 96)
    shop.sandbox.pay(payment.pay_url)
    shop.hear()
    shop.sandbox.advance(days=2)
    shop.hear()
    late = Payment.objects.get(title="Funds instead of Team, monthly")
    assert (late.status, late.amount, late.problem) == (Status.PAID, 2900, "")
    assert balance_of(on_free).balance == 2900
    shop.push_all()
    live = live_subscription(on_free)
    assert live is not None
    assert shop.running() == [live.external_id]


def test_ending_what_has_ended_is_fine(shop: Shop, running: Subscription) -> None:
    shop.sandbox.client().v1.subscriptions.cancel(running.external_id)
    wish = SubscriptionWish(running.external_id, True, False, "", "")
    fact = shop.gateway.push(wish)
    assert fact is not None
    assert fact.standing == Standing.ENDED
    assert shop.gateway.push(SubscriptionWish("sub_unknown", True, False, "", "")) is None


def test_subscription_that_stripe_does_not_know_is_said_and_not_asked_for_ever(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    Subscription.objects.update(external_id="sub_unknown")
    subscriptions.cancel(on_free, reason="", now=shop.now)
    shop.push_all()
    running.refresh_from_db()
    assert running.push_due_at is None
    assert running.push_error == "The gateway does not know this subscription."


# Wishes that change meanwhile


def test_wish_that_changes_while_stripe_is_told_is_told_again(
    shop: Shop, on_free: Tenant, running: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriptions.cancel(on_free, reason="", now=shop.now)
    from billing.gateways.stripe import changes

    real, changed = changes.push, []

    def slow(client: object, wish: SubscriptionWish) -> object:
        told = real(client, wish)  # type: ignore[arg-type]
        if not changed:
            changed.append(subscriptions.resume(on_free, now=shop.now))
        return told

    monkeypatch.setattr(changes, "push", slow)
    pushing.push(running.pk, shop.now)
    assert shop.running() == [], "the older wish was told"
    running.refresh_from_db()
    assert running.push_due_at == shop.now
    assert shop.push_all() == 1
    assert shop.running() == [running.external_id]


def test_older_wish_that_arrives_last_is_put_right(
    shop: Shop, on_free: Tenant, running: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker tells of the newer wish, and is through, while the first one’s request is still on its way."""
    subscriptions.cancel(on_free, reason="", now=shop.now)
    from billing.gateways.stripe import changes

    real, overtaken = changes.push, []

    def late(client: object, wish: SubscriptionWish) -> object:
        if not overtaken:
            overtaken.append(wish)
            subscriptions.resume(on_free, now=shop.now)
            assert pushing.push(running.pk, shop.now)
        return real(client, wish)  # type: ignore[arg-type]

    monkeypatch.setattr(changes, "push", late)
    pushing.push(running.pk, shop.now)
    assert shop.running() == [], "the older wish came last"
    assert shop.push_all() == 1
    assert shop.running() == [running.external_id]


def test_one_worker_at_a_time_tells(shop: Shop, on_free: Tenant, running: Subscription) -> None:
    subscriptions.cancel(on_free, reason="", now=shop.now)
    lease = shop.now + pushing.LEASE
    Subscription.objects.update(push_due_at=lease)  # another worker has it
    assert not pushing.push(running.pk, shop.now)
    assert pushing.due(shop.now, 10) == []
    assert pushing.due(lease, 10) == [running.pk], "and is gone"
    assert pushing.push(running.pk, lease)
    assert shop.running() == []


def test_balance_subscription_has_nobody_to_tell(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User
) -> None:
    from tests.billing.money import buy, give_funds

    give_funds(on_free, 5000)
    buy(on_free, plan, ana, due=2900)
    subscriptions.cancel(on_free, reason="", now=shop.now)
    assert pushing.due(shop.now, 10) == []
