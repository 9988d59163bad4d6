"""Money that came in without effect: carried out after all, put on the balance, or settled otherwise, with a note."""

import pytest
from django.db import transaction

from billing.ledger import balance_of
from billing.models import BalanceEntry, Invoice, Payment, Status, Subscription
from billing.services import checkout, resolving
from billing.services.pushing import push
from billing.services.refunding import Wish, refund_payment
from billing.services.resolving import NoAnswer, NotToResolve
from plans.models import Plan
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tests.billing.back_office.shop import Till, hear, order_funds, running
from tests.billing.money import NOW, buy, give_funds, press


@pytest.fixture
def stuck(till: Till, free: Tenant, plan: Plan, ana: User) -> Payment:
    """Team, paid by card, and not carried out: the plan was not there when the money came."""
    till.offer(plan)
    payment = till.buy(free, plan, ana)
    Payment.objects.filter(pk=payment.pk).update(ordered={**payment.ordered, "plan_id": 10**9})
    found = hear(payment)
    assert found.is_without_effect
    assert found.needs_a_look
    return found


def heal(payment: Payment, plan: Plan) -> None:
    """The plan is there again."""
    Payment.objects.filter(pk=payment.pk).update(ordered={**payment.ordered, "plan_id": plan.pk})
    payment.refresh_from_db()


def test_what_was_paid_for_is_done_after_all(
    stuck: Payment, till: Till, free: Tenant, plan: Plan, olivia: User
) -> None:
    heal(stuck, plan)
    for _press in range(2):
        resolving.carry_out_again(stuck, by=olivia, now=NOW)
    free.refresh_from_db()
    stuck.refresh_from_db()
    assert free.plan == plan
    assert (stuck.fulfilled_at, stuck.problem) == (NOW, "")
    assert not stuck.needs_a_look
    assert running(free).external_id.startswith("sub_")
    assert Invoice.objects.get().payment == stuck
    said = AuditEntry.objects.get(verb="payment.resolved")
    assert said.actor_id == olivia.pk
    assert set(said.changes) == {"problem", "fulfilled_at"}


def test_what_still_cannot_be_done_says_why_and_changes_nothing(
    stuck: Payment, free: Tenant, olivia: User
) -> None:
    before = stuck.problem
    with pytest.raises(NotToResolve, match="This plan is not here any more"):
        resolving.carry_out_again(stuck, by=olivia, now=NOW)
    stuck.refresh_from_db()
    assert (stuck.fulfilled_at, stuck.problem) == (None, before)
    assert not AuditEntry.objects.filter(verb="payment.resolved").exists()


def test_stripe_down_changes_nothing(stuck: Payment, till: Till, plan: Plan, olivia: User) -> None:
    heal(stuck, plan)
    till.sandbox.fault("500", times=4, method="GET", path="/v1/checkout/sessions/*")
    with pytest.raises(NoAnswer, match="Stripe cannot be asked at present"):
        resolving.carry_out_again(stuck, by=olivia, now=NOW)
    with pytest.raises(NoAnswer):
        resolving.put_on_balance(stuck, reason="", by=olivia, now=NOW)
    stuck.refresh_from_db()
    assert stuck.fulfilled_at is None


def test_money_is_put_on_the_balance_and_what_it_began_is_ended(
    stuck: Payment, till: Till, free: Tenant, olivia: User
) -> None:
    for _press in range(2):
        resolving.put_on_balance(stuck, reason="They chose so", by=olivia, now=NOW)
    stuck.refresh_from_db()
    assert balance_of(free).balance == 2900
    assert (stuck.purpose, stuck.title) == ("funds", "Funds instead of Team, monthly")
    assert stuck.ordered["instead_of"]["purpose"] == "plan"
    assert (stuck.fulfilled_at, stuck.problem) == (NOW, "")
    invoice = Invoice.objects.get()
    assert invoice.lines == [{"text": "Funds instead of Team, monthly", "amount": 2900}]
    said = AuditEntry.objects.get(verb="payment.resolved")
    assert said.reason == "They chose so"
    assert said.changes["purpose"] == ["plan", "funds"]
    over = Subscription.objects.get(tenant=free)
    assert (over.standing, over.push_due_at) == ("ended", NOW)
    assert push(over.pk, NOW)
    assert till.client.v1.subscriptions.retrieve(over.external_id).status == "canceled"


def test_given_back_afterwards_it_comes_off_the_balance(
    stuck: Payment, till: Till, free: Tenant, olivia: User
) -> None:
    resolving.put_on_balance(stuck, reason="", by=olivia, now=NOW)
    stuck.refresh_from_db()
    refund_payment(stuck, Wish(2900, "After all", 0, olivia), now=NOW)
    assert balance_of(free).balance == 0


def test_amount_that_is_not_as_ordered_is_put_on_as_it_came(
    till: Till, free: Tenant, ana: User, olivia: User
) -> None:
    payment = till.unheard_funds(free, ana, 5000)
    Payment.objects.filter(pk=payment.pk).update(amount=4000)
    payment = hear(payment)
    assert "was ordered" in payment.problem
    with pytest.raises(NotToResolve, match=r"\$50\.00 came in where \$40\.00 was ordered"):
        resolving.carry_out_again(payment, by=olivia, now=NOW)
    resolving.put_on_balance(payment, reason="", by=olivia, now=NOW)
    payment.refresh_from_db()
    assert (payment.amount, balance_of(free).balance) == (5000, 5000)
    assert Invoice.objects.get().total == 5000


def test_other_currency_goes_on_no_balance(
    till: Till, free: Tenant, ana: User, olivia: User
) -> None:
    platform = free.platform_settings
    platform.currency = "EUR"
    platform.save()
    payment = till.unheard_funds(free, ana, 5000)
    platform.currency = "USD"
    platform.save()
    Payment.objects.filter(pk=payment.pk).update(currency="USD")
    payment = hear(payment)
    payment.tenant.__dict__.pop("platform_settings", None)
    with pytest.raises(NotToResolve, match="in EUR, which no balance has"):
        resolving.put_on_balance(payment, reason="", by=olivia, now=NOW)
    assert balance_of(free).balance == 0


def test_what_went_back_before_is_taken_off_again(
    stuck: Payment, free: Tenant, olivia: User
) -> None:
    refund_payment(stuck, Wish(900, "Half", 0, olivia), now=NOW)
    stuck.refresh_from_db()
    resolving.put_on_balance(stuck, reason="", by=olivia, now=NOW)
    assert balance_of(free).balance == 2000
    kinds = list(BalanceEntry.objects.order_by("seq").values_list("kind", "amount"))
    assert kinds == [("funds", 2900), ("taken_back", -900)]


def test_payment_from_the_balance_that_came_to_nothing_goes_back_there(
    free: Tenant, ana: User, olivia: User
) -> None:
    gone = Plan.objects.create(name="Gone", monthly_price=1200)
    give_funds(free, 5000)

    payment = checkout.order_plan(free, gone.pk, "monthly", press(ana, 1200), now=NOW)
    gone.delete()
    payment = checkout.begin(payment, now=NOW).payment
    assert payment.is_without_effect
    assert balance_of(free).balance == 3800
    with pytest.raises(NotToResolve, match="Give it back instead"):
        resolving.put_on_balance(payment, reason="", by=olivia, now=NOW)
    refund_payment(payment, Wish(1200, "No such plan", 0, olivia), now=NOW)
    assert balance_of(free).balance == 5000


def test_settled_otherwise_with_a_note(stuck: Payment, olivia: User) -> None:
    for _press in range(2):
        resolving.mark_seen(stuck, note="Given back by hand at Stripe", by=olivia, now=NOW)
    stuck.refresh_from_db()
    assert (stuck.seen_at, stuck.seen_note) == (NOW, "Given back by hand at Stripe")
    assert not Payment.objects.to_look_at().exists()
    assert not stuck.needs_a_look
    said = AuditEntry.objects.get(verb="payment.resolved")
    assert said.reason == "Given back by hand at Stripe"


def test_payment_that_did_its_work_is_left_alone(
    free: Tenant, plan: Plan, ana: User, olivia: User
) -> None:
    give_funds(free, 5000)
    payment = buy(free, plan, ana, due=2900)
    resolving.carry_out_again(payment, by=olivia, now=NOW)
    resolving.put_on_balance(payment, reason="", by=olivia, now=NOW)
    resolving.mark_seen(payment, note="x", by=olivia, now=NOW)
    payment.refresh_from_db()
    assert (balance_of(free).balance, payment.purpose, payment.seen_at) == (2100, "plan", None)
    assert not AuditEntry.objects.exists()


def test_pending_payment_is_asked_about(till: Till, free: Tenant, ana: User) -> None:
    payment = till.unheard_funds(free, ana, 5000)
    assert resolving.can_ask(payment)
    resolving.ask_now(payment, now=NOW)
    assert (payment.status, balance_of(free).balance) == (Status.PAID, 5000)
    assert not resolving.can_ask(payment)
    assert not resolving.can_ask(order_funds(free, ana, 100))


def test_pending_payment_whose_gateway_is_away(till: Till, free: Tenant, ana: User) -> None:
    payment = till.unheard_funds(free, ana, 5000)
    till.sandbox.fault("connection", times=4)
    with pytest.raises(NoAnswer):
        resolving.ask_now(payment, now=NOW)


def test_reviewed_subscription_loses_its_mark(
    free: Tenant, plan: Plan, ana: User, olivia: User
) -> None:
    give_funds(free, 5000)
    payment = buy(free, plan, ana, due=2900)
    refund_payment(payment, Wish(2900, "Asked", 0, olivia), now=NOW)
    subscription = running(free)
    assert subscription.needs_review
    assert resolving.mark_reviewed(subscription, note="Stays as a gift", by=olivia)
    assert not resolving.mark_reviewed(subscription, note="Again", by=olivia)
    subscription.refresh_from_db()
    assert not subscription.needs_review
    said = AuditEntry.objects.get(verb="subscription.reviewed")
    assert (said.reason, said.tenant_id) == ("Stays as a gift", free.pk)


def test_no_resolving_outside_of_what_is_stored(stuck: Payment, plan: Plan, olivia: User) -> None:
    """Whoever has an old copy of the payment in hand does nothing twice."""
    heal(stuck, plan)
    old = Payment.objects.get(pk=stuck.pk)
    resolving.carry_out_again(stuck, by=olivia, now=NOW)
    with transaction.atomic():
        resolving.put_on_balance(old, reason="", by=olivia, now=NOW)
    assert balance_of(stuck.tenant).balance == 0
