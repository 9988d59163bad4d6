"""Who sells, what stands on invoices, and the grace: the form and its door."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client

from billing.models import BillingSettings, Invoice
from billing.services.setup.billing_settings import save_billing_settings
from plans.models import Plan
from saas.core.models import AuditEntry
from tenants.models import Tenant, User
from tests.billing.money import buy, give_funds
from tests.plans.pages import read_form

PATH = "/console/settings/payments/"
pytestmark = pytest.mark.usefixtures("world")


def save(client: Client, **changes: Any) -> HttpResponse:
    values: dict[str, Any] = read_form(client.get(PATH))
    return client.post(PATH, {**values, **changes})


def stored() -> dict[str, Any]:
    BillingSettings.load()
    return BillingSettings.objects.values().get()


def test_all_of_it_is_stored_and_in_the_audit_log(desk: Client, olivia: User) -> None:
    response = save(
        desk,
        seller_name="  Bookings   & Co ",
        seller_address="  1 Long Street \r\n\r\n Lisbon\r\n",
        seller_tax_id="PT 123",
        invoice_prefix="BK-2026/",
        invoice_note="No VAT is charged.",
        grace_days="5",
    )
    assert (response.status_code, response["Location"]) == (302, PATH)
    assert stored() == {
        "id": 1,
        "seller_name": "Bookings & Co",
        "seller_address": "1 Long Street\nLisbon",
        "seller_tax_id": "PT 123",
        "invoice_prefix": "BK-2026/",
        "invoice_note": "No VAT is charged.",
        "grace_days": 5,
        "next_invoice": 1001,
    }
    page = desk.get(PATH).content.decode()
    assert "The next one is BK-2026/1001" in page
    entry = AuditEntry.objects.get(verb="billing_settings.saved")
    assert entry.actor_id == olivia.pk
    assert entry.changes["grace_days"] == [3, 5]
    assert entry.changes["invoice_prefix"] == ["TN-", "BK-2026/"]
    assert save(desk).status_code == 302
    assert AuditEntry.objects.filter(verb="billing_settings.saved").count() == 1


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("grace_days", "-1", "Enter a whole number of days, from 0 to 60."),
        ("grace_days", "61", "Enter a whole number of days, from 0 to 60."),
        ("grace_days", "three", "Enter a whole number of days, from 0 to 60."),
        ("grace_days", "", "Enter a whole number of days, from 0 to 60."),
        ("invoice_prefix", "", "Enter a few letters, such as TN-."),
        ("invoice_prefix", "TN 1", "Use letters, digits and . / _ - only"),
        ("invoice_prefix", "-TN", "Use letters, digits and . / _ - only"),
        ("invoice_prefix", "TÑ-", "Use letters, digits and . / _ - only"),
        ("invoice_prefix", "TN../", "Put a letter or a digit between two signs"),
        ("invoice_prefix", "TN//A-", "Put a letter or a digit between two signs"),
        ("invoice_prefix", "TN-1", "End it with a letter or a sign"),
        ("invoice_prefix", "2026", "End it with a letter or a sign"),
        ("invoice_prefix", "n" * 13, "at most 12 characters"),
        ("seller_name", "n" * 121, "at most 120 characters"),
        ("seller_address", "a" * 401, "at most 400 characters"),
        ("seller_tax_id", "1" * 41, "at most 40 characters"),
        ("invoice_note", "n" * 301, "at most 300 characters"),
    ],
)
def test_wrong_input_gets_its_sentence_and_saves_nothing(
    desk: Client, field: str, text: str, sentence: str
) -> None:
    before = stored()
    response = save(desk, **{field: text})
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert response.content.decode().count('class="field-error"') == 1
    assert stored() == before


def test_address_of_exactly_the_length_is_taken_though_browsers_send_longer_line_ends(
    desk: Client,
) -> None:
    address = "\r\n".join(["x" * 99] * 4)
    assert save(desk, seller_address=address).status_code == 302
    assert len(stored()["seller_address"]) == 399


def test_door_itself_refuses_what_cannot_be() -> None:
    for data in ({"invoice_prefix": "TN-1"}, {"invoice_prefix": ""}, {"grace_days": 61}):
        with pytest.raises(ValidationError):
            save_billing_settings(data)  # type: ignore[arg-type]
    assert stored()["invoice_prefix"] == "TN-"


def test_form_that_is_too_old_is_kept_and_says_so(desk: Client) -> None:
    old = read_form(desk.get(PATH))
    save_billing_settings({"seller_name": "Theirs"})
    response = desk.post(PATH, {**old, "seller_name": "Mine"})
    assert response.status_code == 409
    assert "Somebody changed these settings meanwhile." in response.content.decode()
    assert stored()["seller_name"] == "Theirs"
    assert desk.post(PATH, read_form(response)).status_code == 302
    assert stored()["seller_name"] == "Mine"


def test_issued_invoices_stay_and_the_next_one_has_the_new_words(
    desk: Client, aurora: Tenant, small_plan: Plan, plan: Plan, ana: User
) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(plan=small_plan)
    give_funds(aurora, 10_000)
    buy(aurora, plan, ana, due=2900)
    form = read_form(desk.get(PATH))
    assert (
        desk.post(PATH, {**form, "seller_name": "New Ltd", "invoice_prefix": "N-"}).status_code
        == 302
    )
    buy(aurora, plan, ana, due=2900)
    first, second = Invoice.objects.order_by("serial")
    assert (first.number, first.seller["name"]) == ("TN-1001", "Tenantry")
    assert (second.number, second.seller["name"]) == ("N-1002", "New Ltd")


def test_number_that_was_given_out_is_not_set_back(
    desk: Client, aurora: Tenant, small_plan: Plan, plan: Plan, ana: User
) -> None:
    """The form was opened before an invoice was issued, and is saved after it."""
    Tenant.objects.filter(pk=aurora.pk).update(plan=small_plan)
    give_funds(aurora, 10_000)
    form = read_form(desk.get(PATH))
    buy(aurora, plan, ana, due=2900)
    assert desk.post(PATH, {**form, "grace_days": "4"}).status_code == 302
    assert (stored()["next_invoice"], stored()["grace_days"]) == (1002, 4)
