"""Whatever order the news comes in, late, twice, or one before another, it ends in the same state as the ideal one."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import Payment, WebhookEvent
from billing.services import checkout
from plans.models import Plan
from sandbox.mercadopago.testing import MercadoPagoSandbox
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.inbox.histories import (
    History,
    Parcel,
    differences,
    state,
    undone,
    work_one_by_one,
    work_to_the_end,
)
from tests.billing.inbox.shop import Shop
from tests.billing.money import NOW, press
from tests.world import World

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("TENANTRY_EXAMPLES", "6"))
"""How many orders of each history are tried; more of them for an afternoon."""


def nothing(sandbox: StripeSandbox) -> None:
    """Time goes by."""


def last_intent(sandbox: StripeSandbox) -> str:
    return str(sandbox.world.store.all("payment_intent", status="succeeded")[-1]["id"])


def refund_last(amount: int | None = None) -> Callable[[StripeSandbox], object]:
    return lambda sandbox: sandbox.refund(last_intent(sandbox), amount)


@pytest.fixture
def on_free(world: World) -> Tenant:
    Tenant.objects.filter(pk=world.aurora.pk).update(plan=world.small_plan)
    world.aurora.refresh_from_db()
    return world.aurora


@pytest.fixture
def shop(sandbox: StripeSandbox, plan: Plan) -> Shop:
    shop = Shop(sandbox)
    shop.offer(plan)
    return shop


@pytest.fixture
def bought(shop: Shop, on_free: Tenant, plan: Plan, ana: User) -> History:
    """A plan by card, its first renewal, and all of that given back."""
    payment = shop.order(on_free, plan, ana)
    history = History(shop.sandbox)
    history.record(lambda sandbox: sandbox.pay(payment.pay_url))
    history.record(nothing, days=31)
    history.record(refund_last(1000))
    history.record(refund_last(1900), days=2)
    return history


@pytest.fixture
def lapsed(shop: Shop, on_free: Tenant, plan: Plan, ana: User) -> History:
    """A plan whose renewal fails until Stripe gives up; the bank takes the first payment back, and loses."""
    payment = shop.order(on_free, plan, ana)
    history = History(shop.sandbox)
    history.record(lambda sandbox: sandbox.pay(payment.pay_url, card="4444"))
    disputes: list[str] = []
    history.record(
        lambda sandbox: disputes.append(sandbox.dispute(last_intent(sandbox))["id"]), days=31
    )
    history.record(lambda sandbox: sandbox.close_dispute(disputes[0], "won"), days=2)
    history.record(nothing, days=8)
    return history


@pytest.fixture
def recovered(shop: Shop, on_free: Tenant, plan: Plan, ana: User) -> History:
    """A renewal that fails first and is collected later, and one more after that."""
    payment = shop.order(on_free, plan, ana)
    history = History(shop.sandbox)
    history.record(lambda sandbox: sandbox.pay(payment.pay_url))
    customer = shop.sandbox.world.store.all("subscription")[0]["customer"]
    shop.sandbox.set_cards(customer, "fail")
    history.record(nothing, days=31)
    shop.sandbox.set_cards(customer, "work")
    history.record(nothing, days=3)
    history.record(nothing, days=30)
    return history


@pytest.fixture
def funded(shop: Shop, on_free: Tenant, ana: User) -> History:
    """Money for the balance; a part goes back, then the bank takes the rest, and loses."""
    pressed = press(ana, 5000, gateway="stripe")
    order = checkout.order(on_free, "funds", title="Funds", ordered={}, press=pressed, now=NOW)
    checkout.begin(order, now=NOW)
    history = History(shop.sandbox)
    history.record(lambda sandbox: sandbox.decline(order.pay_url))
    history.record(lambda sandbox: sandbox.pay(order.pay_url))
    history.record(refund_last(1500), hours=1)
    disputes: list[str] = []
    history.record(
        lambda sandbox: disputes.append(sandbox.dispute(last_intent(sandbox), 3500)["id"]), days=5
    )
    history.record(lambda sandbox: sandbox.close_dispute(disputes[0], "won"), days=20)
    return history


# Mercado Pago


def order_funds(tenant: Tenant, by: User) -> Payment:
    pressed = press(by, 5000, gateway="mercadopago")
    order = checkout.order(tenant, "funds", title="Funds", ordered={}, press=pressed, now=NOW)
    return checkout.begin(order, now=NOW).payment


@pytest.fixture
def one_cycle(mercadopago: MercadoPagoSandbox, on_free: Tenant, plan: Plan, ana: User) -> History:
    """A plan for a month, after a card that was rejected; the bank takes it back, and wins.

    All at one time: a cycle that does not renew begins when its payment is carried out.
    """
    pressed = press(ana, plan.monthly_price, gateway="mercadopago")
    order = checkout.order_plan(on_free, plan.pk, "monthly", pressed, now=NOW)
    url = checkout.begin(order, now=NOW).url
    history = History(mercadopago, "mercadopago")
    history.record(lambda sandbox: sandbox.decline(url))
    history.record(lambda sandbox: sandbox.pay(url))
    taken: list[str] = []
    history.record(
        lambda sandbox: taken.append(sandbox.chargeback(sandbox.payments()[-1]["id"])["id"])
    )
    history.record(lambda sandbox: sandbox.close_chargeback(taken[0], "lost"))
    return history


@pytest.fixture
def by_slip(mercadopago: MercadoPagoSandbox, on_free: Tenant, ana: User) -> History:
    """Funds by a slip that is paid two days later; a part goes back, twice."""
    url = order_funds(on_free, ana).pay_url
    history = History(mercadopago, "mercadopago")
    history.record(lambda sandbox: sandbox.slip(url))
    history.record(lambda sandbox: sandbox.pay_slip(sandbox.payments()[0]["id"]), days=2)
    history.record(lambda sandbox: sandbox.refund(sandbox.payments()[0]["id"], 10))
    history.record(lambda sandbox: sandbox.refund(sandbox.payments()[0]["id"], 5.5), hours=3)
    return history


@pytest.fixture
def never_paid(mercadopago: MercadoPagoSandbox, on_free: Tenant, ana: User) -> History:
    """A slip that its payer forgets."""
    url = order_funds(on_free, ana).pay_url
    history = History(mercadopago, "mercadopago")
    history.record(lambda sandbox: sandbox.slip(url))
    history.record(nothing, days=4)
    return history


@pytest.fixture
def twice(mercadopago: MercadoPagoSandbox, on_free: Tenant, ana: User) -> History:
    """A slip, and a card all the same; the slip is paid, too. It goes back; the bank takes the card's, and loses."""
    url = order_funds(on_free, ana).pay_url
    history = History(mercadopago, "mercadopago")
    history.record(lambda sandbox: sandbox.slip(url))
    history.record(lambda sandbox: sandbox.pay(url), hours=1)
    history.record(lambda sandbox: sandbox.pay_slip(sandbox.payments()[0]["id"]), days=1)
    history.record(lambda sandbox: sandbox.refund(sandbox.payments()[0]["id"]), days=1)
    taken: list[str] = []
    history.record(
        lambda sandbox: taken.append(sandbox.chargeback(sandbox.payments()[1]["id"])["id"])
    )
    history.record(lambda sandbox: sandbox.close_chargeback(taken[0], "won"), days=20)
    return history


def due(now: datetime) -> list[WebhookEvent]:
    return list(WebhookEvent.objects.filter(due_at__lte=now).order_by("pk"))


def ideal(history: History, tenant: Tenant) -> dict[str, object]:
    """Everything is told once, in its order, as soon as it has happened."""
    with undone():
        for step in history.steps:
            history.go_to(step)
            for parcel in step.parcels:
                history.deliver(parcel, step.now)
                work_one_by_one(due(step.now), step.now)
        work_to_the_end(history.steps[-1].now)
        return state(tenant)


def disordered(history: History, tenant: Tenant, data: st.DataObject) -> dict[str, object]:
    """Some of what is told at each step comes then, the rest later; in any order, and some of it several times."""
    with undone():
        waiting: list[Parcel] = []
        for step in history.steps:
            history.go_to(step)
            waiting += step.parcels
            copies = data.draw(st.lists(st.sampled_from(waiting), max_size=3)) if waiting else []
            shuffled = data.draw(st.permutations(waiting + copies))
            comes = data.draw(st.integers(0, len(shuffled)))
            for parcel in shuffled[:comes]:
                history.deliver(parcel, step.now)
                if data.draw(st.booleans()):
                    work_one_by_one(due(step.now), step.now)
            come = shuffled[:comes]
            waiting = [parcel for parcel in waiting if parcel not in come]
        for parcel in data.draw(st.permutations(waiting)):
            history.deliver(parcel, history.steps[-1].now)
        left = due(history.steps[-1].now)
        work_one_by_one(data.draw(st.permutations(left)) if left else [], history.steps[-1].now)
        work_to_the_end(history.steps[-1].now)
        return state(tenant)


@pytest.mark.parametrize(
    "name",
    ["bought", "lapsed", "recovered", "funded", "one_cycle", "by_slip", "never_paid", "twice"],
)
def test_any_order_ends_like_the_ideal_one(
    name: str, request: pytest.FixtureRequest, on_free: Tenant
) -> None:
    history: History = request.getfixturevalue(name)
    expected = ideal(history, on_free)
    check_expected(name, expected)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def check(data: st.DataObject) -> None:
        assert differences(expected, disordered(history, on_free, data)) == {}

    check()


def check_expected(name: str, expected: dict[str, Any]) -> None:
    """The ideal order itself has done what it should: the same nothing everywhere would prove nothing."""
    payments = [each for key, each in expected.items() if key.startswith("payment ")]
    statuses = sorted((one["purpose"], one["status"], one["refunded"]) for one in payments)
    assert (
        statuses
        == {
            "bought": [("plan", "paid", 0), ("renewal", "refunded", 2900)],
            "lapsed": [("plan", "paid", 0)],
            "recovered": [("plan", "paid", 0), ("renewal", "paid", 0), ("renewal", "paid", 0)],
            "funded": [("funds", "paid", 1500)],
            "one_cycle": [("plan", "refunded", 2900)],
            "by_slip": [("funds", "paid", 1550)],
            "never_paid": [("funds", "failed", 0)],
            "twice": [("funds", "paid", 0), ("funds", "refunded", 5000)],
        }[name]
    )
    running = [each for key, each in expected.items() if key.startswith("subscription ")]
    standings = [one["standing"] for one in running]
    without_plan = name in {"funded", "by_slip", "never_paid", "twice"}
    assert standings == {"lapsed": ["ended"]}.get(name, [] if without_plan else ["active"])
    balances = {"funded": 3500, "by_slip": 3450, "twice": 5000}
    assert expected.get("balance", (0, 0)) == (balances.get(name, 0), 0)
    carried_out = [one for one in payments if one["carried out"]]
    assert len(expected["invoice numbers"]) == len(carried_out)


def test_payment_of_which_nobody_knows_is_not_invented(bought: History, on_free: Tenant) -> None:
    """The same events at an installation that never ordered anything of it."""
    with undone():
        Payment.objects.all().delete()
        for step in bought.steps:
            bought.go_to(step)
            for parcel in step.parcels:
                bought.deliver(parcel, step.now)
            work_to_the_end(step.now)
        assert set(WebhookEvent.objects.values_list("outcome", flat=True)) == {"ignored"}
        assert not Payment.objects.exists()
