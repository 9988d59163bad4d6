"""What went back at Stripe's double beside what went back here."""

from datetime import timedelta

import pytest

from billing.models import Payment, Refund
from billing.services.reconciliation import compared_refunds
from billing.services.reconciliation.findings import Finding
from billing.services.reconciliation.reconciling import reconcile
from billing.services.refunding import Wish, refund_payment
from tenants.models import Tenant, User
from tests.billing.back_office.shop import Till
from tests.billing.money import NOW

LATER = NOW + timedelta(hours=3)


@pytest.fixture
def paid(till: Till, free: Tenant, ana: User) -> Payment:
    return till.funds(free, ana, 5000)


def give_back_there(till: Till, payment: Payment, amount: int) -> None:
    """At Stripe's own desk; we have not heard of it."""
    till.client.v1.refunds.create({"payment_intent": payment.charge_id, "amount": amount})


def differences(hours: float = 3, since: timedelta | None = None) -> list[Finding]:
    now = NOW + timedelta(hours=hours)
    return [
        one for one in reconcile(now, since and now - since).findings if one.kind == "other_refund"
    ]


def test_what_went_back_on_both_sides_is_no_difference(
    till: Till, paid: Payment, olivia: User
) -> None:
    refund_payment(paid, Wish(900, "Slow", 0, olivia), now=NOW)
    assert reconcile(LATER).findings == []


def test_what_went_back_there_alone_is_found(till: Till, paid: Payment, olivia: User) -> None:
    refund_payment(paid, Wish(900, "Slow", 0, olivia), now=NOW)
    give_back_there(till, paid, 1000)
    (finding,) = differences()
    assert (finding.payment_id, finding.tenant_id) == (paid.pk, paid.tenant_id)
    assert finding.text == (
        "Of Funds added of Salon Aurora, $9.00 went back here, and $19.00 at Stripe (Sandbox)."
    )


def test_what_went_back_here_alone_is_found(till: Till, paid: Payment) -> None:
    Refund.objects.create(payment=paid, kind="refund", external_id="re_x", amount=700, at=NOW)
    Payment.objects.filter(pk=paid.pk).update(refunded=700)
    assert [one.text for one in differences()] == [
        "Of Funds added of Salon Aurora, $7.00 went back here, and $0.00 at Stripe (Sandbox)."
    ]


def test_dispute_counts_until_it_is_won(till: Till, paid: Payment) -> None:
    dispute = till.sandbox.dispute(paid.charge_id)
    assert "$50.00 at Stripe" in differences()[0].text
    till.sandbox.close_dispute(dispute["id"], "won")
    assert differences() == []


def test_what_went_back_a_moment_ago_is_not_missed_yet(till: Till, paid: Payment) -> None:
    give_back_there(till, paid, 1000)
    assert differences(14 / 60) == []
    assert len(differences(16 / 60)) == 1


def test_payment_of_long_ago_is_compared_by_what_went_back_lately(
    till: Till, paid: Payment, olivia: User
) -> None:
    refund_payment(paid, Wish(4500, "Early", 0, olivia), now=NOW)
    till.sandbox.advance(days=20)
    give_back_there(till, paid, 500)
    texts = [one.text for one in differences(20 * 24 + 1, timedelta(days=7))]
    assert texts == [
        "Of Funds added of Salon Aurora, $0.00 went back here, and $5.00 at Stripe (Sandbox)."
    ]


def test_refund_of_somebody_else_on_the_account_is_none_of_ours(till: Till, paid: Payment) -> None:
    give_back_there(till, paid, 1000)
    Payment.objects.filter(pk=paid.pk).update(charge_id="pi_other")
    assert differences() == []


def test_too_many_to_compare_is_said(
    till: Till, paid: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_back_there(till, paid, 1000)
    monkeypatch.setattr(compared_refunds, "MOST_REFUNDS", 1)
    assert [one.text for one in reconcile(LATER).findings] == [
        "Stripe (Sandbox): only 1 refunds were compared."
    ]
