"""Ours beside PayPal's books: its search of transactions, its disputes, its subscriptions."""

from datetime import timedelta
from typing import Any

import pytest

from billing.gateways.base import GatewayRefused
from billing.ledger import balance_of
from billing.models import Payment, Status, Subscription
from billing.services import refunding, subscriptions
from billing.services.reconciliation.findings import END_THERE, TAKE_IN, Finding
from billing.services.reconciliation.reconciling import keep, put_right, reconcile
from billing.services.refunding import Wish
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.paypal.shop import Shop


def found(shop: Shop) -> list[Finding]:
    shop.sandbox.advance(hours=4)
    return reconcile(shop.now, None).findings


def kinds(shop: Shop) -> list[str]:
    return [one.kind for one in found(shop)]


@pytest.fixture
def paid(shop: Shop, on_free: Tenant, ana: User) -> Payment:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    shop.hear()
    payment.refresh_from_db()
    return payment


@pytest.fixture
def running(shop: Shop, on_free: Tenant, plan: Plan, ana: User) -> Subscription:
    shop.send(plan)
    return shop.buy(on_free, plan, ana, due=2900)


def test_where_both_agree_nothing_is_found(
    shop: Shop, paid: Payment, running: Subscription
) -> None:
    shop.sandbox.advance(days=31)
    shop.hear()
    assert found(shop) == []


def test_everything_that_was_paid_is_told_once(
    shop: Shop, paid: Payment, running: Subscription
) -> None:
    shop.sandbox.advance(days=70)
    facts = list(shop.gateway.paid_since(NOW))
    told = [(fact.reference, fact.amount) for fact in facts]
    first = Payment.objects.get(purpose="plan")
    assert told == [(paid.reference, 5000), (first.reference, 2900), ("", 2900), ("", 2900)]
    assert len({fact.charge_id for fact in facts}) == 4
    later = list(shop.gateway.paid_since(NOW + timedelta(days=1)))
    assert [fact.amount for fact in later] == [2900, 2900]


def test_payment_we_have_not_heard_of_is_taken_in(
    shop: Shop, on_free: Tenant, ana: User, olivia: User
) -> None:
    payment = shop.funds(on_free, ana, 5000)
    shop.sandbox.pay(payment.pay_url)
    shop.gateway.find_payment(payment.external_id)
    shop.sandbox.advance(hours=4)
    report = reconcile(shop.now, None)
    (finding,) = report.findings
    assert (finding.kind, finding.remedy) == ("not_here", TAKE_IN)
    assert "PayPal (Sandbox) has $50.00" in finding.text
    assert put_right(keep(report).pk, 1, by=olivia, now=shop.now) == "Paid and carried out."
    assert balance_of(on_free).balance == 5000


def test_renewal_we_have_not_heard_of_is_taken_in(
    shop: Shop, on_free: Tenant, running: Subscription, olivia: User
) -> None:
    shop.sandbox.advance(days=31)
    report = reconcile(shop.now, None)
    (finding,) = report.findings
    assert (finding.kind, finding.remedy) == ("not_here", TAKE_IN)
    assert put_right(keep(report).pk, 1, by=olivia, now=shop.now) == "Paid and carried out."
    assert Payment.objects.get(purpose="renewal").status == Status.PAID


def test_refund_at_paypal_that_we_have_not_heard_of_is_found(shop: Shop, paid: Payment) -> None:
    shop.sandbox.refund(paid.charge_id, {"currency_code": "USD", "value": "20.00"})
    assert kinds(shop) == ["other_refund"]
    shop.hear()
    assert kinds(shop) == []


def test_dispute_that_we_have_not_heard_of_is_found(shop: Shop, paid: Payment) -> None:
    dispute = shop.sandbox.dispute(paid.charge_id)
    assert kinds(shop) == ["other_refund"]
    shop.sandbox.close_dispute(dispute["dispute_id"], "won")
    assert kinds(shop) == []


def test_refund_from_here_is_in_step(shop: Shop, paid: Payment, olivia: User) -> None:
    refunding.refund_payment(paid, Wish(2000, "Too much", 0, olivia), now=shop.now)
    shop.hear()
    paid.refresh_from_db()
    assert (paid.refunded, paid.refunds.count()) == (2000, 1)
    assert kinds(shop) == []


def test_what_paypals_search_may_not_list_yet_is_not_missed(
    shop: Shop, paid: Payment, olivia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lists what happened up to three hours late."""
    from sandbox.paypal import reporting

    shop.sandbox.advance(hours=4)
    refunding.refund_payment(paid, Wish(2000, "Too much", 0, olivia), now=shop.now)
    monkeypatch.setattr(reporting, "out", lambda _world, _refund: {"_at": 0})
    shop.sandbox.advance(hours=2)
    assert reconcile(shop.now, None).findings == []
    shop.sandbox.advance(hours=2)
    assert [one.kind for one in reconcile(shop.now, None).findings] == ["other_refund"]


def test_subscription_that_goes_on_there_alone_is_ended(
    shop: Shop, running: Subscription, olivia: User
) -> None:
    Subscription.objects.filter(pk=running.pk).update(standing="ended", ended_at=shop.now)
    shop.sandbox.advance(hours=4)
    report = reconcile(shop.now, None)
    still = [one for one in report.findings if one.kind == "still_charged"]
    assert [one.remedy for one in still] == [END_THERE]
    put_right(keep(report).pk, report.findings.index(still[0]) + 1, by=olivia, now=shop.now)
    shop.push_all()
    assert shop.running() == []


def test_suspended_one_counts_as_one_that_ends(
    shop: Shop, on_free: Tenant, running: Subscription
) -> None:
    subscriptions.cancel(on_free, reason="", now=shop.now)
    shop.push_all()
    assert kinds(shop) == []


def test_app_that_may_not_search_is_said(
    shop: Shop, paid: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sandbox.paypal import routing
    from sandbox.paypal.errors import PayPalError

    def forbidden(*_: Any) -> None:
        raise PayPalError("NOT_AUTHORIZED", "No permission.", status=401)

    path = "/v1/reporting/transactions"
    routes = [
        one if one.path != path else routing.Route("GET", path, forbidden, None, 200)
        for one in routing.ROUTES
    ]
    monkeypatch.setattr(routing, "ROUTES", routes)
    with pytest.raises(GatewayRefused):
        list(shop.gateway.paid_since(NOW))
    (finding,) = found(shop)
    assert finding.kind == "no_answer"
    assert "NOT_AUTHORIZED" in finding.text
