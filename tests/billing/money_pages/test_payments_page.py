"""All payments: filtered by how they stand, page by page."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from tenants.models import Tenant, User
from tests.billing.money import NOW
from tests.billing.money_pages.rows import BILLING, cells, failed, gone, ordered, paid
from tests.booking.pages import queries_for, words

URL = f"{BILLING}payments/"


def amounts(client: Client, query: str = "") -> list[str]:
    return [row[4] for row in cells(words(client.get(URL + query)))]


@pytest.fixture
def every_kind(aurora: Tenant) -> None:
    ordered(aurora, 1000)
    failed(aurora, 2000)
    paid(aurora, 3000)
    gone(paid(aurora, 4000), 1000)
    gone(paid(aurora, 5000), 5000, key="re_2")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["$50.00", "$40.00 $10.00 went back", "$30.00", "$20.00", "$10.00"]),
        ("?status=pending", ["$10.00"]),
        ("?status=failed", ["$20.00"]),
        ("?status=paid", ["$40.00 $10.00 went back", "$30.00"]),
        ("?status=refunded", ["$50.00", "$40.00 $10.00 went back"]),
        ("?status=nonsense", ["$50.00", "$40.00 $10.00 went back", "$30.00", "$20.00", "$10.00"]),
        ("?page=-1", ["$50.00", "$40.00 $10.00 went back", "$30.00", "$20.00", "$10.00"]),
        ("?page=x", ["$50.00", "$40.00 $10.00 went back", "$30.00", "$20.00", "$10.00"]),
    ],
)
def test_payments_are_filtered_by_how_they_stand(
    query: str, found: list[str], owner: Client, every_kind: None
) -> None:
    assert amounts(owner, query) == found


def test_row_leads_to_the_payment_and_to_its_invoice(owner: Client, aurora: Tenant) -> None:
    payment = paid(aurora)
    page = words(owner.get(URL))
    assert f'href="{URL}{payment.reference}/">Funds for the balance</a>' in page
    assert f'href="{BILLING}invoices/{payment.invoice.number}/"' in page
    assert owner.get(f"{URL}{payment.reference}/").status_code == 200
    assert owner.get(f"{BILLING}invoices/{payment.invoice.number}/").status_code == 200


def test_many_payments_stand_on_pages_that_keep_the_filter(owner: Client, aurora: Tenant) -> None:
    for number in range(27):
        ordered(aurora, 1000 + number, at=NOW + timedelta(minutes=number))
    page = words(owner.get(f"{URL}?status=pending"))
    assert len(cells(page)) == 25
    assert "1 to 25 of 27" in page
    assert 'href="?status=pending&page=2"' in page
    assert amounts(owner, "?status=pending&page=2") == ["$10.01", "$10.00"]


def test_nothing_is_said_in_words(owner: Client, aurora: Tenant, borealis: Tenant) -> None:
    paid(borealis)
    assert "No payments yet" in words(owner.get(URL))
    ordered(aurora)
    page = words(owner.get(f"{URL}?status=refunded"))
    assert "No payment is like that" in page
    assert f'href="{URL}">Show all payments</a>' in page


@pytest.mark.parametrize("count", [1, 30])
def test_list_takes_six_queries_whatever_its_length(
    count: int, owner: Client, aurora: Tenant
) -> None:
    for number in range(count):
        paid(aurora, at=NOW + timedelta(minutes=number))
    assert queries_for(owner, URL) == 5


def test_pages_of_money_are_for_owners(
    client_for: Callable[..., Client], mara: User, bruno: User, aurora: Tenant
) -> None:
    number = paid(aurora).invoice.number
    pages = ("payments/", "statement/", "statement.csv", "funds/", "details/")
    invoices = (f"invoices/{number}/", f"invoices/{number}.pdf")
    for person in (mara, bruno):
        client = client_for(person, aurora)
        for page in (*pages, *invoices):
            assert client.get(BILLING + page).status_code == 403
            assert client.post(BILLING + page).status_code == 403
