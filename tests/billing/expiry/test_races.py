"""Sweeps at the same time as sweeps, payments and choices, and sweeps that are killed: the numbers are exact."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, transaction

from billing.ledger import balance_of
from billing.models import (
    BalanceAccount,
    BalanceEntry,
    BillingSettings,
    Invoice,
    Payment,
    Standing,
    Subscription,
)
from billing.renewal import Step
from billing.services.checkout import PriceChanged
from billing.services.expiry.sweeping import Swept, sweep
from billing.services.settlement import apply
from plans.models import Plan, PlatformSettings
from tenants.models import PlanChange, Tenant, User
from tests.billing.expiry.due import (
    END,
    GRACE,
    by_card,
    fresh,
    live,
    others,
    past_due,
    run,
    subscribe,
)
from tests.billing.money import buy, give_funds, renewal_fact
from tests.crew import crew
from tests.tenants.services.rows import make_plan

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
LATER = END + GRACE


@pytest.fixture
def resting(plan: Plan) -> Plan:
    """The Expired plan, stored where other connections see it."""
    resting = make_plan("Resting", staff=1)
    PlatformSettings.objects.update(expired_plan=resting)
    BillingSettings.load()
    return resting


def all_at_once(*acts: Callable[[], object]) -> list[object]:
    """What each of `acts` answered, or raised, in a thread and on a connection of its own."""
    answers: list[object] = []
    start = threading.Barrier(len(acts))

    def go(act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=30)
            answers.append(act())
        except Exception as error:
            answers.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return answers


def sweep_later() -> Swept:
    return sweep(LATER, at_most=1000)


def check_books() -> None:
    """No account differs from its entries, no number is missing among invoices, nobody has two subscriptions."""
    for account in BalanceAccount.objects.all():
        amounts = BalanceEntry.objects.filter(tenant=account.tenant_id)
        assert account.balance == sum(amounts.values_list("amount", flat=True))
    serials = sorted(Invoice.objects.values_list("serial", flat=True))
    assert serials == list(range(1001, 1001 + len(serials)))
    running = Counter(Subscription.objects.live().values_list("tenant", flat=True))
    assert set(running.values()) <= {1}


def make_due(plan: Plan, count: int) -> dict[str, list[Tenant]]:
    """As many of each kind: without money, with money for one renewal and a bit, and by card."""
    kinds = {name: others(plan, count) for name in ("poor", "rich", "card")}
    for tenant in kinds["poor"]:
        subscribe(tenant, plan)
    for tenant in kinds["rich"]:
        subscribe(tenant, plan)
        give_funds(tenant, 5000)
    for tenant in kinds["card"]:
        by_card(tenant, plan)
    return kinds


def check_due(kinds: dict[str, list[Tenant]], plan: Plan, resting: Plan) -> None:
    """Each was handled exactly once."""
    assert {fresh(one).plan for one in kinds["poor"]} == {resting}
    assert {fresh(one).plan for one in kinds["rich"]} == {plan}
    assert {fresh(one).expiry_check_at for one in kinds["card"]} == {LATER}
    assert PlanChange.objects.filter(reason="lapsed").count() == len(kinds["poor"])
    assert Payment.objects.count() == Invoice.objects.count() == len(kinds["rich"])
    assert set(BalanceAccount.objects.values_list("balance", flat=True)) == {2100}
    check_books()


@pytest.mark.req(53, 54)
def test_six_sweeps_at_once_handle_everybody_once(plan: Plan, resting: Plan) -> None:
    kinds = make_due(plan, 25)
    done = all_at_once(*[lambda: sweep(END, at_most=1000)] * 6)
    assert all(isinstance(one, Swept) for one in done), done
    rest = run(END)
    total = sum((one.steps for one in (*done, rest)), Counter())
    assert total == {Step.LAPSE: 25, Step.RENEW: 25, Step.WAIT: 25}
    assert sum(one.failed for one in (*done, rest)) == 0
    check_due(kinds, plan, resting)


@pytest.mark.parametrize("round_", range(4))
def test_payment_that_comes_in_as_two_sweeps_end_the_grace(
    plan: Plan, resting: Plan, round_: int
) -> None:
    """Either it came first and the plan goes on, or it came too late and is on the balance; never half of both."""
    tenants = others(plan, 6)
    cards = [past_due(tenant, plan) for tenant in tenants]
    Tenant.objects.filter(pk__in=[one.pk for one in tenants]).update(expiry_check_at=LATER)

    def tell(card: Subscription, number: int) -> str:
        fact = renewal_fact(card, invoice=f"in_{round_}_{number}")
        time.sleep(number * 0.01)
        return apply(fact, gateway="stripe", environment="sandbox", now=LATER)

    payments = [lambda card=card, n=n: tell(card, n) for n, card in enumerate(cards)]
    answers = all_at_once(sweep_later, *payments, sweep_later)
    assert not [one for one in answers if isinstance(one, Exception)], answers
    run(LATER)
    for tenant in tenants:
        payment, lapsed = Payment.objects.get(tenant=tenant), fresh(tenant).plan == resting
        changes = PlanChange.objects.filter(tenant=tenant, reason="lapsed").count()
        assert changes == (1 if lapsed else 0)
        assert payment.purpose == ("funds" if lapsed else "renewal")
        assert balance_of(tenant).balance == (payment.amount if lapsed else 0)
        assert payment.fulfilled_at
        assert (live(tenant) is None) == lapsed
        if not lapsed:
            assert fresh(tenant).expires_at == renewal_fact(cards[0]).subscription.period_end
    assert Payment.objects.filter(status="paid").count() == 6
    check_books()


@pytest.mark.parametrize("round_", range(4))
def test_upgrade_as_two_sweeps_renew_costs_what_it_says(
    plan: Plan, resting: Plan, ana: User, round_: int
) -> None:
    bigger = make_plan("Team+", price=5900)
    tenants = others(plan, 6)
    for tenant in tenants:
        subscribe(tenant, plan)
        give_funds(tenant, 10_000)

    def upgrade(tenant: Tenant, number: int) -> Payment:
        time.sleep(number * 0.02)
        return buy(tenant, bigger, ana, due=5900, now=END)

    choices = [lambda one=one, n=n: upgrade(one, n) for n, one in enumerate(tenants)]
    sweeps = [lambda: sweep(END, at_most=1000)] * 2
    answers = all_at_once(*sweeps, *choices)
    errors = [one for one in answers if isinstance(one, Exception)]
    assert all(isinstance(one, PriceChanged) for one in errors), errors
    run(END)
    for tenant in tenants:
        paid = list(Payment.objects.filter(tenant=tenant, status="paid").order_by("pk"))
        assert {one.fulfilled_at for one in paid} == {END}
        assert Counter(one.purpose for one in paid) in (
            {"plan": 1}, {"renewal": 1}, {"renewal": 1, "plan": 1},
        )  # fmt: skip
        now, running = fresh(tenant), live(tenant)
        assert running
        upgraded = any(one.purpose == "plan" for one in paid)
        assert now.plan == running.plan == (bigger if upgraded else plan)
        assert now.expires_at == running.period_end > END
        given = BalanceEntry.objects.filter(tenant=tenant, kind="credit")
        spent = sum(one.amount for one in paid) - sum(given.values_list("amount", flat=True))
        assert BalanceAccount.objects.get(tenant=tenant).balance == 10_000 - spent
        if len(paid) == 2:
            assert spent == 5900, (
                "Both came: the renewal was given back for the days it was not used."
            )
    check_books()


def test_choice_that_a_tenant_is_just_making_is_waited_for_by_nobody(
    aurora: Tenant, plan: Plan, resting: Plan
) -> None:
    """The sweep passes a tenant that somebody holds, does all others, and finds it the next time."""
    more = others(plan, 3)
    for tenant in (aurora, *more):
        subscribe(tenant, plan)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            aurora.lock()
            held.set()
            done.wait(timeout=30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(timeout=30)
    try:
        assert run(END).steps == {Step.LAPSE: 3}
        assert fresh(aurora).plan == plan
    finally:
        done.set()
        holder.join(timeout=30)
    assert run(END).steps == {Step.LAPSE: 1}


SWEEPER = """
import sys, django
django.setup()
from datetime import datetime
from billing.services.expiry import sweeping
sweeping.BATCH = 5
sweeping.sweep(datetime.fromisoformat(sys.argv[1]), at_most=10_000)
"""


def progress() -> int:
    return Tenant.objects.exclude(expiry_check_at=END).count()


@pytest.mark.req(53, 54)
def test_sweeps_that_are_killed_lose_nothing_and_repeat_nothing(plan: Plan, resting: Plan) -> None:
    kinds = make_due(plan, 40)
    dice = random.Random(7)
    before, killed_midway, everybody = progress(), 0, Tenant.objects.count()
    with crew(SWEEPER, 2) as team:
        while before < everybody and killed_midway < 4:
            team.fill(END.isoformat())
            deadline = time.monotonic() + 60
            while progress() == before and time.monotonic() < deadline:
                assert not any(worker.poll() for worker in team.working), "A sweep has failed."
                time.sleep(0.005)
            time.sleep(dice.random() * 0.2)
            team.kill_all()
            after = progress()
            killed_midway += before < after < everybody
            before = after
    assert killed_midway >= 2, "They were to be killed while there was work."
    deadline = time.monotonic() + 60
    while Tenant.objects.filter(expiry_check_at=END).exists() and time.monotonic() < deadline:
        assert run(END).failed == 0  # the server may hold the locks of the dead for a moment
    check_due(kinds, plan, resting)
    assert not Subscription.objects.filter(standing=Standing.PAST_DUE).exists()


def test_clock_of_one_sweep_that_is_behind_does_not_matter(plan: Plan, resting: Plan) -> None:
    tenants = others(plan, 10)
    early = END - timedelta(days=1)
    done = all_at_once(lambda: sweep(early, at_most=100), lambda: sweep(END, at_most=100))
    assert sum((one.steps for one in done), Counter()) == {Step.LAPSE: 10}
    assert {fresh(one).plan for one in tenants} == {resting}
