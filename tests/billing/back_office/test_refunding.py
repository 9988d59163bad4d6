"""Giving back: all or a part, from a company or to the balance; what it had bought goes, and nothing goes twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings as project
from django.db import connections

from billing.gateways.base import RefundFact
from billing.ledger import balance_of
from billing.models import BalanceEntry, Payment, Refund, Status, Subscription
from billing.services import refunding
from billing.services.pushing import push
from billing.services.refunding import NotGivenBack, NotKnown, NotRefundable, Wish, refund_payment
from billing.services.resolving import find_payment
from plans.models import Plan
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tests.billing.back_office.shop import Till, hear, running
from tests.billing.money import NOW, buy, card_fact, card_order, give_funds, tell
from tests.world import World


def wish(by: User, amount: int, *, seen: int = 0) -> Wish:
    return Wish(amount, "Asked for it", seen, by)


def refunds_there(till: Till) -> list[int]:
    return [one.amount for one in till.client.v1.refunds.list({"limit": 100}).data]


def test_part_of_a_card_payment_goes_back_once_however_often_it_is_pressed(
    till: Till, free: Tenant, ana: User, olivia: User
) -> None:
    payment = till.funds(free, ana, 5000)
    for _press in range(3):
        refund_payment(payment, wish(olivia, 2000), now=NOW)
    payment.refresh_from_db()
    assert (payment.refunded, payment.status) == (2000, Status.PAID)
    assert refunds_there(till) == [2000]
    refund = Refund.objects.get()
    assert (refund.by, refund.reason) == (olivia, "Asked for it")
    assert balance_of(free).balance == 3000
    said = AuditEntry.objects.get(verb="payment.refunded")
    assert (said.reason, said.changes) == ("Asked for it", {"refunded": [None, "$20.00"]})
    assert said.tenant_id == free.pk


def test_rest_can_go_back_later_and_then_it_is_a_refunded_payment(
    till: Till, free: Tenant, ana: User, olivia: User
) -> None:
    payment = till.funds(free, ana, 5000)
    refund_payment(payment, wish(olivia, 2000), now=NOW)
    refund_payment(payment, wish(olivia, 3000, seen=1), now=NOW)
    payment.refresh_from_db()
    assert (payment.refunded, payment.status) == (5000, Status.REFUNDED)
    assert sorted(refunds_there(till)) == [2000, 3000]
    assert balance_of(free).balance == 0


def test_spent_funds_become_debt_and_that_is_said_beforehand(
    till: Till, free: Tenant, plan: Plan, ana: User, olivia: User
) -> None:
    payment = till.funds(free, ana, 5000)
    buy(free, plan, ana, due=2900)
    said = [str(one) for one in refunding.foretell(find_payment(payment.pk))]
    assert said == [
        "Stripe sends the money back to where it came from (Visa 4242).",
        "Their balance of $21.00 does not cover that: $29.00 becomes debt.",
        "The next funds that they add settle the debt first.",
    ]
    refund_payment(payment, wish(olivia, 5000), now=NOW)
    account = balance_of(free)
    assert (account.balance, account.debt) == (0, 2900)


def test_plan_payment_marks_the_subscription_and_leaves_the_plan(
    till: Till, free: Tenant, plan: Plan, ana: User, olivia: User
) -> None:
    payment = till.plan(free, plan, ana)
    said = [str(one) for one in refunding.foretell(find_payment(payment.pk))]
    assert said[1:] == [
        "Their plan stays as it is; move them to another one if it is not to.",
        "The subscription is marked for you to look at.",
    ]
    refund_payment(payment, wish(olivia, 2900), now=NOW)
    free.refresh_from_db()
    assert free.plan == plan
    assert running(free).needs_review


def test_payment_from_the_balance_goes_back_to_the_balance(
    free: Tenant, plan: Plan, ana: User, olivia: User
) -> None:
    give_funds(free, 5000)
    payment = buy(free, plan, ana, due=2900)
    said = [str(one) for one in refunding.foretell(find_payment(payment.pk))]
    assert said[0] == "The money goes to the balance of Salon Aurora, which is $21.00 now."
    for _press in range(2):
        refund_payment(payment, wish(olivia, 1000), now=NOW)
    payment.refresh_from_db()
    assert (payment.refunded, balance_of(free).balance) == (1000, 3100)
    entry = BalanceEntry.objects.get(kind=BalanceEntry.Kind.REFUND)
    assert (entry.amount, entry.payment) == (1000, payment)
    assert running(free).needs_review
    assert Refund.objects.get().by == olivia


def test_webhook_that_is_first_does_not_hide_who_gave_it_back(
    till: Till, free: Tenant, ana: User, olivia: User
) -> None:
    """Stripe's answer is lost; its notification comes; the second try finds the same refund."""
    payment = till.funds(free, ana, 5000)
    till.sandbox.fault("after", times=2, method="POST", path="/v1/refunds")
    with pytest.raises(NotKnown, match="nothing goes back twice"):
        refund_payment(payment, wish(olivia, 5000), now=NOW)
    assert refunds_there(till) == [5000]
    assert balance_of(free).balance == 5000
    refund_payment(payment, wish(olivia, 5000), now=NOW)
    assert refunds_there(till) == [5000]
    assert balance_of(free).balance == 0
    assert Refund.objects.get().by == olivia


def test_stripe_down_changes_nothing(till: Till, free: Tenant, ana: User, olivia: User) -> None:
    payment = till.funds(free, ana, 5000)
    till.sandbox.fault("500", times=2, method="POST", path="/v1/refunds")
    with pytest.raises(NotKnown):
        refund_payment(payment, wish(olivia, 5000), now=NOW)
    assert not Refund.objects.exists()
    assert not AuditEntry.objects.filter(verb="payment.refunded").exists()


def test_stripe_says_no(till: Till, free: Tenant, ana: User, olivia: User) -> None:
    payment = till.funds(free, ana, 5000)
    Payment.objects.filter(pk=payment.pk).update(charge_id="pi_nobody_knows")
    payment.refresh_from_db()
    with pytest.raises(NotGivenBack, match="Stripe did not give it back: "):
        refund_payment(payment, wish(olivia, 5000), now=NOW)
    assert not Refund.objects.exists()


@pytest.mark.parametrize("amount", [-100, 0, 5001])
def test_more_than_is_left_or_nothing_cannot_go_back(
    till: Till, free: Tenant, ana: User, olivia: User, amount: int
) -> None:
    payment = till.funds(free, ana, 5000)
    with pytest.raises(NotRefundable, match=r"At most \$50\.00"):
        refund_payment(payment, wish(olivia, amount), now=NOW)
    assert refunds_there(till) == []


def test_what_went_back_meanwhile_stops_the_press(
    till: Till, free: Tenant, ana: User, olivia: User
) -> None:
    payment = till.funds(free, ana, 5000)
    refund_payment(payment, wish(olivia, 1000), now=NOW)
    with pytest.raises(NotRefundable, match="went back meanwhile"):
        refund_payment(payment, wish(olivia, 4000, seen=0), now=NOW)
    assert refunds_there(till) == [1000]


def test_pending_payment_has_nothing_to_give_back(free: Tenant, ana: User, olivia: User) -> None:
    payment = Payment.objects.create(
        tenant=free, gateway="stripe", environment="sandbox", purpose="funds", amount=500,
        currency="USD", title="Funds added",
    )  # fmt: skip
    assert not refunding.can_refund(payment)
    with pytest.raises(NotRefundable, match="nothing that could be"):
        refund_payment(payment, wish(olivia, 500), now=NOW)


def test_gateway_without_keys_is_said(
    till: Till, free: Tenant, ana: User, olivia: User, settings: object
) -> None:
    payment = till.funds(free, ana, 5000)
    Payment.objects.filter(pk=payment.pk).update(environment="live")
    payment.refresh_from_db()
    with pytest.raises(NotGivenBack, match="its keys are missing"):
        refund_payment(payment, wish(olivia, 5000), now=NOW)


def test_money_without_effect_takes_nothing_back_and_ends_what_it_began(
    till: Till, free: Tenant, plan: Plan, ana: User, olivia: User
) -> None:
    """The plan was deleted while somebody paid for it: nobody is to be charged for it a month later either."""
    gone = Plan.objects.create(name="Gone", monthly_price=4900)
    till.offer(gone)
    payment = till.buy(free, gone, ana)
    Plan.objects.filter(pk=gone.pk).delete()

    payment = hear(payment)
    assert payment.is_without_effect
    assert [str(s) for s in refunding.foretell(find_payment(payment.pk))][1:] == [
        "It had no effect here, so nothing is taken back."
    ]
    refund_payment(payment, wish(olivia, 4900), now=NOW)
    made = Subscription.objects.get(tenant=free)
    assert (made.standing, made.push_due_at) == ("ended", NOW)

    assert push(made.pk, NOW)
    there = till.client.v1.subscriptions.retrieve(made.external_id)
    assert there.status == "canceled"


@pytest.mark.django_db(transaction=True, available_apps=project.INSTALLED_APPS)
def test_pressed_by_five_at_once_it_goes_back_once(committed_world: World, till: Till) -> None:
    """And no request leaves while a row is locked."""
    world = committed_world
    payment = till.funds(world.aurora, world.ana, 5000)

    def press(_number: int) -> str:
        try:
            refund_payment(payment, wish(world.olivia, 2000), now=NOW)
        except (NotKnown, NotRefundable, NotGivenBack) as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(5) as pool:
        said = list(pool.map(press, range(5)))
    assert set(said) <= {"done", "NotKnown"}
    assert "done" in said
    assert refunds_there(till) == [2000]
    assert balance_of(world.aurora).balance == 3000
    assert AuditEntry.objects.filter(verb="payment.refunded").count() == 1


@pytest.mark.django_db(transaction=True, available_apps=project.INSTALLED_APPS)
def test_balance_is_given_back_once_by_five_at_once(committed_world: World) -> None:
    world = committed_world
    give_funds(world.aurora, 5000)
    payment = buy(world.aurora, world.plan, world.ana, due=2900)

    def press(_number: int) -> None:
        try:
            refund_payment(payment, wish(world.olivia, 1000), now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(press, range(5)))
    assert balance_of(world.aurora).balance == 3100
    assert Refund.objects.count() == 1


def test_dispute_that_took_all_leaves_nothing_to_give_back(
    free: Tenant, plan: Plan, ana: User, olivia: User
) -> None:

    payment = card_order(free, plan, ana)
    fact = card_fact(payment)
    tell(fact)
    tell(RefundFact("dp_1", fact.charge_id, 2900, NOW, is_dispute=True))
    payment.refresh_from_db()
    with pytest.raises(NotRefundable, match="nothing that could be"):
        refund_payment(payment, wish(olivia, 2900, seen=1), now=NOW)
