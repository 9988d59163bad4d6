"""Money at the same moment: whatever comes together counts once, and nobody spends what is not there."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import connection, transaction

from billing import ledger
from billing.ledger import Kind, NotEnough, Why
from billing.models import BalanceAccount, BalanceEntry, Invoice, Payment, Subscription
from billing.services import checkout
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from tenants.models import PlanChange, Tenant, User
from tests.billing.money import NOW, card_fact, card_order, give_funds, press, renewal_fact, tell

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
PEOPLE = 12


def all_at_once(act: Callable[[int], object]) -> Counter[str]:
    """`act(0)` … in a thread and on a connection each; how often which outcome came."""
    outcomes: list[str] = []
    start = threading.Barrier(PEOPLE)

    def run(number: int) -> None:
        try:
            start.wait(timeout=30)
            act(number)
            outcomes.append("done")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return Counter(outcomes)


def in_balance(tenant: Tenant) -> tuple[int, int]:
    """(what the account says, what its entries add up to)"""
    amounts = BalanceEntry.objects.filter(tenant=tenant).values_list("amount", flat=True)
    return BalanceAccount.objects.get(tenant=tenant).balance, sum(amounts)


def test_balance_is_spent_to_the_last_cent_and_not_further(aurora: Tenant) -> None:
    give_funds(aurora, 5 * 700 + 699)

    def spend(number: int) -> None:
        with transaction.atomic():
            why = Why(Kind.PAYMENT, f"payment:{number}")
            ledger.withdraw(aurora.lock(), 700, why, now=NOW)

    assert all_at_once(spend) == {"done": 5, NotEnough.__name__: PEOPLE - 5}
    assert in_balance(aurora) == (699, 699)
    numbers = BalanceEntry.objects.filter(tenant=aurora).order_by("seq")
    assert list(numbers.values_list("seq", flat=True)) == [1, 2, 3, 4, 5, 6]


def test_same_news_from_everywhere_counts_once(
    aurora: Tenant, small_plan: Plan, plan: Plan, ana: User
) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(plan=small_plan)
    payment = card_order(aurora, plan, ana)
    assert all_at_once(lambda _: tell(card_fact(payment))) == {"done": PEOPLE}
    assert Invoice.objects.count() == 1
    assert Subscription.objects.count() == 1
    assert PlanChange.objects.filter(tenant=aurora, reason="paid").count() == 1
    aurora.refresh_from_db()
    assert aurora.plan == plan


def test_renewal_told_by_many_is_one_payment(
    aurora: Tenant, small_plan: Plan, plan: Plan, ana: User
) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(plan=small_plan)
    tell(card_fact(card_order(aurora, plan, ana)))
    running = live_subscription(aurora)
    assert running
    fact = renewal_fact(running)
    assert all_at_once(lambda _: tell(fact, running.period_end)) == {"done": PEOPLE}
    assert Payment.objects.filter(purpose="renewal").count() == 1
    aurora.refresh_from_db()
    assert aurora.expires_at == fact.subscription.period_end


def test_pressing_pay_in_many_tabs_pays_once(
    aurora: Tenant, small_plan: Plan, plan: Plan, ana: User
) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(plan=small_plan)
    give_funds(aurora, 100_000)
    pressed = press(ana, 2900, token="one-showing-of-it")

    def pay(_: int) -> None:
        payment = checkout.order_plan(aurora, plan.pk, "monthly", pressed, now=NOW)
        checkout.begin(payment, now=NOW)

    assert all_at_once(pay) == {"done": PEOPLE}
    assert in_balance(aurora) == (97_100, 97_100)
    assert Payment.objects.count() == 1


def test_invoice_numbers_have_no_gap(
    aurora: Tenant, borealis: Tenant, plan: Plan, ana: User
) -> None:
    """Two tenants, and half of the payments do not fit their order and get no number."""
    payments = [
        Payment.objects.create(
            tenant=(aurora, borealis)[number % 2], gateway="stripe", environment="sandbox",
            purpose="funds", amount=1000, currency="USD", title="Funds added", created_at=NOW,
        )
        for number in range(PEOPLE)
    ]  # fmt: skip

    def settle(number: int) -> None:
        amount = 1000 if number % 3 else 999
        tell(card_fact(payments[number], amount=amount))

    assert all_at_once(settle) == {"done": PEOPLE}
    serials = sorted(Invoice.objects.values_list("serial", flat=True))
    assert serials == list(range(1001, 1001 + 8))
