"""A plan that was not paid as it was ordered: the subscription that began at Stripe does not outlive the decision."""

import pytest

from billing.ledger import balance_of
from billing.models import Payment, Subscription
from billing.services import resolving
from billing.services.pushing import push
from billing.services.refunding import Wish, refund_payment
from billing.services.resolving import NotToResolve
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.back_office.shop import Till, hear
from tests.billing.money import NOW

OTHERWISE = {
    "more was ordered": {"amount": 4000},
    "less was ordered": {"amount": 2000},
    "in another currency": {"currency": "EUR"},
}
DIFFERS = pytest.mark.parametrize("changes", OTHERWISE.values(), ids=OTHERWISE)


@pytest.fixture
def odd(till: Till, free: Tenant, plan: Plan, ana: User, changes: dict[str, object]) -> Payment:
    """Team for $29.00, where something else was ordered: Stripe has begun its subscription, and we have none."""
    till.offer(plan)
    payment = till.buy(free, plan, ana)
    Payment.objects.filter(pk=payment.pk).update(**changes)
    found = hear(payment)
    assert found.is_without_effect
    assert "was ordered" in found.problem
    assert standing(till) == "active"
    assert not Subscription.objects.exists()
    return found


def standing(till: Till) -> str:
    """Of the only subscription at Stripe."""
    (there,) = till.client.v1.subscriptions.list({"status": "all"}).data
    return str(there.status)


def is_ended(till: Till) -> bool:
    """Whether we have told Stripe, once for all, that it is over."""
    over = Subscription.objects.get()
    assert (over.standing, over.push_due_at) == ("ended", NOW)
    assert push(over.pk, NOW)
    return standing(till) == "canceled"


@DIFFERS
def test_put_on_the_balance_it_is_ended(
    odd: Payment, till: Till, free: Tenant, olivia: User
) -> None:
    with pytest.raises(NotToResolve, match="came in where"):
        resolving.carry_out_again(odd, by=olivia, now=NOW)
    resolving.put_on_balance(odd, reason="They chose so", by=olivia, now=NOW)
    assert balance_of(free).balance == 2900
    assert is_ended(till)


@DIFFERS
def test_given_back_it_is_ended(odd: Payment, till: Till, olivia: User) -> None:
    """Also where what came in is less than what was ordered: then something seems to be left."""
    amount = min(odd.amount, 2900)
    refund_payment(odd, Wish(amount, "Wrong price", 0, olivia), now=NOW)
    assert is_ended(till)


@DIFFERS
def test_settled_otherwise_it_is_ended(odd: Payment, till: Till, olivia: User) -> None:
    for _press in range(2):
        resolving.mark_seen(odd, note="Given back by hand at Stripe", by=olivia, now=NOW)
    assert is_ended(till)


@pytest.mark.parametrize("changes", [{"amount": 4000}])
def test_answer_that_was_lost_is_asked_for_by_the_next_press(
    odd: Payment, till: Till, olivia: User
) -> None:
    wish = Wish(2900, "Wrong price", 0, olivia)
    till.sandbox.fault("500", times=4, method="GET", path="/v1/checkout/sessions/*")
    refund_payment(odd, wish, now=NOW)
    assert not Subscription.objects.exists()
    till.sandbox.plan.clear()
    refund_payment(odd, wish, now=NOW)
    assert is_ended(till)


def test_part_that_goes_back_leaves_what_may_still_be_carried_out(
    till: Till, free: Tenant, plan: Plan, ana: User, olivia: User
) -> None:
    till.offer(plan)
    payment = till.buy(free, plan, ana)
    broken = {**payment.ordered, "plan_id": 10**9}
    Payment.objects.filter(pk=payment.pk).update(ordered=broken)
    stuck = hear(payment)
    refund_payment(stuck, Wish(900, "A part", 0, olivia), now=NOW)
    assert not Subscription.objects.exists()
    refund_payment(stuck, Wish(2000, "The rest", 1, olivia), now=NOW)
    assert is_ended(till)
