"""The page of a payment that came: when, with what, under which number, and what went back of it."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from tenants.models import Tenant
from tests.billing.money_pages.rows import BILLING, failed, gone, ordered, paid, plain
from tests.booking.pages import queries_for, words


def test_receipt_says_when_with_what_and_which_invoice(owner: Client, aurora: Tenant) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(time_zone="Asia/Tokyo")
    payment = paid(aurora, at=datetime(2026, 11, 30, 20, tzinfo=UTC))
    page = words(owner.get(f"{BILLING}payments/{payment.reference}/"))
    said = plain(page.split("<main")[1])
    facts = f"Paid on 1 December 2026 Paid with Visa 4242 Reference {payment.reference}"
    assert f"{facts} Invoice {payment.invoice.number} · PDF" in said
    assert f'href="{BILLING}invoices/{payment.invoice.number}.pdf" download' in page


def test_receipt_notes_what_went_back(owner: Client, aurora: Tenant) -> None:
    payment = paid(aurora)
    gone(payment, 1000)
    said = plain(words(owner.get(f"{BILLING}payments/{payment.reference}/")))
    assert "Refunded on 25 November 2026: $10.00." in said


def test_what_has_not_come_has_no_receipt(owner: Client, aurora: Tenant) -> None:
    for payment in (ordered(aurora), failed(aurora)):
        assert "Paid on" not in words(owner.get(f"{BILLING}payments/{payment.reference}/"))


@pytest.mark.parametrize("count", [1, 30])
def test_receipt_takes_as_many_queries_whatever_went_back(
    count: int, owner: Client, aurora: Tenant
) -> None:
    payment = paid(aurora)
    for number in range(count):
        gone(payment, 10, key=f"re_{number}")
    assert queries_for(owner, f"{BILLING}payments/{payment.reference}/") <= 8
