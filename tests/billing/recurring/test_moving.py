"""Moving from one gateway to the other leaves one subscription running, whoever is killed on the way (row 68)."""

import pytest

from billing.models import Payment, Standing, Status, Subscription
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.recurring.street import Street, killed_at

WAYS = [("stripe", "paypal"), ("paypal", "stripe")]
STEPS = 4
"""How many questions that change something a move takes at most."""


def begin_at(street: Street, tenant: Tenant, plan: Plan, by: User, first: str) -> Subscription:
    found = street.shops[first].buy(tenant, plan, by, due=2900)
    assert isinstance(found, Subscription)
    return found


@pytest.fixture
def sold(street: Street, plan: Plan, bigger: Plan) -> tuple[Plan, Plan]:
    for shop in street.shops.values():
        shop.send(plan, bigger)
    return plan, bigger


def check(street: Street, tenant: Tenant, old: Subscription, to: str, plan: Plan) -> None:
    """One runs anywhere, it is the new one, and each payment was made once."""
    live = live_subscription(tenant)
    assert live is not None
    assert (live.gateway, live.plan) == (to, plan)
    assert street.running() == [live.external_id]
    old.refresh_from_db()
    assert (old.standing, old.push_due_at) == (Standing.ENDED, None)
    paid = Payment.objects.filter(tenant=tenant, status=Status.PAID)
    assert [one.amount for one in paid.order_by("pk")] == [2900, 3000]
    tenant.refresh_from_db()
    assert tenant.plan == plan


@pytest.mark.req(68)
@pytest.mark.parametrize(("first", "to"), WAYS)
def test_old_one_is_ended_in_the_background_once_the_new_one_runs(
    street: Street,
    on_free: Tenant,
    sold: tuple[Plan, Plan],
    ana: User,
    first: str,
    to: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = begin_at(street, on_free, sold[0], ana, first)
    with killed_at(99, monkeypatch, sent=False) as asked:
        street.move(on_free, sold[1], ana, to, due=3000)
    check(street, on_free, old, to, sold[1])
    assert len(asked) <= STEPS, "so that each is the one that is lost, below"


@pytest.mark.req(68)
def test_there_and_back_leaves_one(
    street: Street, on_free: Tenant, sold: tuple[Plan, Plan], ana: User
) -> None:
    begin_at(street, on_free, sold[0], ana, "stripe")
    street.move(on_free, sold[1], ana, "paypal", due=3000)
    top = Plan.objects.create(name="Top", monthly_price=9900)
    street.shops["stripe"].send(top)
    street.move(on_free, top, ana, "stripe", due=4000)
    live = live_subscription(on_free)
    assert live is not None
    assert (live.gateway, street.running()) == ("stripe", [live.external_id])


@pytest.mark.req(68)
@pytest.mark.parametrize("sent", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(STEPS))
@pytest.mark.parametrize(("first", "to"), WAYS)
def test_whoever_is_killed_on_the_way_one_is_left(
    street: Street,
    on_free: Tenant,
    sold: tuple[Plan, Plan],
    ana: User,
    first: str,
    to: str,
    number: int,
    sent: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = begin_at(street, on_free, sold[0], ana, first)
    with killed_at(number, monkeypatch, sent=sent):
        street.move(on_free, sold[1], ana, to, due=3000)
    check(street, on_free, old, to, sold[1])


@pytest.mark.req(68)
@pytest.mark.parametrize("number", [0, 1, 3, 5])
@pytest.mark.parametrize(("first", "to"), WAYS)
def test_whoever_is_killed_while_reading_one_is_left(
    street: Street,
    on_free: Tenant,
    sold: tuple[Plan, Plan],
    ana: User,
    first: str,
    to: str,
    number: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = begin_at(street, on_free, sold[0], ana, first)
    with killed_at(number, monkeypatch, sent=True, writes=False) as asked:
        street.move(on_free, sold[1], ana, to, due=3000)
    assert len(asked) > number
    check(street, on_free, old, to, sold[1])


@pytest.mark.req(68)
@pytest.mark.parametrize(("first", "to"), WAYS)
def test_page_that_is_left_leaves_the_old_one(
    street: Street, on_free: Tenant, sold: tuple[Plan, Plan], ana: User, first: str, to: str
) -> None:
    old = begin_at(street, on_free, sold[0], ana, first)
    street.shops[to].order(on_free, sold[1], ana, due=3000)
    street.wait()
    street.push_all()
    assert street.running() == [old.external_id]
    assert live_subscription(on_free) == old
