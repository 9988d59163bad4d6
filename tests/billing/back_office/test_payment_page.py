"""The console's page of one payment: what it tells, and what can be done about it."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from billing.gateways.catalogue import KINDS
from billing.ledger import balance_of
from billing.models import Payment, Refund, Status, WebhookEvent
from plans.models import Plan, PlatformSettings
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tests.billing.back_office.shop import Till, hear, running
from tests.billing.back_office.test_payments_page import PATH, stuck
from tests.billing.inbox.shop import store
from tests.billing.money import NOW, buy, card_fact, card_order, give_funds, renewal_fact, tell
from tests.billing.money_pages.rows import failed, gone, ordered, paid
from tests.tenants.console.pages import HTMX, queries_of, send, text_of


def path(payment: Payment, tail: str = "") -> str:
    return f"{PATH}{payment.pk}/{tail}"


def words(client: Client, payment: Payment, tail: str = "") -> str:
    response = client.get(path(payment, tail))
    assert response.status_code == 200
    return text_of(response)


def say(response: HttpResponse) -> str:
    return str(response.headers.get("HX-Trigger", ""))


def test_page_tells_everything(desk: Client, aurora: Tenant, ana: User) -> None:
    payment = paid(aurora, 5000, by=ana)
    gone(payment, 2000, reason="requested by customer")
    store(
        "evt_1",
        kind="checkout.session.completed",
        object_id=payment.external_id,
        outcome="done",
        detail="Paid and carried out.",
        due_at=None,
    )
    store("evt_2", kind="refund.created", object_id="re_1")
    store("evt_3", kind="invoice.paid", object_id="in_of_somebody")
    text = words(desk, payment)
    for said in (
        "Funds for the balance Partly refunded",
        "Salon Aurora · Adding funds · 25 Nov 2026",
        "$50.00 Sandbox Went back $20.00 Left $30.00 Gateway Stripe Paid with Visa 4242",
        "Ordered by Ana Ribeiro",
        f"Invoice {payment.invoice.number}",
        "Begun 25 Nov 2026, 09:00 Paid 25 Nov 2026, 09:00 Carried out 25 Nov 2026, 09:00",
        f"Reference {payment.reference}",
        f"At the gateway {payment.external_id} Charge {payment.charge_id}",
        "Funds added: +$50.00 25 Nov 2026, 09:00 · $50.00 after it",
        "Refunded or taken back: −$20.00",
        "Refund: requested by customer 25 Nov 2026, 09:00 re_1 $20.00",
        "checkout.session.completed 25 Nov 2026, 09:00:00 · Paid and carried out. Done",
        "refund.created",
    ):
        assert said in text, said
    assert "in_of_somebody" not in text
    assert "invoice.paid" not in text


def test_page_of_a_plan_tells_where_it_brought_the_tenant(
    desk: Client, free: Tenant, plan: Plan, ana: User
) -> None:
    payment = card_order(free, plan, ana)
    tell(card_fact(payment, sub="sub_1"))
    text = words(desk, payment)
    assert "From Free to Team 25 Nov 2026, 09:00 · until 25 Dec 2026" in text
    assert "Team, paid until 25 Dec 2026 Monthly, active" in text
    assert "Subscription sub_1" in text
    assert "Nothing has been heard about it by name." in text


def test_failed_and_pending_payments_say_so(desk: Client, aurora: Tenant) -> None:
    assert "The card was declined." in words(desk, failed(aurora))
    pending = ordered(aurora)
    text = words(desk, pending)
    assert "Nothing yet: it is not paid." in text
    assert "Refund" not in text
    assert "Ask Stripe now" not in text
    Payment.objects.filter(pk=pending.pk).update(external_id="cs_1")
    assert "Ask Stripe now" in words(desk, pending)


def test_payment_from_the_balance_has_one_name_and_no_news(
    desk: Client, free: Tenant, plan: Plan, ana: User
) -> None:
    give_funds(free, 5000)
    payment = buy(free, plan, ana, due=2900)
    text = words(desk, payment)
    assert text.count(payment.reference) == 1
    assert "told of it" not in text
    assert "Payment: −$29.00" in text


def test_company_is_looked_into_where_there_is_something_to_see() -> None:
    there = KINDS["stripe"].object_url
    assert there
    assert there("live", "pi_1") == "https://dashboard.stripe.com/payments/pi_1"
    assert there("test", "sub_1") == "https://dashboard.stripe.com/test/subscriptions/sub_1"
    assert there("sandbox", "pi_1") == ""
    assert there("live", "cs_1") == ""


def test_unknown_payment_is_not_here(desk: Client) -> None:
    for tail in ("", "refund/", "again/", "balance/", "settled/", "invoice.pdf"):
        assert desk.get(f"{PATH}999/{tail}").status_code == 404
    assert desk.post(f"{PATH}999/ask/").status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_number_of_queries_does_not_grow(
    desk: Client, aurora: Tenant, olivia: User, count: int
) -> None:
    PlatformSettings.load()
    payment = paid(aurora, 90_000)
    for number in range(count):
        gone(payment, 100, key=f"re_{number}")
        store(f"evt_{number}", object_id=payment.external_id, payload={"big": "x" * 1000})
    desk.get(path(payment))
    _response, queries = queries_of(desk, path(payment))
    assert len(queries) <= 8, queries
    assert not any('"payload"' in sql for sql in queries)


def test_invoice_is_what_the_tenant_gets(desk: Client, aurora: Tenant) -> None:
    payment = paid(aurora)
    response = desk.get(path(payment, "invoice.pdf"))
    assert response.content.startswith(b"%PDF")
    assert response["Content-Type"] == "application/pdf"
    assert f'filename="{payment.invoice.number}.pdf"' in response["Content-Disposition"]
    assert desk.get(path(ordered(aurora), "invoice.pdf")).status_code == 404


# Refund


def test_refund_says_what_it_does_and_does_it_once(
    desk: Client, till: Till, free: Tenant, ana: User, olivia: User
) -> None:
    payment = till.funds(free, ana, 5000)
    text = words(desk, payment, "refund/")
    assert "Funds added, $50.00, of Salon Aurora." in text
    assert "Stripe sends the money back to where it came from (Visa 4242)." in text
    assert "$50.00 comes off their balance of $50.00." in text
    form = {"amount": "20.00", "reason": "Slow", "seen": "0"}
    for _press in range(2):
        response = desk.post(path(payment, "refund/"), form, headers=HTMX)
        assert response.status_code == 204
        assert "$20.00 went back." in say(response)
        assert "paymentChanged" in say(response)
    payment.refresh_from_db()
    assert payment.refunded == 2000
    assert Refund.objects.get().reason == "Slow"
    assert AuditEntry.objects.filter(verb="payment.refunded").count() == 1


def test_all_of_it_pressed_twice_goes_back_once(
    desk: Client, till: Till, free: Tenant, ana: User
) -> None:
    """The second press finds nothing left, and is no error."""
    payment = till.funds(free, ana, 5000)
    form = {"amount": "50.00", "reason": "Slow", "seen": "0"}
    assert [desk.post(path(payment, "refund/"), form).status_code for _ in range(2)] == [302, 302]
    assert Refund.objects.count() == 1


def test_refund_without_javascript_leads_back_to_the_payment(
    desk: Client, till: Till, free: Tenant, ana: User
) -> None:
    payment = till.funds(free, ana, 5000)
    response = send(desk, path(payment, "refund/"), reason="Slow")
    assert response["Location"] == path(payment)
    assert "$50.00 went back." in words(desk, payment)
    assert desk.get(path(payment, "refund/")).status_code == 409


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"amount": "50.01"}, "At most $50.00 can go back."),
        ({"amount": "-5"}, "Enter an amount of zero or more."),
        ({"amount": "0"}, "Enter more than nothing."),
        ({"amount": ""}, "Enter an amount."),
        ({"amount": "ten"}, "Enter an amount, for example"),
        ({"amount": "1.005"}, "USD has at most 2 decimals."),
        ({"amount": "1e3"}, "Enter an amount, for example"),
        ({"amount": "9" * 50}, "at most 40 characters"),
        ({"reason": "  "}, "Say why, in a few words."),
        ({"reason": "x" * 301}, "at most 300 characters"),
        ({"seen": "many"}, "Enter a whole number."),
        ({"seen": ""}, "This field is required."),
    ],
)
def test_wrong_refund_gets_a_sentence(
    desk: Client, aurora: Tenant, changes: dict[str, str], sentence: str
) -> None:
    payment = paid(aurora, 5000)
    good = {"amount": "20.00", "reason": "Slow", "seen": "0"}
    response = desk.post(path(payment, "refund/"), {**good, **changes})
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert not Refund.objects.exists()


def test_stripe_down_is_said_and_nothing_has_changed(
    desk: Client, till: Till, free: Tenant, ana: User
) -> None:
    payment = till.funds(free, ana, 5000)
    till.sandbox.fault("500", times=4)
    form = {"amount": "20.00", "reason": "Slow", "seen": "0"}
    response = desk.post(path(payment, "refund/"), form, headers=HTMX)
    assert response.status_code == 503
    assert "it is not known whether the money went back" in text_of(response)
    assert not Refund.objects.exists()


# What came in without effect


def test_money_without_effect_offers_three_ways(
    desk: Client, aurora: Tenant, plan: Plan, ana: User
) -> None:
    text = words(desk, stuck(aurora, plan, ana))
    assert "$1.00 came in where $29.00 was ordered." in text
    assert "The money is here, and the tenant has nothing for it yet." in text
    for way in ("Carry out again", "Put it on the balance instead", "Settled otherwise…"):
        assert way in text
    assert "Carry out again" not in words(desk, paid(aurora))


def test_carry_out_again_from_the_page(
    desk: Client, till: Till, free: Tenant, plan: Plan, ana: User, today: None
) -> None:
    till.offer(plan)
    payment = till.buy(free, plan, ana)
    right = payment.ordered
    Payment.objects.filter(pk=payment.pk).update(ordered={**right, "plan_id": 10**9})
    payment = hear(payment)
    assert "Before: Paid, and not carried out" in words(desk, payment, "again/")
    response = desk.post(path(payment, "again/"), headers=HTMX)
    assert response.status_code == 409
    assert "This plan is not here any more" in text_of(response)
    Payment.objects.filter(pk=payment.pk).update(ordered=right)
    for _press in range(2):
        assert desk.post(path(payment, "again/"), headers=HTMX).status_code == 204
    assert running(free).plan == plan
    assert AuditEntry.objects.filter(verb="payment.resolved").count() == 1


def test_put_on_the_balance_from_the_page(
    desk: Client, till: Till, free: Tenant, ana: User, today: None
) -> None:
    payment = till.unheard_funds(free, ana, 5000)
    Payment.objects.filter(pk=payment.pk).update(amount=4000)
    payment = hear(payment)
    assert "the invoice says “funds”" in words(desk, payment, "balance/")
    for _press in range(2):
        response = desk.post(path(payment, "balance/"), {"reason": "As agreed"}, headers=HTMX)
        assert response.status_code == 204
    assert balance_of(free).balance == 5000
    assert AuditEntry.objects.get(verb="payment.resolved").reason == "As agreed"


def test_settled_otherwise_needs_a_note(
    desk: Client, aurora: Tenant, plan: Plan, ana: User
) -> None:
    payment = stuck(aurora, plan, ana)
    response = desk.post(path(payment, "settled/"), {"reason": " "})
    assert response.status_code == 422
    assert "Say why, in a few words." in text_of(response)
    send(desk, path(payment, "settled/"), reason="Sent back by hand")
    text = words(desk, payment)
    assert "Settled by hand “Sent back by hand”" in text
    assert "Carry out again" not in text
    assert desk.get(f"{PATH}?look=1").context["desk"].page.paginator.count == 0


def test_problem_of_a_payment_that_did_its_work_can_be_settled(
    desk: Client, free: Tenant, plan: Plan, ana: User
) -> None:
    tell(card_fact(card_order(free, plan, ana), sub="sub_1"))
    tell(renewal_fact(running(free), price="price_unknown"))
    payment = Payment.objects.get(purpose="renewal")
    text = words(desk, payment)
    assert "Charged at a price that is not known here (price_unknown)." in text
    assert "Carry out again" not in text
    send(desk, path(payment, "settled/"), reason="Old price of 2024")
    payment.refresh_from_db()
    assert not payment.needs_a_look


def test_gateway_is_asked_from_the_page(
    desk: Client, till: Till, free: Tenant, ana: User, today: None
) -> None:
    payment = till.unheard_funds(free, ana, 5000)
    response = desk.post(path(payment, "ask/"), follow=True)
    assert "The gateway has answered." in text_of(response)
    payment.refresh_from_db()
    assert payment.status == Status.PAID


@pytest.mark.parametrize("tail", ["refund/", "again/", "balance/", "settled/", "ask/"])
def test_nobody_else_does_any_of_it(
    client_for: Any, aurora: Tenant, plan: Plan, ana: User, tail: str
) -> None:
    payment = stuck(aurora, plan, ana)
    data = {"amount": "1", "reason": "x", "seen": "0"}
    assert client_for().post(path(payment, tail), data).status_code == 302
    assert client_for(ana).post(path(payment, tail), data).status_code == 404
    assert client_for(ana, aurora).post(path(payment, tail), data).status_code == 404
    payment.refresh_from_db()
    assert (payment.refunded, payment.fulfilled_at, payment.seen_at) == (0, None, None)
    assert not WebhookEvent.objects.exists()
    assert not AuditEntry.objects.exists()


def test_time_of_pages_is_that_of_the_rows(desk: Client, aurora: Tenant) -> None:
    assert f"{NOW:%Y-%m-%dT%H:%M:%S}" in desk.get(path(paid(aurora))).content.decode()
