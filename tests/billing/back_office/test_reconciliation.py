"""Each difference is made on real rows and found by its name; where nothing is wrong, nothing is found."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F

from billing import ledger
from billing.gateways.base import RefundFact
from billing.ledger import Kind, Why
from billing.models import (
    BalanceAccount,
    BalanceEntry,
    Invoice,
    Payment,
    Refund,
    Status,
    Subscription,
)
from billing.services.adjustments import Adjustment, adjust_balance
from billing.services.reconciliation import books
from billing.services.reconciliation import reconciling as reconciliation
from billing.services.reconciliation.findings import KINDS, Finding, read
from billing.services.reconciliation.reconciling import reconcile
from billing.services.refunding import Wish, refund_payment
from plans.models import Plan
from tenants.models import PlanChange, Tenant, User
from tests.billing.back_office.shop import funds_row, running, unguarded
from tests.billing.money import NOW, buy, card_fact, card_order, renewal_fact, tell

LATER = NOW + timedelta(days=2)


@pytest.fixture
def busy(free: Tenant, borealis: Tenant, plan: Plan, ana: User, olivia: User) -> Tenant:
    """Salon Aurora after a busy day: funds, a plan by card and its renewal, refunds, a dispute that was won, a gift.

    And Borealis, which pays from its balance.
    """
    funds = funds_row(free, ana, 5000)
    tell(card_fact(funds))
    tell(RefundFact("re_1", f"pi_{funds.pk}", 1000, NOW))
    tell(RefundFact("dp_1", f"pi_{funds.pk}", 4000, NOW, is_dispute=True))
    tell(RefundFact("dp_1", f"pi_{funds.pk}", 4000, NOW, is_dispute=True, is_reversed=True))
    bought = card_order(free, plan, ana)
    tell(card_fact(bought))
    first = running(free)
    tell(renewal_fact(first), first.period_end)
    adjust_balance(free, Adjustment(700, "A gift", "t", olivia), now=NOW)
    adjust_balance(borealis, Adjustment(9000, "A start", "t", olivia), now=NOW)
    mine = buy(borealis, plan, ana, due=2900)
    refund_payment(mine, Wish(900, "Slow", 0, olivia), now=NOW)
    card_order(borealis, plan, ana, due=100)
    failed = funds_row(free, ana, 100)
    Payment.objects.filter(pk=failed.pk).update(status=Status.FAILED, failed_at=NOW)
    return free


def found(now: Any = LATER) -> list[Finding]:
    return reconcile(now, is_local=True).findings


def kinds(now: Any = LATER) -> list[str]:
    return [one.kind for one in found(now)]


def test_where_nothing_is_wrong_nothing_is_found(busy: Tenant) -> None:
    assert found() == []
    assert BalanceEntry.objects.count() > 6
    assert Invoice.objects.count() == 4


def test_empty_platform_has_no_differences(world: Any) -> None:
    assert found() == []


def paid_funds() -> Payment:
    return Payment.objects.get(purpose="funds", status=Status.PAID)


def by_balance() -> Payment:
    return Payment.objects.get(gateway="balance")


def account_is_off(busy: Tenant) -> None:
    BalanceAccount.objects.filter(tenant=busy).update(balance=F("balance") + 1)


def debt_is_off(busy: Tenant) -> None:
    BalanceAccount.objects.filter(tenant=busy).update(debt=5)


def account_is_gone(busy: Tenant) -> None:
    BalanceAccount.objects.filter(tenant=busy).delete()


def movement_is_gone(busy: Tenant) -> None:
    """In the middle, and of no money: neither sum nor chain is any other."""
    with unguarded() as cursor:
        cursor.execute(
            "UPDATE billing_balanceentry SET seq = seq + 1 WHERE tenant_id = %s"
            " AND seq = (SELECT max(seq) FROM billing_balanceentry WHERE tenant_id = %s)",
            [busy.pk, busy.pk],
        )


def count_is_off(busy: Tenant) -> None:
    BalanceAccount.objects.filter(tenant=busy).update(seq=F("seq") + 1)


def chain_is_broken(busy: Tenant) -> None:
    """Two movements are exchanged in their sums alone."""
    with unguarded() as cursor:
        cursor.execute(
            "UPDATE billing_balanceentry SET balance_after = balance_after + 3 WHERE tenant_id = %s AND seq = 2",
            [busy.pk],
        )


def debt_chain_is_broken(busy: Tenant) -> None:
    with unguarded() as cursor:
        cursor.execute(
            "UPDATE billing_balanceentry SET debt_after = 4 WHERE tenant_id = %s AND seq = 2",
            [busy.pk],
        )


def effect_is_lost(busy: Tenant) -> None:
    Payment.objects.filter(pk=paid_funds().pk).update(purpose="plan", fulfilled_at=None)
    with unguarded() as cursor:
        cursor.execute("DELETE FROM billing_invoice WHERE payment_id = %s", [paid_or_plan().pk])
        cursor.execute("UPDATE billing_balanceentry SET kind = 'adjustment' WHERE kind = 'funds'")


def paid_or_plan() -> Payment:
    return Payment.objects.get(fulfilled_at=None, status=Status.PAID)


def funds_were_never_put_on(busy: Tenant) -> None:
    with unguarded() as cursor:
        cursor.execute(
            "UPDATE billing_balanceentry SET payment_id = NULL, kind = 'adjustment' WHERE kind = 'funds'"
        )


def balance_was_never_charged(busy: Tenant) -> None:
    with unguarded() as cursor:
        cursor.execute("UPDATE billing_balanceentry SET kind = 'adjustment' WHERE kind = 'payment'")


def plan_without_subscription(busy: Tenant) -> None:
    """Of the renewal: its subscription has still the payment that it began with."""
    Payment.objects.filter(purpose="renewal").update(subscription=None)


def movement_nobody_paid_for(busy: Tenant) -> None:
    with transaction.atomic():
        why = Why(Kind.FUNDS, "payment:999", None)
        ledger.deposit(busy.lock(), 500, why, now=NOW)


def movement_of_a_pending_payment(busy: Tenant) -> None:
    pending = Payment.objects.filter(status=Status.PENDING).first()
    assert pending
    with transaction.atomic():
        why = Why(Kind.PAYMENT, f"payment:{pending.pk}", pending)
        ledger.withdraw(pending.tenant.lock(), 100, why, now=NOW)


def plan_nobody_paid_for(busy: Tenant) -> None:
    plan = busy.plan
    PlanChange.objects.create(
        tenant=busy, from_plan=plan, to_plan=plan, reason="paid", cause="payment:999", at=NOW
    )


def plan_of_another_tenants_payment(busy: Tenant) -> None:
    PlanChange.objects.filter(cause=f"payment:{by_balance().pk}").update(tenant=busy)


def subscription_nobody_paid_for(busy: Tenant) -> None:
    """Its payments say that they were of another one."""
    other = running(by_balance().tenant)
    Payment.objects.filter(subscription=running(busy)).update(subscription=other)


def invoice_is_missing(busy: Tenant) -> None:
    """The last one, with its number given back."""
    last = Invoice.objects.order_by("-serial").first()
    assert last
    with unguarded() as cursor:
        cursor.execute("DELETE FROM billing_invoice WHERE id = %s", [last.pk])
        cursor.execute("UPDATE billing_billingsettings SET next_invoice = next_invoice - 1")


def invoice_number_is_missing(busy: Tenant) -> None:
    with unguarded() as cursor:
        cursor.execute(
            "UPDATE billing_invoice SET serial = serial + 10 WHERE serial = (SELECT max(serial) FROM billing_invoice)"
        )
        cursor.execute("UPDATE billing_billingsettings SET next_invoice = next_invoice + 10")


def last_invoice_number_is_missing(busy: Tenant) -> None:
    with unguarded() as cursor:
        cursor.execute("UPDATE billing_billingsettings SET next_invoice = next_invoice + 1")


def refunds_do_not_add_up(busy: Tenant) -> None:
    Payment.objects.filter(pk=paid_funds().pk).update(refunded=999)


def refund_is_gone(busy: Tenant) -> None:
    Refund.objects.filter(external_id="re_1").delete()


def refunded_in_part_is_called_refunded(busy: Tenant) -> None:
    Payment.objects.filter(pk=by_balance().pk).update(status=Status.REFUNDED)


def two_go_on(busy: Tenant) -> None:
    """The database does not let it happen, so its constraint has to go first."""
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX subscription_one_live")
    live = running(busy)
    own = Payment.objects.filter(purpose="plan", tenant=busy).first()
    assert own
    live.pk, live.external_id = None, "sub_second"
    live.save(force_insert=True)
    Payment.objects.filter(purpose="renewal").update(subscription=live)


def tenant_was_moved(busy: Tenant, small_plan: Plan) -> None:
    Tenant.objects.filter(pk=busy.pk).update(plan=small_plan)


def gateway_does_not_hear(busy: Tenant) -> None:
    Subscription.objects.filter(tenant=busy).update(
        push_due_at=LATER - timedelta(minutes=61), push_error="no answer", push_attempts=3
    )


def gateway_refuses(busy: Tenant) -> None:
    """Tried often; the next try is ahead."""
    Subscription.objects.filter(tenant=busy).update(
        push_due_at=LATER + timedelta(hours=6), push_error="no", push_attempts=5
    )


CASES: list[tuple[Callable[..., None], str]] = [
    (account_is_off, "balance_sum"),
    (debt_is_off, "balance_sum"),
    (movement_is_gone, "seq_gap"),
    (count_is_off, "seq_gap"),
    (chain_is_broken, "chain_broken"),
    (debt_chain_is_broken, "chain_broken"),
    (effect_is_lost, "no_effect"),
    (funds_were_never_put_on, "effect_missing"),
    (balance_was_never_charged, "effect_missing"),
    (plan_without_subscription, "effect_missing"),
    (movement_nobody_paid_for, "unpaid_effect"),
    (movement_of_a_pending_payment, "unpaid_effect"),
    (plan_nobody_paid_for, "unpaid_effect"),
    (plan_of_another_tenants_payment, "unpaid_effect"),
    (subscription_nobody_paid_for, "unpaid_effect"),
    (invoice_is_missing, "no_invoice"),
    (invoice_number_is_missing, "invoice_gap"),
    (last_invoice_number_is_missing, "invoice_gap"),
    (refunds_do_not_add_up, "refunded_sum"),
    (refund_is_gone, "refunded_sum"),
    (refunded_in_part_is_called_refunded, "refunded_sum"),
    (two_go_on, "two_subscriptions"),
    (gateway_does_not_hear, "push_overdue"),
    (gateway_refuses, "push_overdue"),
]


@pytest.mark.parametrize(("meddle", "kind"), CASES, ids=[case[0].__name__ for case in CASES])
def test_difference_is_found_by_name(busy: Tenant, meddle: Callable[..., None], kind: str) -> None:
    assert kinds() == []
    meddle(busy)
    differences = found()
    assert {one.kind for one in differences} == {kind}
    assert kind in KINDS


def test_account_that_is_gone_is_missed_in_both_ways(busy: Tenant) -> None:
    account_is_gone(busy)
    assert kinds() == ["balance_sum", "seq_gap"]


def test_plan_beside_the_subscription_is_found_after_an_hour(
    busy: Tenant, small_plan: Plan
) -> None:
    """What is moved is taken in the background; what the tenant goes on with is no difference."""
    tenant_was_moved(busy, small_plan)
    assert kinds() == ["other_plan"]
    assert found()[0].text == "Salon Aurora is on Free, and pays for Team."
    PlanChange.objects.create(
        tenant=busy, to_plan=small_plan, reason="moved", cause="m", at=LATER - timedelta(minutes=59)
    )
    assert kinds() == []
    assert kinds(LATER + timedelta(minutes=2)) == ["other_plan"]
    Subscription.objects.live().filter(tenant=busy).update(
        next_plan=small_plan, next_cycle="monthly", next_amount=0
    )
    assert kinds(LATER + timedelta(minutes=2)) == []


def test_sentences_name_tenant_and_amounts(busy: Tenant) -> None:
    account_is_off(busy)
    assert found()[0].text == ("Salon Aurora has $47.01; the movements come to $47.00.")
    assert found()[0].tenant_id == busy.pk
    effect_is_lost(busy)
    text = next(one.text for one in found() if one.kind == "no_effect")
    assert text == "Salon Aurora has paid $50.00 for Funds added, and it did nothing."


def test_payment_that_somebody_has_settled_is_no_difference(busy: Tenant) -> None:
    effect_is_lost(busy)
    Payment.objects.filter(pk=paid_or_plan().pk).update(seen_at=NOW, seen_note="By hand")
    assert kinds() == []


def test_many_of_a_kind_are_counted_and_not_all_listed(
    busy: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "MOST", 2)
    for number in range(5):
        PlanChange.objects.create(
            tenant=busy, to_plan=busy.plan, reason="paid", cause=f"payment:99{number}", at=NOW
        )
    texts = [one.text for one in found()]
    assert len(texts) == 3
    assert texts[-1] == "And 3 more like these."


def test_comparing_changes_nothing_and_asks_one_question_each(
    busy: Tenant, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(len(books.QUESTIONS)):
        assert reconcile(LATER, is_local=True).findings == []


def test_finding_survives_being_stored() -> None:
    one = Finding("no_effect", "A sentence.", tenant_id=3, remedy="take_in")
    assert one.stored() == {
        "kind": "no_effect", "text": "A sentence.", "tenant_id": 3, "remedy": "take_in"
    }  # fmt: skip
    assert read({**one.stored(), "of_a_later_version": 1}) == one


def test_findings_are_listed_by_kind() -> None:
    every = [Finding(kind, "x") for kind in reversed(KINDS)]
    assert [one.kind for one in reconciliation.in_order(every)] == list(KINDS)
