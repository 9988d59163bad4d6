"""A tenant's money in the console: on its page, in the table of tenants, as a ledger; and adjusting it."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from billing.console import tenant_desk
from billing.ledger import balance_of
from billing.models import BalanceEntry, Subscription
from billing.services.subscriptions import cancel
from plans.models import Plan
from saas.core.models import AuditEntry
from tenants import console_parts
from tenants.console_parts import Part, TenantColumn
from tenants.models import Tenant, User
from tests.billing.back_office.shop import running
from tests.billing.money import NOW, buy, card_fact, card_order, give_funds, tell
from tests.billing.money_pages.rows import gone, ordered, paid, spend
from tests.tenants.console.pages import HTMX, LIST, names, page_of, queries_of, send, text_of

MONEY = "/console/payments/tenants/"


def ledger(tenant: Tenant, tail: str = "") -> str:
    return f"{MONEY}{tenant.pk}/{tail}"


def test_page_tells_of_a_subscription(
    desk: Client, free: Tenant, plan: Plan, ana: User, today: None
) -> None:
    give_funds(free, 4250)
    tell(card_fact(card_order(free, plan, ana), sub="sub_of_aurora"))
    Plan.objects.filter(pk=plan.pk).update(monthly_price=3500)
    text = text_of(desk.get(page_of(free)))
    assert (
        "Renews 25 Dec 2026 At the price of $29.00 Through Stripe, Visa 4242 "
        "Subscription sub_of_aurora Balance $42.50 Received by gateways $29.00" in text
    )
    cancel(free, reason="", now=NOW)
    assert "Ends 25 Dec 2026" in text_of(desk.get(page_of(free)))


def test_page_tells_of_what_has_run_out_and_of_what_never_does(
    desk: Client, free: Tenant, today: None
) -> None:
    assert "Expires Never" in text_of(desk.get(page_of(free)))
    for days, said in ((3, "Expires 28 Nov 2026"), (-3, "Was over on 22 Nov 2026")):
        Tenant.objects.filter(pk=free.pk).update(expires_at=NOW + timedelta(days=days))
        assert said in text_of(desk.get(page_of(free)))


def test_page_lists_the_last_payments_and_movements(
    desk: Client, free: Tenant, plan: Plan, ana: User
) -> None:
    for number in range(6):
        paid(free, 1000 + number, at=NOW + timedelta(minutes=number))
    buy(free, plan, ana, due=2900, now=NOW + timedelta(hours=1))
    response = desk.get(page_of(free))
    text = text_of(response)
    assert "All 7" in text
    assert "Team, monthly 25 Nov 2026 · Balance Balance 25 Nov 2026 Paid $29.00" in text
    assert f'href="/console/payments/?tenant={free.pk}"' in response.content.decode()
    assert "7 Payment Team, monthly 25 Nov 2026, 10:00 25 Nov 2026, 10:00 −$29.00 $31.15" in text
    assert "$10.01" not in text  # the sixth
    # What was paid from the balance came in before: it is not counted twice.
    assert "Received by gateways $60.15" in text


def test_taken_back_payment_is_marked_until_somebody_has_looked(
    desk: Client, free: Tenant, plan: Plan, ana: User, olivia: User
) -> None:
    payment = card_order(free, plan, ana)
    tell(card_fact(payment))
    payment.refresh_from_db()
    gone(payment, 2900)
    text = text_of(desk.get(page_of(free)))
    assert "Needs review Reviewed" in text
    assert "Received by gateways $0.00" in text
    path = ledger(free, f"reviewed/{running(free).pk}/")
    assert "The plan and the subscription stay as they are." in text_of(desk.get(path))
    for _press in range(2):
        assert desk.post(path, {"reason": "A gift"}, headers=HTMX).status_code == 204
    assert not running(free).needs_review
    assert AuditEntry.objects.get(verb="subscription.reviewed").reason == "A gift"
    assert "Needs review" not in text_of(desk.get(page_of(free)))


def test_review_is_of_the_tenants_own_subscription(
    desk: Client, free: Tenant, borealis: Tenant, plan: Plan, ana: User
) -> None:
    tell(card_fact(card_order(free, plan, ana)))
    Subscription.objects.update(needs_review=True)
    assert desk.post(ledger(borealis, f"reviewed/{running(free).pk}/")).status_code == 404
    assert running(free).needs_review


def test_first_day_of_a_tenant(desk: Client, aurora: Tenant) -> None:
    text = text_of(desk.get(page_of(aurora)))
    assert "Nothing has moved yet." in text
    assert "No payments yet." in text
    assert "Nothing has moved yet" in text_of(desk.get(ledger(aurora)))


@pytest.mark.parametrize("count", [1, 30])
def test_page_of_a_tenant_costs_the_same_with_one_and_with_thirty(
    desk: Client, free: Tenant, count: int
) -> None:
    for number in range(count):
        paid(free, 100 + number)
    _page, queries = queries_of(desk, page_of(free))
    assert len(queries) <= 14, queries


# The table of tenants


def test_table_has_balances_and_sorts_by_them(
    desk: Client, aurora: Tenant, borealis: Tenant
) -> None:
    give_funds(borealis, 4250)
    response = desk.get(LIST)
    assert "$42.50" in text_of(response)
    assert "$0.00" in text_of(response)
    assert names(desk.get(f"{LIST}?sort=-balance")) == ["Borealis Yoga", "Salon Aurora"]
    assert names(desk.get(f"{LIST}?sort=balance")) == ["Salon Aurora", "Borealis Yoga"]
    html = desk.get(f"{LIST}?sort=-balance").content.decode()
    assert 'class="num hide-phone" aria-sort="descending"' in html


@pytest.mark.parametrize("count", [1, 30])
def test_table_costs_the_same_with_balances(desk: Client, plan: Plan, count: int) -> None:
    tenants = Tenant.objects.bulk_create(
        Tenant(name=f"Crowd {n}", slug=f"crowd-{n}", plan=plan) for n in range(count)
    )
    for tenant in tenants:
        give_funds(tenant, 100)
    response, queries = queries_of(desk, f"{LIST}?q=crowd&sort=balance")
    assert len(names(response)) == count
    assert len(queries) <= 6, queries


def test_places_and_columns_are_known_or_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        console_parts.register(Part("roof", "x.html", lambda *_: None))
    (known,) = [one for one in console_parts.columns() if one.name == "balance"]
    with pytest.raises(ValueError, match="already"):
        console_parts.register(TenantColumn("balance", "B", "", "x.html", known.value))


# The ledger


def test_ledger_tells_who_and_why(desk: Client, aurora: Tenant, olivia: User) -> None:
    form = {"direction": "add", "amount": "15", "reason": "Sorry", "token": "a" * 22}
    desk.post(ledger(aurora, "adjust/"), form)
    spend(aurora, 500)
    text = text_of(desk.get(ledger(aurora)))
    assert "Balance of Salon Aurora $10.00 now." in text
    assert "1 Adjustment by Olivia Lind Sorry" in text
    assert "+$15.00 $15.00" in text
    assert "2 Payment Something" in text
    assert "−$5.00 $10.00" in text


def test_ledger_is_filtered_paged_and_a_file(desk: Client, aurora: Tenant) -> None:
    for number in range(30):
        give_funds(aurora, 100 + number, key=f"k{number}")
    spend(aurora, 50)
    assert len(desk.get(ledger(aurora)).context["statement"].page.object_list) == 25
    assert len(desk.get(ledger(aurora, "?page=2")).context["statement"].page.object_list) == 6
    only = desk.get(ledger(aurora, "?kind=payment")).context["statement"].page.object_list
    assert [row.entry.amount for row in only] == [-50]
    assert "Nothing like that has moved" in text_of(desk.get(ledger(aurora, "?month=2020-01")))
    rows = desk.get(ledger(aurora, "export/?kind=payment")).content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(rows)))) == 2


def test_ledger_file_tells_the_reasons(desk: Client, aurora: Tenant) -> None:
    form = {"direction": "add", "amount": "15", "reason": "Sorry", "token": "a" * 22}
    desk.post(ledger(aurora, "adjust/"), form)
    rows = desk.get(ledger(aurora, "export/")).content.decode("utf-8-sig")
    assert "Adjustment,Sorry,15.00,15.00" in rows


@pytest.mark.parametrize("count", [1, 30])
def test_ledger_costs_the_same_with_one_and_with_thirty(
    desk: Client, aurora: Tenant, olivia: User, count: int
) -> None:
    for number in range(count):
        paid(aurora, 100 + number, by=olivia)
    _page, queries = queries_of(desk, ledger(aurora))
    assert len(queries) <= 8, queries


# Adjusting


def test_balance_is_adjusted_once_for_each_showing(
    desk: Client, aurora: Tenant, olivia: User
) -> None:
    shown = desk.get(ledger(aurora, "adjust/"), headers=HTMX)
    assert "Salon Aurora has $0.00." in text_of(shown)
    form = {"direction": "add", "amount": "15.00", "reason": "Sorry", "token": "t" * 22}
    for _press in range(2):
        response = desk.post(ledger(aurora, "adjust/"), form, headers=HTMX)
        assert response.status_code == 204
        assert "The balance is $15.00." in response["HX-Trigger"]
        assert "tenantSaved" in response["HX-Trigger"]
    assert balance_of(aurora).balance == 1500
    assert BalanceEntry.objects.get().by == olivia
    form = {**form, "direction": "take", "amount": "5", "token": "u" * 22}
    desk.post(ledger(aurora, "adjust/"), form)
    assert balance_of(aurora).balance == 1000


def test_each_showing_has_a_token_of_its_own(desk: Client, aurora: Tenant) -> None:
    first, second = (send(desk, ledger(aurora, "adjust/"), amount="1", reason="x") for _ in "ab")
    assert (first.status_code, second.status_code) == (302, 302)
    assert balance_of(aurora).balance == 200


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"direction": "take", "amount": "42.51"}, "There is only $42.50 to take off."),
        ({"amount": "-5"}, "Enter an amount of zero or more."),
        ({"amount": "0"}, "Enter more than nothing."),
        ({"amount": "five"}, "Enter an amount, for example"),
        ({"amount": "1.005"}, "USD has at most 2 decimals."),
        ({"amount": "99999999999"}, "Enter an amount below 100 million."),
        ({"direction": "burn"}, "Choose one."),
        ({"direction": ""}, "Choose one."),
        ({"reason": ""}, "Say why, in a few words."),
        ({"token": "short"}, "This form was not complete."),
    ],
)
def test_wrong_adjustment_gets_a_sentence(
    desk: Client, aurora: Tenant, changes: dict[str, str], sentence: str
) -> None:
    give_funds(aurora, 4250)
    good = {"direction": "add", "amount": "5", "reason": "Sorry", "token": "a" * 22}
    response = desk.post(ledger(aurora, "adjust/"), {**good, **changes})
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert balance_of(aurora).balance == 4250


def test_balance_that_shrank_meanwhile_is_not_overdrawn(
    desk: Client, aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the form's look and the lock somebody spent it."""
    give_funds(aurora, 1000)
    seen = balance_of(aurora)
    spend(aurora, 800)
    monkeypatch.setattr(tenant_desk, "balance_of", lambda _tenant: seen)
    form = {"direction": "take", "amount": "5", "reason": "Sorry", "token": "a" * 22}
    response = desk.post(ledger(aurora, "adjust/"), form)
    assert response.status_code == 409
    assert "The balance of Salon Aurora is $2.00" in text_of(response)
    assert balance_of(aurora).balance == 200


def test_nobody_else_adjusts_anything(
    client_for: Callable[..., Client], aurora: Tenant, ana: User
) -> None:
    form = {"direction": "add", "amount": "5", "reason": "Mine", "token": "a" * 22}
    for client in (client_for(), client_for(ana), client_for(ana, aurora)):
        assert client.post(ledger(aurora, "adjust/"), form).status_code in {302, 404}
    assert balance_of(aurora).balance == 0


def test_tenant_reads_no_reasons(
    desk: Client, client_for: Callable[..., Client], aurora: Tenant, ana: User
) -> None:
    form = {"direction": "add", "amount": "5", "reason": "A secret", "token": "a" * 22}
    desk.post(ledger(aurora, "adjust/"), form)
    text = text_of(client_for(ana, aurora).get("/panel/billing/statement/"))
    assert "Adjustment" in text
    assert "A secret" not in text


def test_pending_payment_is_no_money(desk: Client, free: Tenant) -> None:
    ordered(free, 5000)
    text = text_of(desk.get(page_of(free)))
    assert "Received by gateways $0.00" in text
    assert "1 payment" in text
