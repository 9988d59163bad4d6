"""The console's table of payments: what it shows, how it is searched, filtered, sorted, and as a file."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from billing.console import payment_desk
from billing.models import Payment, Status
from plans.models import Plan, PlatformSettings
from tenants.models import Tenant, User
from tests.billing.money import NOW, card_fact, card_order, tell
from tests.billing.money_pages.rows import failed, gone, ordered, paid
from tests.tenants.console.pages import HTMX, queries_of, text_of

PATH = "/console/payments/"


def shown(client: Client, query: str = "") -> list[str]:
    """The titles on the page, from top to bottom."""
    return [row.payment.title for row in client.get(PATH + query).context["desk"].page.object_list]


def stuck(tenant: Tenant, plan: Plan, by: User, **fields: object) -> Payment:
    """Paid, and not carried out: something else came in than was ordered."""
    payment = card_order(tenant, plan, by)
    Payment.objects.filter(pk=payment.pk).update(**fields)
    payment.refresh_from_db()
    tell(card_fact(payment, amount=100))
    payment.refresh_from_db()
    return payment


def test_first_day_says_what_will_stand_here(desk: Client) -> None:
    assert "Nobody has paid yet" in text_of(desk.get(PATH))
    assert "No payment is like that" in text_of(desk.get(f"{PATH}?q=nobody"))


def test_menu_has_one_current_entry(desk: Client) -> None:
    for path in (PATH, f"{PATH}events/", f"{PATH}renewals/", f"{PATH}reconciliation/"):
        html = desk.get(path).content.decode()
        assert html.count('aria-current="page"') == 1, path
        assert f'href="{path}" aria-current="page"' in html


def test_row_tells_who_what_how_and_how_much(
    desk: Client, aurora: Tenant, plan: Plan, ana: User
) -> None:
    payment = paid(aurora, 5000)
    gone(payment, 2000)
    failed(aurora)
    stuck(aurora, plan, ana)
    text = text_of(desk.get(PATH))
    assert (
        "Salon Aurora Visa 4242 Sandbox Partly refunded 25 Nov 2026 09:00 $50.00 $20.00 went back"
        in text
    )
    assert "Failed The card was declined." in text
    assert "$1.00 came in where $29.00 was ordered. Nothing was carried out." in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=borealis", ["B"]),
        ("?q=SALON", ["C", "A"]),
        ("?q=pay_aaa", ["A"]),
        ("?q=cs_of_b", ["B"]),
        ("?q=pi_of_c", ["C"]),
        ("?q=%25", []),
        ("?q=%00", ["C", "B", "A"]),
        ("?status=failed", ["B"]),
        ("?status=nonsense", ["C", "B", "A"]),
        ("?gateway=balance", ["C"]),
        ("?gateway=nobody", ["C", "B", "A"]),
        ("?purpose=plan", ["A"]),
        ("?purpose=plan&status=failed", []),
        ("?look=1", ["C"]),
        ("?look=2", ["C", "B", "A"]),
        ("?sort=amount", ["B", "A", "C"]),
        ("?sort=-amount", ["C", "A", "B"]),
        ("?sort=tenant", ["B", "C", "A"]),
        ("?sort=created", ["A", "B", "C"]),
        ("?sort=status", ["B", "C", "A"]),
        ("?sort=nonsense", ["C", "B", "A"]),
        ("?page=9", ["C", "B", "A"]),
    ],
)
def test_search_filters_and_order(
    desk: Client, aurora: Tenant, borealis: Tenant, query: str, found: list[str]
) -> None:
    ordered(aurora, 200, title="A", reference="pay_aaa", purpose="plan")
    ordered(
        borealis, 100, title="B", external_id="cs_of_b", status=Status.FAILED,
        at=NOW + timedelta(minutes=1),
    )  # fmt: skip
    ordered(
        aurora, 300, title="C", charge_id="pi_of_c", gateway="balance", status=Status.PAID,
        paid_at=NOW, at=NOW + timedelta(minutes=2),
    )  # fmt: skip
    assert shown(desk, query) == found


def test_payment_is_found_by_its_invoice_and_its_subscription(
    desk: Client, aurora: Tenant, plan: Plan, ana: User
) -> None:
    payment = card_order(aurora, plan, ana)
    tell(card_fact(payment, sub="sub_of_aurora"))
    paid(aurora)
    payment.refresh_from_db()
    assert shown(desk, f"?q={payment.invoice.number}") == ["Team, monthly"]
    assert shown(desk, "?q=sub_of_aurora") == ["Team, monthly"]


def test_only_one_tenants_payments(desk: Client, aurora: Tenant, borealis: Tenant) -> None:
    ordered(aurora, title="A")
    ordered(borealis, title="B")
    response = desk.get(f"{PATH}?tenant={borealis.pk}")
    assert [row.payment.title for row in response.context["desk"].page] == ["B"]
    assert "Only payments of Borealis Yoga" in text_of(response)
    assert shown(desk, "?tenant=nonsense") == ["B", "A"]
    assert shown(desk, "?tenant=99999999999999999999999") == ["B", "A"]


def test_pages_turn_and_htmx_gets_the_table_alone(desk: Client, aurora: Tenant) -> None:
    for number in range(55):
        ordered(aurora, 100 + number, at=NOW + timedelta(seconds=number), title=f"No. {number}")
    assert len(shown(desk)) == 50
    assert shown(desk, "?page=2") == [f"No. {number}" for number in (4, 3, 2, 1, 0)]
    part = desk.get(f"{PATH}?page=2", headers=HTMX)
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part["Vary"]


@pytest.mark.parametrize("count", [1, 30])
def test_number_of_queries_does_not_grow(
    desk: Client, aurora: Tenant, borealis: Tenant, count: int
) -> None:
    PlatformSettings.load()
    for number in range(count):
        paid(borealis if number % 2 else aurora, 100 + number)
    desk.get(PATH)
    response, queries = queries_of(desk, PATH)
    assert len(response.context["desk"].page.object_list) == count
    assert len(queries) <= 5, queries


def test_file_has_everything_that_matches(
    desk: Client, aurora: Tenant, borealis: Tenant, plan: Plan, ana: User
) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(name="=cmd|' /C calc'!A0")
    payment = paid(aurora, 5000)
    gone(payment, 2000)
    ordered(borealis, title="B")
    response = desk.get(f"{PATH}export/?q=calc")
    assert response["Content-Type"].startswith("text/csv")
    assert 'filename="payments.csv"' in response["Content-Disposition"]
    head, row, *rest = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rest == []
    cells = dict(zip(head, row, strict=True))
    assert cells["Tenant"] == "'=cmd|' /C calc'!A0"
    assert (cells["Amount"], cells["Refunded"], cells["Currency"]) == ("50.00", "20.00", "USD")
    assert (cells["Status"], cells["Mode"]) == ("Partly refunded", "sandbox")
    assert cells["Reference"] == payment.reference
    assert cells["Invoice"] == payment.invoice.number
    assert cells["Begun (UTC)"] == "2026-11-25 09:00:00+00:00"


def test_file_that_would_be_too_large_is_refused(
    desk: Client, aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payment_desk, "EXPORT_MOST", 2)
    for _number in range(3):
        ordered(aurora)
    response = desk.get(f"{PATH}export/")
    assert response.status_code == 409
    assert "Choose a filter" in text_of(response)


@pytest.mark.parametrize("count", [1, 30])
def test_file_costs_the_same_for_one_and_for_thirty(
    desk: Client, aurora: Tenant, count: int
) -> None:
    for number in range(count):
        paid(aurora, 100 + number)
    _response, queries = queries_of(desk, f"{PATH}export/")
    assert len(queries) <= 4, queries


def test_names_are_no_markup(desk: Client, aurora: Tenant) -> None:
    evil = "<img src=x onerror=alert(1)>"
    Tenant.objects.filter(pk=aurora.pk).update(name=evil)
    payment = ordered(aurora, title=evil, problem=evil)
    for path in (PATH, f"{PATH}{payment.pk}/", f"{PATH}?tenant={aurora.pk}"):
        assert "<img src=x" not in desk.get(path).content.decode()


def test_it_is_for_super_admins(
    client_for: Callable[..., Client], ana: User, olivia: User, aurora: Tenant
) -> None:
    payment = paid(aurora)
    for path in (PATH, f"{PATH}export/", f"{PATH}{payment.pk}/", f"{PATH}{payment.pk}/invoice.pdf"):
        assert client_for().get(path)["Location"].startswith("/login/")
        assert client_for(ana).get(path).status_code == 404
        assert client_for(olivia, aurora).get(path).status_code in {302, 404}
        assert client_for(olivia).get(path).status_code == 200
