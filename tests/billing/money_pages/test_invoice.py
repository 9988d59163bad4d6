"""An invoice as a page and as PDF: what it said when it was issued, and what went back since."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pypdf import PdfReader

from billing.models import BillingSettings, Invoice
from billing.services.details import save_details
from plans.models import PlatformSettings
from tenants.models import Tenant, User
from tests.billing.money import NOW, card_fact, tell
from tests.billing.money_pages.rows import BILLING, gone, ordered, paid, plain
from tests.booking.pages import queries_for, words


def page_of(client: Client, invoice: Invoice) -> str:
    """The words of the sheet alone."""
    page = words(client.get(f"{BILLING}invoices/{invoice.number}/"))
    sheet = re.search(r"<article.*</article>", page)
    assert sheet
    return plain(sheet[0])


def pdf_of(client: Client, invoice: Invoice) -> str:
    """All text of the PDF, with one space where a line or a column ends."""
    response = client.get(f"{BILLING}invoices/{invoice.number}.pdf")
    assert response.status_code == 200
    pages = PdfReader(io.BytesIO(response.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def sold(aurora: Tenant) -> Invoice:
    """An upgrade with a credit, sold by a business with an address to one with a tax number."""
    BillingSettings.load()
    BillingSettings.objects.update(
        seller_name="Tenantry Ltd", seller_address="14 Harbour Street\nLeith", seller_tax_id="GB 7",
        invoice_note="Thank you.",
    )  # fmt: skip
    PlatformSettings.objects.update(contact_email="hello@tenantry.example")
    save_details(aurora, name="Aurora Lda", address="Rua das Flores 27\nPorto", tax_id="PT 5")
    order = {"credit": 1160, "credit_days": 12, "credit_plan": "Team"}
    return paid(aurora, 4740, title="Team+, monthly", ordered=order).invoice


def test_page_says_everything_in_reading_order(owner: Client, sold: Invoice) -> None:
    assert page_of(owner, sold) == (
        "Tenantry Ltd 14 Harbour Street Leith Tax number: GB 7 "
        f"Invoice {sold.number} "
        "Billed to Aurora Lda Rua das Flores 27 Porto Tax number: PT 5 "
        f"Date 25 November 2026 Paid with Visa 4242 Reference {sold.payment.reference} "
        "Description Amount Team+, monthly $59.00 "
        "Credit for 12 unused days of Team −$11.60 Total paid $47.40 "
        "Thank you. Questions? Write to hello@tenantry.example."
    )


def test_pdf_says_the_same(owner: Client, sold: Invoice) -> None:
    assert pdf_of(owner, sold) == page_of(owner, sold)


def test_pdf_is_a_download_that_nobody_else_keeps(owner: Client, sold: Invoice) -> None:
    response = owner.get(f"{BILLING}invoices/{sold.number}.pdf")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == f'attachment; filename="{sold.number}.pdf"'
    assert set(response["Cache-Control"].split(", ")) == {"private", "no-cache"}
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response.content.startswith(b"%PDF-1.7")


def test_invoice_stays_as_it_was_issued(owner: Client, sold: Invoice, aurora: Tenant) -> None:
    before = page_of(owner, sold)
    BillingSettings.objects.update(
        seller_name="Other", seller_address="", invoice_prefix="X-", invoice_note="Bye."
    )
    PlatformSettings.objects.update(contact_email="other@x.example", currency="JPY")
    save_details(aurora, name="Other", address="", tax_id="")
    Tenant.objects.filter(pk=aurora.pk).update(name="Renamed")
    assert page_of(owner, sold) == before
    assert pdf_of(owner, sold) == before


def test_what_went_back_is_noted_and_the_total_stays(owner: Client, sold: Invoice) -> None:
    gone(sold.payment, 1000, at=datetime(2026, 12, 3, 12, tzinfo=UTC))
    gone(sold.payment, 3740, at=NOW + timedelta(days=20), key="dp_1", is_dispute=True)
    for said in (page_of(owner, sold), pdf_of(owner, sold)):
        assert "Total paid $47.40" in said
        first = "Refunded on 3 December 2026: $10.00."
        second = "Taken back by the payer’s bank on 15 December 2026: $37.40."
        assert f"{first} {second}" in said


def test_dispute_that_was_won_is_no_note(owner: Client, sold: Invoice) -> None:
    gone(sold.payment, 4740, key="dp_1", is_dispute=True)
    gone(sold.payment, 4740, key="dp_1", is_dispute=True, is_reversed=True)
    assert "Taken back" not in page_of(owner, sold)


def test_days_are_those_of_the_business(owner: Client, aurora: Tenant) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(time_zone="Pacific/Auckland")
    invoice = paid(aurora, at=datetime(2026, 12, 31, 20, tzinfo=UTC)).invoice
    assert "Date 1 January 2027" in page_of(owner, invoice)
    assert "Date 1 January 2027" in pdf_of(owner, invoice)


@pytest.mark.parametrize("prefix", ["2026/", "A.b_c-", "INV/2026/T-", "x.pdf/"])
def test_number_may_begin_as_the_owner_likes(prefix: str, owner: Client, aurora: Tenant) -> None:
    BillingSettings.load()
    BillingSettings.objects.update(invoice_prefix=prefix)
    invoice = paid(aurora).invoice
    assert invoice.number.startswith(prefix)
    assert invoice.number in page_of(owner, invoice)
    assert invoice.number in pdf_of(owner, invoice)
    name = owner.get(f"{BILLING}invoices/{invoice.number}.pdf")["Content-Disposition"]
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]+\.pdf"', name)
    link = f'href="{BILLING}invoices/{invoice.number}/"'
    assert link in words(owner.get(BILLING))


def test_invoice_of_another_tenant_is_not_here(
    sold: Invoice, borealis: Tenant, carla: User, client_for: Callable[..., Client]
) -> None:
    client = client_for(carla, borealis)
    for address in (f"{sold.number}/", f"{sold.number}.pdf"):
        response = client.get(f"{BILLING}invoices/{address}")
        assert response.status_code == 404
        assert sold.number not in plain(words(response))


@pytest.mark.parametrize(
    "number", ["TN-9", "x" * 400, "%00", "../secret", "%2e%2e%2f", "’", "TN-1001%0d%0aX:y"]
)
def test_number_that_nobody_has_is_not_here(number: str, owner: Client, aurora: Tenant) -> None:
    paid(aurora)
    for address in (f"{number}/", f"{number}.pdf"):
        assert owner.get(f"{BILLING}invoices/{address}").status_code == 404


def test_names_are_words_and_no_markup(owner: Client, aurora: Tenant) -> None:
    name = '<b>#panic("x") {{ name }}</b>'
    save_details(aurora, name=name, address="<script>alert(1)</script>", tax_id="&amp;")
    invoice = paid(aurora).invoice
    raw = owner.get(f"{BILLING}invoices/{invoice.number}/").content.decode()
    assert "<script>alert" not in raw
    assert "&lt;b&gt;#panic(&quot;x&quot;) {{ name }}&lt;/b&gt;" in raw
    assert f"Billed to {name} <script>alert(1)</script> Tax number: &amp;" in pdf_of(owner, invoice)


def test_payment_that_has_not_come_has_no_invoice(owner: Client, aurora: Tenant) -> None:
    ordered(aurora)
    assert not Invoice.objects.exists()
    assert "None yet" in words(owner.get(BILLING))


@pytest.mark.parametrize("count", [1, 30])
def test_invoice_takes_six_queries_whatever_went_back(
    count: int, owner: Client, sold: Invoice
) -> None:
    for number in range(count):
        gone(sold.payment, 10, key=f"re_{number}")
    assert queries_for(owner, f"{BILLING}invoices/{sold.number}/") == 5
    assert queries_for(owner, f"{BILLING}invoices/{sold.number}.pdf") == 5


def test_telling_twice_leaves_one_invoice(owner: Client, sold: Invoice) -> None:
    tell(card_fact(sold.payment))
    assert Invoice.objects.count() == 1
