"""What every gateway with a page of its own does alike: paid once, given up, given back, taken back, away."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest

from billing.gateways.base import GatewayUnavailable, PaymentState
from billing.gateways.catalogue import KINDS
from billing.ledger import balance_of
from billing.models import Payment, Refund, Status
from billing.services import checkout, gateways, refunding
from billing.services.adding_funds import add_funds
from billing.services.reconciliation.findings import TAKE_IN
from billing.services.reconciliation.reconciling import keep, put_right, reconcile
from billing.services.refunding import NotKnown, Wish
from tenants.models import Tenant, User
from tests.billing.money import NOW, press
from tests.billing.till import Till, an_order

ORDER = an_order(pay_until=NOW + timedelta(days=1))


@pytest.fixture
def paid(till: Till, on_free: Tenant, ana: User) -> Payment:
    """Funds that came and were heard of."""
    payment = till.funds(on_free, ana, 5000)
    till.pay(payment.pay_url)
    till.hear()
    payment.refresh_from_db()
    assert payment.fulfilled_at
    return payment


@pytest.mark.req(93)
def test_payment_from_order_to_balance(till: Till, on_free: Tenant, ana: User) -> None:
    payment = till.funds(on_free, ana, 5000)
    assert payment.pay_url.startswith(till.sandbox.url)
    till.pay(payment.pay_url)
    assert "Paid and carried out." in till.hear()
    payment.refresh_from_db()
    assert (payment.status, payment.problem, payment.paid_with) == (Status.PAID, "", till.paid_with)
    assert payment.charge_id
    assert balance_of(on_free).balance == 5000


def test_same_order_is_the_same_page(till: Till) -> None:
    assert till.gateway.start(ORDER) == till.gateway.start(ORDER)


def test_order_is_one_page_though_the_answer_was_lost(till: Till) -> None:
    till.sandbox.fault("after", method="POST", path="*", times=2)
    with pytest.raises(GatewayUnavailable):
        till.gateway.start(ORDER)
        till.gateway.start(ORDER)
    till.sandbox.plan.clear()
    started = till.gateway.start(ORDER)
    assert till.gateway.start(ORDER) == started


def test_owner_without_an_address_can_pay(till: Till) -> None:
    assert till.gateway.start(an_order(email="")).url


def test_refused_card_leaves_the_page_open(till: Till) -> None:
    started = till.gateway.start(ORDER)
    till.decline(started.url)
    fact = till.gateway.find_payment(started.external_id)
    assert fact
    assert fact.state is PaymentState.PENDING
    till.pay(started.url)
    fact = till.gateway.find_payment(started.external_id)
    assert fact
    assert (fact.state, fact.amount, fact.reference) == (PaymentState.PAID, 2900, "pay_1")


@pytest.mark.parametrize("name", ["", "cs_unknown", "123-unknown", "999", "pi_1"])
def test_unknown_attempt_is_none(till: Till, name: str) -> None:
    assert till.gateway.find_payment(name) is None


def test_page_that_is_left_open_has_its_end(till: Till) -> None:
    started = till.gateway.start(ORDER)
    till.sandbox.advance(hours=25)
    fact = till.gateway.find_payment(started.external_id)  # PayPal forgets it
    assert fact is None or (fact.state, bool(fact.failure)) == (PaymentState.FAILED, True)


# Given up


def test_abandoned_page_cannot_be_paid(till: Till, on_free: Tenant, ana: User) -> None:
    payment = till.funds(on_free, ana, 5000)
    checkout.abandon(payment, now=NOW, why="Changed my mind.")
    payment.refresh_from_db()
    assert (payment.status, payment.failure) == (Status.FAILED, "Changed my mind.")
    with suppress(AssertionError):  # the page is closed; at PayPal it is open, and nobody collects
        till.pay(payment.pay_url)
    till.hear()
    assert balance_of(on_free).balance == 0
    till.gateway.abandon(payment.external_id)


def test_giving_up_what_was_just_paid_settles_it(till: Till, on_free: Tenant, ana: User) -> None:
    payment = till.funds(on_free, ana, 5000)
    till.pay(payment.pay_url)
    checkout.abandon(payment, now=NOW)
    payment.refresh_from_db()
    assert payment.status == Status.PAID
    assert balance_of(on_free).balance == 5000


# Pressed again


def begin(payment: Payment, till: Till) -> checkout.Way:
    return checkout.begin(Payment.objects.get(pk=payment.pk), now=till.now)


def closes_after(till: Till) -> timedelta:
    """Just after the page is not counted on any more, and before the company closes it."""
    return KINDS[till.key].page_lasts + timedelta(minutes=1)


@pytest.mark.parametrize("hours", [0, 3, 25])
def test_page_that_has_closed_is_opened_anew_and_the_old_one_pays_nothing(
    till: Till, on_free: Tenant, ana: User, hours: int
) -> None:
    old = till.funds(on_free, ana, 5000)
    till.sandbox.advance_to(NOW + closes_after(till) + timedelta(hours=hours))
    way = begin(old, till)
    old.refresh_from_db()
    assert (old.status, way.payment.status) == (Status.FAILED, Status.PENDING)
    assert way.url
    assert way.url != old.pay_url
    with suppress(
        AssertionError
    ):  # the page is closed; at PayPal it may be open, and nobody collects
        till.pay(old.pay_url)
    till.hear()
    assert balance_of(on_free).balance == 0
    till.pay(way.url)
    till.hear()
    assert balance_of(on_free).balance == 5000


def test_page_that_is_open_is_the_same_one(till: Till, on_free: Tenant, ana: User) -> None:
    payment = till.funds(on_free, ana, 5000)
    till.sandbox.advance_to(NOW + KINDS[till.key].page_lasts - timedelta(minutes=1))
    assert begin(payment, till).url == payment.pay_url


def test_pressed_again_and_again_it_is_one_order(till: Till, on_free: Tenant, ana: User) -> None:
    pressed = press(ana, 5000, gateway=till.key)
    old = add_funds(on_free, pressed, now=till.now).payment
    till.sandbox.advance_to(NOW + closes_after(till))
    ways = [
        add_funds(on_free, pressed, now=till.now),
        checkout.begin(old, now=till.now),  # in another tab, which has not heard of that
        add_funds(on_free, pressed, now=till.now),
    ]
    assert {way.url for way in ways} == {Payment.objects.pending().get().pay_url}


def test_money_that_came_unheard_is_not_asked_for_again(
    till: Till, on_free: Tenant, ana: User
) -> None:
    old = till.funds(on_free, ana, 5000)
    till.sandbox.fault("drop", times=9)
    till.pay(old.pay_url)
    till.sandbox.advance_to(NOW + closes_after(till))
    way = begin(old, till)
    assert (way.url, way.payment.pk, way.payment.status) == ("", old.pk, Status.PAID)
    assert balance_of(on_free).balance == 5000


def test_company_that_is_away_leaves_the_order_as_it_was(
    till: Till, on_free: Tenant, ana: User
) -> None:
    old = till.funds(on_free, ana, 5000)
    till.sandbox.advance_to(NOW + closes_after(till))
    till.sandbox.fault("connection", times=99)
    with pytest.raises(GatewayUnavailable):
        begin(old, till)
    assert Payment.objects.get().is_pending
    till.sandbox.plan.clear()
    assert begin(old, till).url
    assert Payment.objects.pending().count() == 1


# Told


def test_everything_told_again_changes_nothing(till: Till, paid: Payment, on_free: Tenant) -> None:
    for event in till.sandbox.events():
        till.sandbox.redeliver(event["id"])
    till.hear()
    assert Payment.objects.count() == 1
    assert balance_of(on_free).balance == 5000


@pytest.mark.parametrize("fault", ["duplicate", "reorder"])
def test_deliveries_may_be_as_they_like(fault: str, till: Till, on_free: Tenant, ana: User) -> None:
    payment = till.funds(on_free, ana, 5000)
    till.decline(payment.pay_url)
    till.pay(payment.pay_url)
    till.sandbox.fault(fault, times=9)
    assert till.hear().count("Paid and carried out.") == 1
    assert balance_of(on_free).balance == 5000


def test_payment_that_was_never_told_is_found_by_looking(
    till: Till, on_free: Tenant, ana: User
) -> None:
    payment = till.funds(on_free, ana, 5000)
    till.sandbox.fault("drop", times=9)
    till.pay(payment.pay_url)
    assert till.hear() == []
    assert checkout.look(payment, now=NOW).status == Status.PAID


# Going back


def test_refund_is_told_and_taken_in(till: Till, paid: Payment, on_free: Tenant) -> None:
    till.refund(paid.charge_id, 1500)
    assert "Taken back." in till.hear()
    paid.refresh_from_db()
    assert (paid.refunded, balance_of(on_free).balance) == (1500, 3500)


def test_given_back_from_our_console(
    till: Till, paid: Payment, on_free: Tenant, olivia: User
) -> None:
    refunding.refund_payment(paid, Wish(2000, "Asked for", 0, olivia), now=NOW)
    till.hear()
    refund = Refund.objects.get()
    assert (refund.amount, refund.by, refund.reason) == (2000, olivia, "Asked for")
    assert balance_of(on_free).balance == 3000


def test_refund_whose_answer_is_lost_is_one_refund(
    till: Till, paid: Payment, on_free: Tenant, olivia: User
) -> None:
    till.sandbox.fault("after", method="POST", path="*refund*", times=2)
    wish = Wish(2000, "Asked for", 0, olivia)
    with pytest.raises(NotKnown):
        refunding.refund_payment(paid, wish, now=NOW)
        refunding.refund_payment(paid, wish, now=NOW)
    till.sandbox.plan.clear()
    refunding.refund_payment(paid, wish, now=NOW)
    till.hear()
    assert [one.amount for one in Refund.objects.all()] == [2000]
    assert balance_of(on_free).balance == 3000


def test_dispute_takes_back_and_a_won_one_gives_back(
    till: Till, paid: Payment, on_free: Tenant
) -> None:
    name = till.dispute(paid.charge_id)
    till.hear()
    paid.refresh_from_db()
    assert (paid.refunded, balance_of(on_free).balance) == (5000, 0)
    till.close_dispute(name, "won")
    till.hear()
    paid.refresh_from_db()
    assert (paid.refunded, paid.status) == (0, Status.PAID)
    assert balance_of(on_free).balance == 5000


def test_lost_dispute_stays_taken_back(till: Till, paid: Payment, on_free: Tenant) -> None:
    name = till.dispute(paid.charge_id)
    till.close_dispute(name, "lost")
    till.hear()
    paid.refresh_from_db()
    assert (paid.status, balance_of(on_free).balance) == (Status.REFUNDED, 0)


# Reconciliation


def test_where_both_agree_nothing_is_found(till: Till, paid: Payment) -> None:
    till.refund(paid.charge_id, 1000)
    till.hear()
    till.sandbox.advance(hours=till.books_after)
    assert reconcile(till.now).findings == []


def test_payment_we_have_not_heard_of_is_taken_in(
    till: Till, on_free: Tenant, ana: User, olivia: User
) -> None:
    payment = till.funds(on_free, ana, 5000)
    till.pay(payment.pay_url)
    till.sandbox.advance(hours=till.books_after)
    report = reconcile(till.now)
    assert [(one.kind, one.remedy) for one in report.findings] == [("not_here", TAKE_IN)]
    assert put_right(keep(report).pk, 1, by=olivia, now=till.now) == "Paid and carried out."
    assert reconcile(till.now).findings == []


def test_refund_we_have_not_heard_of_is_found(till: Till, paid: Payment) -> None:
    till.refund(paid.charge_id, 1000)
    till.sandbox.advance(hours=till.books_after)
    assert [one.kind for one in reconcile(till.now).findings] == ["other_refund"]


# Away


@pytest.mark.parametrize("fault", ["500", "connection"])
def test_trouble_is_unavailable(fault: str, till: Till) -> None:
    started = till.gateway.start(ORDER)
    till.pay(started.url)
    fact = till.gateway.find_payment(started.external_id)
    assert fact
    till.sandbox.fault(fault, times=99)
    acts: tuple[Callable[[], object], ...] = (
        till.gateway.test_connection,
        lambda: till.gateway.start(an_order("pay_2")),
        lambda: till.gateway.find_payment(started.external_id),
        lambda: till.gateway.abandon(started.external_id),
        lambda: till.gateway.refund(fact.charge_id, 100, "USD", key="k"),
        lambda: list(till.gateway.paid_since(NOW)),
        lambda: list(till.gateway.gone_since(NOW)),
    )
    for act in acts:
        with pytest.raises(GatewayUnavailable) as caught:
            act()
        assert caught.value.detail
        error = caught.value
        assert error.__cause__ is None
        assert error.__suppress_context__ or error.__context__ is None


def test_order_that_is_not_answered_can_be_begun_again(
    till: Till, on_free: Tenant, ana: User
) -> None:
    till.sandbox.fault("connection", times=2)
    with pytest.raises(GatewayUnavailable):
        till.funds(on_free, ana, 5000)
    till.sandbox.plan.clear()
    payment = Payment.objects.get()
    assert payment.is_pending
    way = checkout.begin(payment, now=NOW)
    till.pay(way.url)
    till.hear()
    assert balance_of(on_free).balance == 5000


def test_connection_is_tested_by_name(till: Till) -> None:
    assert till.gateway.test_connection().upper().startswith("SANDBOX")


def test_nobody_home_is_unavailable(till: Till) -> None:
    secrets = gateways.SANDBOX_SECRETS
    gateway = KINDS[till.key].make("sandbox", secrets, "http://localhost:9")
    with pytest.raises(GatewayUnavailable) as caught:
        gateway.test_connection()  # type: ignore[attr-defined]
    assert caught.value.detail
    assert not any(secret in caught.value.detail for secret in secrets.values())


def test_double_that_does_not_run_is_not_connected(till: Till, settings: object) -> None:
    """Its key, which everybody knows, is shown to nobody."""
    setattr(settings, KINDS[till.key].sandbox_setting, "")
    with pytest.raises(gateways.NotConnected):
        gateways.connect_to(till.key, "sandbox")
