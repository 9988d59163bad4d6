"""The doors behind the page, asked directly: under their own lock they refuse what the page would not even show."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.conf import settings as project
from django.db import connection, transaction
from pytest_django import Settings

from billing.ledger import balance_of
from billing.models import BalanceEntry, Payment, Status, Subscription
from billing.quotes import basis_of, quote
from billing.services import checkout
from billing.services.plan_choice import NotOffered, ShownOtherwise, choose_plan
from billing.services.subscriptions import NothingRunning, go_on_with, live_subscription
from billing.services.switching import Shown, switch_later
from billing.services.ways import ways_to_pay_for_plans
from plans.models import Plan, PlatformSettings
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.money import give_funds, press
from tests.billing.panel.scene import PREPAID, in_days, put_on, subscribe

BOTH = 2
committing = pytest.mark.django_db(transaction=True, available_apps=project.INSTALLED_APPS)


def at_once(act: Callable[[int], object]) -> Counter[str]:
    """`act(0)` and `act(1)` in a thread and on a connection each; how often which outcome came."""
    outcomes: list[str] = []
    start = threading.Barrier(BOTH)

    def run(number: int) -> None:
        try:
            start.wait(timeout=30)
            act(number)
            outcomes.append("done")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(BOTH)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return Counter(outcomes)


@pytest.mark.parametrize("paid", [{}, PREPAID], ids=["card", "prepaid"])
def test_free_plan_at_once_never_ends_what_is_paid(
    paid: dict[str, str], aurora: Tenant, plan: Plan, small_plan: Plan, ana: User
) -> None:
    running = subscribe(aurora, plan, **paid)
    with pytest.raises(ShownOtherwise):
        choose_plan(aurora, small_plan.pk, token="t" * 22, by=ana, now=clock.now())
    aurora.refresh_from_db()
    running.refresh_from_db()
    assert (aurora.plan, running.is_live) == (plan, True)


def test_page_that_stood_on_something_else_is_not_paid(
    on_free: Tenant, plan: Plan, ana: User
) -> None:
    give_funds(on_free, 9000)
    pressed = replace(press(ana, 2900), basis=basis_of(on_free, None))
    put_on(on_free, on_free.plan, end=in_days(3))
    with pytest.raises(ShownOtherwise):
        checkout.order_plan(on_free, plan.pk, "monthly", pressed, now=clock.now())
    assert not Payment.objects.exists()


def test_switch_is_refused_where_it_would_not_wait(
    aurora: Tenant, plan: Plan, solo: Plan, bigger: Plan
) -> None:
    running = subscribe(aurora, plan)
    shown = Shown(basis_of(aurora, running), bigger.monthly_price)
    with pytest.raises(ShownOtherwise):
        switch_later(aurora, bigger.pk, "monthly", shown, now=clock.now())
    with pytest.raises(ShownOtherwise):
        other = replace(shown, basis="of yesterday", price=900)
        switch_later(aurora, solo.pk, "monthly", other, now=clock.now())
    running.refresh_from_db()
    assert running.next_plan is None


def test_plan_that_nobody_is_on_by_choice_is_not_offered_to_those_on_it(
    aurora: Tenant, plan: Plan
) -> None:
    Plan.objects.filter(pk=plan.pk).update(is_hidden=True)
    assert checkout.find_plan_on_offer(aurora, plan.pk) == plan
    PlatformSettings.objects.update(expired_plan=plan)
    with pytest.raises(NotOffered):
        checkout.find_plan_on_offer(Tenant.objects.get(pk=aurora.pk), plan.pk)


def test_empty_balance_is_a_way_only_where_it_can_be_filled(
    on_free: Tenant, sandbox: StripeSandbox, settings: Settings
) -> None:
    account = balance_of(on_free)
    found = ways_to_pay_for_plans(account)
    assert [way.key for way in found.ways] == ["balance", "stripe"]
    assert found.can_add_funds
    settings.STRIPE_SANDBOX_URL = ""
    assert ways_to_pay_for_plans(account).ways == []
    account.balance = 1
    assert [way.key for way in ways_to_pay_for_plans(account).ways] == ["balance"]


def test_nothing_goes_on_where_nothing_runs(on_free: Tenant, solo: Plan) -> None:
    offer = quote(on_free, None, solo, "monthly", clock.now())
    with pytest.raises(NothingRunning), transaction.atomic():
        go_on_with(on_free.lock(), offer, now=clock.now())


@pytest.mark.race
@committing
def test_two_tabs_at_the_same_moment_pay_once(
    aurora: Tenant, small_plan: Plan, plan: Plan, ana: User
) -> None:
    put_on(aurora, small_plan)
    give_funds(aurora, 9000)
    basis = basis_of(aurora, None)
    tabs = [replace(press(ana, 2900), basis=basis) for _ in range(BOTH)]

    def pay(number: int) -> None:
        now = clock.now()
        payment = checkout.order_plan(aurora, plan.pk, "monthly", tabs[number], now=now)
        checkout.begin(payment, now=now)

    outcomes = at_once(pay)
    assert sum(outcomes.values()) == BOTH
    assert set(outcomes) <= {"done", "ShownOtherwise"}
    assert balance_of(aurora).balance == 6100
    assert Payment.objects.filter(status=Status.PAID).count() == Payment.objects.count() == 1
    assert BalanceEntry.objects.filter(kind="payment").count() == 1


@pytest.mark.race
@committing
def test_paying_and_switching_at_the_same_moment_end_in_one_of_both(
    aurora: Tenant, plan: Plan, small_plan: Plan, ana: User
) -> None:
    """One tab adds a month while the other chooses what comes after: neither is lost on a page that was not shown."""
    give_funds(aurora, 9000)
    solo = Plan.objects.create(name="Solo", monthly_price=900, limits=small_plan.limits)
    running = subscribe(aurora, plan, **PREPAID)
    basis = basis_of(aurora, running)

    def act(number: int) -> None:
        now = clock.now()
        if number:
            switch_later(aurora, solo.pk, "monthly", Shown(basis, 900), now=now)
            return
        pressed = replace(press(ana, 2900), basis=basis)
        checkout.begin(checkout.order_plan(aurora, plan.pk, "monthly", pressed, now=now), now=now)

    outcomes = at_once(act)
    found = live_subscription(aurora)
    assert found is not None
    assert Subscription.objects.count() == 1
    assert found.period_end > running.period_end
    assert (found.next_plan == solo) == (outcomes["done"] == BOTH)
    assert balance_of(aurora).balance == 6100
