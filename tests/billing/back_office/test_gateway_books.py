"""Ours beside Stripe's, through its double: each difference by name, and what one press does about it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as project
from django.db import connection, transaction

from billing.gateways.base import PaymentFact
from billing.ledger import balance_of
from billing.models import Payment, Reconciliation, Standing, Status, Subscription
from billing.services import gateways, subscriptions
from billing.services.pushing import push
from billing.services.reconciliation import compared_payments, compared_subscriptions
from billing.services.reconciliation.comparing import Place, Run
from billing.services.reconciliation.findings import END_THERE, TAKE_IN, Finding
from billing.services.reconciliation.gateway_books import places
from billing.services.reconciliation.reconciling import Report, keep, put_right, reconcile
from billing.services.resolving import NoAnswer, NotToResolve
from plans.models import Plan
from saas.core.errors import NotHere
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tests.billing.back_office.shop import Till, running
from tests.billing.money import NOW, buy, give_funds
from tests.world import World

LATER = NOW + timedelta(hours=3)
"""Whatever was paid at NOW is old enough to be missed."""


def report(now: Any = LATER, since: Any = None) -> Report:
    return reconcile(now, since)


def found(now: Any = LATER) -> list[Finding]:
    return report(now).findings


def kinds(now: Any = LATER) -> list[str]:
    return [one.kind for one in found(now)]


def kept(now: Any = LATER) -> Reconciliation:
    return keep(report(now))


@pytest.fixture
def busy(till: Till, free: Tenant, plan: Plan, ana: User) -> Tenant:
    """Funds, a plan and its renewal at the double, all of it known here."""
    till.funds(free, ana, 5000)
    till.plan(free, plan, ana)
    return free


def test_where_both_agree_nothing_is_found(busy: Tenant) -> None:
    assert found() == []


def test_double_that_does_not_run_is_not_missed(world: World, settings: Any) -> None:
    settings.STRIPE_SANDBOX_URL = ""
    assert places(Run(LATER, NOW)) == []
    assert found() == []


def test_payment_we_have_not_heard_of_is_found_and_taken_in(
    till: Till, free: Tenant, ana: User, olivia: User
) -> None:
    payment = till.unheard_funds(free, ana, 5000)
    (finding,) = found()
    assert (finding.kind, finding.remedy, finding.payment_id) == ("not_here", TAKE_IN, payment.pk)
    assert "Stripe (Sandbox) has $50.00, paid on 2026-11-25" in finding.text
    assert finding.text.endswith("for Funds added of Salon Aurora, which is pending here.")
    made = kept()
    for _press in range(2):
        assert put_right(made.pk, 1, by=olivia, now=LATER) == "Paid and carried out."
    payment.refresh_from_db()
    assert (payment.status, balance_of(free).balance) == (Status.PAID, 5000)
    made.refresh_from_db()
    assert made.findings[0]["done"] == "Paid and carried out."
    said = AuditEntry.objects.get()
    assert (said.verb, said.tenant_id, said.actor_id) == (
        "reconciliation.put_right", free.pk, olivia.pk,
    )  # fmt: skip
    assert found() == []


def test_what_came_a_moment_ago_is_not_missed_yet(till: Till, free: Tenant, ana: User) -> None:
    till.unheard_funds(free, ana, 5000)
    assert kinds(NOW + timedelta(minutes=14)) == []
    assert kinds(NOW + timedelta(minutes=16)) == ["not_here"]


def test_payment_that_we_gave_up_is_found_too(till: Till, free: Tenant, ana: User) -> None:
    payment = till.unheard_funds(free, ana, 5000)
    Payment.objects.filter(pk=payment.pk).update(status=Status.FAILED, failed_at=NOW)
    assert "which is failed here" in found()[0].text


def test_renewal_we_have_not_heard_of_is_taken_in(till: Till, busy: Tenant, olivia: User) -> None:
    till.sandbox.advance(days=31)
    now = NOW + timedelta(days=31)
    (finding,) = found(now)
    assert (finding.kind, finding.remedy) == ("not_here", TAKE_IN)
    assert "for a renewal of Team of Salon Aurora that is not here" in finding.text
    assert put_right(kept(now).pk, 1, by=olivia, now=now) == "Paid and carried out."
    busy.refresh_from_db()
    assert busy.expires_at
    assert busy.expires_at > now
    assert found(now) == []


def test_payment_of_somebody_else_on_the_account_cannot_be_taken_in(
    till: Till, free: Tenant, ana: User, olivia: User
) -> None:
    payment = till.unheard_funds(free, ana, 5000)
    payment.delete()
    (finding,) = found()
    assert (finding.kind, finding.remedy) == ("not_here", "")
    assert finding.text.endswith("for something that was not sold here.")
    with pytest.raises(NotToResolve):
        put_right(kept().pk, 1, by=olivia, now=LATER)


def test_payment_that_stripe_does_not_have(till: Till, busy: Tenant, ana: User) -> None:
    invented = Payment.objects.create(
        tenant=busy, gateway="stripe", environment="sandbox", purpose="funds", amount=4000,
        currency="USD", title="Funds added", external_id="cs_invented", status=Status.PAID,
        paid_at=NOW, seen_at=None,
    )  # fmt: skip
    differences = {one.kind: one for one in found()}
    assert set(differences) == {"not_there", "no_effect"}
    assert differences["not_there"].payment_id == invented.pk
    assert differences["not_there"].text == (
        "Funds added of Salon Aurora is paid here ($40.00), and not at Stripe (Sandbox)."
    )


def test_payment_from_the_balance_is_no_business_of_stripe(
    till: Till, free: Tenant, plan: Plan, ana: User
) -> None:
    give_funds(free, 5000)
    buy(free, plan, ana, due=2900)
    assert found() == []


def test_list_that_is_short_makes_us_ask_one_by_one(
    busy: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the list leaves out is asked about, and what is not asked about is said."""
    monkeypatch.setattr(
        "billing.gateways.stripe.gateway.StripeGateway.paid_since", lambda *_: iter(())
    )
    assert kinds() == []
    monkeypatch.setattr(compared_payments, "MOST_QUESTIONS", 1)
    assert [one.text for one in found()] == [
        "Stripe (Sandbox) does not list 1 more of our payments; they were not asked about."
    ]


def test_too_many_to_compare_is_said(
    till: Till, busy: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compared_payments, "MOST_PAYMENTS", 1)
    assert [(one.kind, one.text) for one in found()] == [
        ("not_all", "Stripe (Sandbox): only 1 payments were compared.")
    ]


def test_no_time_left_is_said(till: Till, busy: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.services.reconciliation.comparing.SECONDS", -1)
    assert kinds() == ["not_all", "not_all", "not_all"]


def test_other_amount_is_found_until_somebody_has_seen_to_it(
    till: Till, free: Tenant, ana: User
) -> None:
    payment = till.funds(free, ana, 5000)
    Payment.objects.filter(pk=payment.pk).update(amount=4000)
    there = [one for one in found() if one.kind == "other_amount"]
    assert [one.text for one in there] == [
        "Funds added of Salon Aurora is $40.00 here, and $50.00 at Stripe (Sandbox)."
    ]
    Payment.objects.filter(pk=payment.pk).update(seen_at=NOW)
    assert "other_amount" not in kinds()


def test_subscription_that_ended_there_is_taken_in(till: Till, busy: Tenant, olivia: User) -> None:
    ours = running(busy)
    till.client.v1.subscriptions.cancel(ours.external_id)
    (finding,) = found()
    assert (finding.kind, finding.remedy) == ("ended_there", TAKE_IN)
    assert finding.subscription_id == ours.pk
    assert put_right(kept().pk, 1, by=olivia, now=LATER) == "It has ended."
    ours.refresh_from_db()
    assert ours.standing == Standing.ENDED
    assert found() == []


def test_subscription_that_stripe_does_not_know(busy: Tenant) -> None:
    Subscription.objects.filter(tenant=busy).update(external_id="sub_nobody")
    assert [(one.kind, one.remedy) for one in found()] == [("ended_there", "")]


def test_somebody_who_is_still_charged_is_found_and_freed(
    till: Till, busy: Tenant, olivia: User
) -> None:
    """It has ended here, and nobody has told the gateway."""
    ours = running(busy)
    with transaction.atomic():
        busy.lock()
        subscriptions.end(ours, now=LATER)
    assert found() == []  # somebody is about to tell it
    Subscription.objects.filter(pk=ours.pk).update(push_due_at=None)
    (finding,) = found()
    assert (finding.kind, finding.remedy) == ("still_charged", END_THERE)
    assert put_right(kept().pk, 1, by=olivia, now=LATER) == "The gateway is being told."
    assert push(ours.pk, LATER)
    assert till.client.v1.subscriptions.retrieve(ours.external_id).status == "canceled"
    assert found() == []


def test_cancelled_here_and_renewing_there(till: Till, busy: Tenant) -> None:
    ours = running(busy)
    Subscription.objects.filter(pk=ours.pk).update(cancelled_at=NOW)
    (finding,) = found()
    assert (finding.kind, finding.remedy) == ("still_charged", END_THERE)
    assert "is going to renew it" in finding.text
    subscriptions.cancel(busy, reason="", now=NOW)
    Subscription.objects.filter(pk=ours.pk).update(push_due_at=NOW)
    assert push(ours.pk, NOW)
    assert found() == []


def test_renewal_that_failed_there_is_taken_in(till: Till, busy: Tenant, olivia: User) -> None:
    ours = running(busy)
    till.sandbox.set_cards(ours.customer_id, "fail")
    till.sandbox.advance(days=31)
    now = NOW + timedelta(days=31)
    assert [(one.kind, one.remedy) for one in found(now)] == [("other_standing", TAKE_IN)]
    put_right(kept(now).pk, 1, by=olivia, now=now)
    ours.refresh_from_db()
    assert ours.standing == Standing.PAST_DUE
    assert found(now) == []


def test_long_ended_subscriptions_are_left_alone(till: Till, busy: Tenant) -> None:
    ours = running(busy)
    Subscription.objects.filter(pk=ours.pk).update(standing=Standing.ENDED, ended_at=NOW)
    assert kinds() == ["still_charged"]
    assert "still_charged" not in kinds(NOW + timedelta(days=60))


def test_each_day_goes_on_with_the_next_subscriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compared_subscriptions, "MOST_SUBSCRIPTIONS", 3)
    every = [Subscription(pk=number) for number in range(1, 8)]
    seen: set[int] = set()
    for day in range(3):
        some = compared_subscriptions._todays(every, Run(NOW + timedelta(days=day), NOW))
        assert len(some) == 3
        seen |= {one.pk for one in some}
    assert seen == set(range(1, 8))


@pytest.mark.parametrize("fault", ["500", "connection"])
def test_gateway_that_does_not_answer_is_a_finding(till: Till, busy: Tenant, fault: str) -> None:
    till.sandbox.fault(fault, times=20)
    (finding,) = found()
    assert finding.kind == "no_answer"
    assert finding.text.startswith("Stripe (Sandbox) could not be asked")


def test_keys_that_are_gone_are_a_finding(till: Till, busy: Tenant) -> None:
    Payment.objects.filter(tenant=busy).update(environment="live")
    texts = [one.text for one in found() if one.kind == "no_answer"]
    assert texts == [
        "Stripe could not be asked, so what it has was not (all) compared: its keys are missing."
    ]


def test_remedy_says_when_the_gateway_is_away(
    till: Till, free: Tenant, ana: User, olivia: User
) -> None:
    till.unheard_funds(free, ana, 5000)
    made = kept()
    till.sandbox.fault("500", times=4)
    with pytest.raises(NoAnswer):
        put_right(made.pk, 1, by=olivia, now=LATER)
    made.refresh_from_db()
    assert "done" not in made.findings[0]
    with pytest.raises(NotHere):
        put_right(made.pk, 2, by=olivia, now=LATER)
    with pytest.raises(NotHere):
        put_right(made.pk + 1, 1, by=olivia, now=LATER)


def test_how_far_it_is_is_told(till: Till, busy: Tenant) -> None:
    told: list[str] = []
    reconcile(LATER, tell=told.append)
    assert told == [
        "Our own books",
        "Stripe (Sandbox): payments",
        "Stripe (Sandbox): 2 payments",
        "Stripe (Sandbox): refunds",
        "Stripe (Sandbox): 0 of 1 subscriptions",
    ]


@pytest.mark.django_db(transaction=True, available_apps=project.INSTALLED_APPS)
def test_gateway_is_asked_outside_of_any_transaction(
    committed_world: World, till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = committed_world
    till.funds(world.aurora, world.ana, 5000)
    till.plan(world.borealis, world.plan, world.carla)
    asked: list[bool] = []
    real = gateways.connect_to

    class Watched:
        """The real gateway, and how the connection stands whenever it is asked."""

        def __init__(self, gateway: Any) -> None:
            self.gateway = gateway

        def __getattr__(self, name: str) -> Any:
            asked.append(connection.in_atomic_block)
            return getattr(self.gateway, name)

        def paid_since(self, since: Any) -> Iterator[PaymentFact]:
            for fact in self.gateway.paid_since(since):
                asked.append(connection.in_atomic_block)
                yield fact

    monkeypatch.setattr(gateways, "connect_to", lambda *place: Watched(real(*place)))
    assert reconcile(LATER).findings == []
    assert len(asked) > 3
    assert not any(asked)


def test_places_are_named_for_people() -> None:
    assert str(Place("stripe", "live")) == "Stripe"
    assert str(Place("stripe", "test")) == "Stripe (Test)"
