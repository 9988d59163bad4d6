"""To whom invoices are made out: from the next one on, and never those that were issued."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client

from billing.models import BillingDetails
from billing.services.details import save_details
from tenants.models import Tenant, User
from tests.billing.money_pages.rows import BILLING, paid
from tests.booking.pages import queries_for, words
from tests.races.test_money import PEOPLE, all_at_once
from tests.stamps import send

URL = f"{BILLING}details/"
ADDRESS = "Rua das Flores 27\n4050-262 Porto"
FILLED = {"name": "Aurora Lda", "address": ADDRESS, "tax_id": "PT 509 442 013"}


def stored(tenant: Tenant) -> tuple[str, str, str]:
    details = BillingDetails.objects.get(tenant=tenant)
    return details.name, details.address, details.tax_id


def test_details_stand_on_the_next_invoice_and_not_on_the_last(
    owner: Client, aurora: Tenant
) -> None:
    before = paid(aurora).invoice
    assert send(owner, URL, FILLED).status_code == 302
    after = paid(aurora).invoice
    before.refresh_from_db()
    assert before.buyer == {"name": "Salon Aurora", "address": "", "tax_id": ""}
    assert after.buyer == FILLED


def test_saved_is_said_and_stands_in_the_form_again(owner: Client, aurora: Tenant) -> None:
    page = words(send(owner, URL, FILLED, follow=True))
    assert "Saved. The next invoices say so." in page
    form = words(owner.get(URL))
    assert 'value="Aurora Lda"' in form
    assert "Rua das Flores 27 4050-262 Porto</textarea>" in form


def test_in_the_dialog_it_closes_and_says_so(owner: Client, aurora: Tenant) -> None:
    response = send(owner, URL, FILLED, headers={"hx-request": "true"})
    assert response.status_code == 204
    assert "dialogClose" in response["HX-Trigger"]
    fragment = words(owner.get(URL, headers={"hx-request": "true"}))
    assert fragment.startswith('<div class="dialog-frame')


def test_everything_may_be_left_out(owner: Client, aurora: Tenant) -> None:
    send(owner, URL, FILLED)
    assert send(owner, URL, {}).status_code == 302
    assert stored(aurora) == ("", "", "")


def test_what_was_pasted_is_put_in_order(owner: Client, aurora: Tenant) -> None:
    send(
        owner,
        URL,
        {"name": " Aurora \t Lda\r\n", "address": " a \r\n\r\n b  c\r\n ", "tax_id": " PT\n1 "},
    )
    assert stored(aurora) == ("Aurora Lda", "a\nb c", "PT 1")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "x" * 121, "at most 120 characters"),
        ("address", "x" * 401, "at most 400 characters"),
        ("address", "\n".join("123456789"), "Use at most 8 lines."),
        ("tax_id", "x" * 41, "at most 40 characters"),
        ("name", "a\x00b", "Null characters are not allowed."),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(
    field: str, value: str, said: str, owner: Client, aurora: Tenant
) -> None:
    response = send(owner, URL, FILLED | {field: value})
    assert response.status_code == 422
    page = words(response)
    assert said in page.split(f'id="details_{field}_error"')[1][:400]
    for other, typed in FILLED.items():
        if other != field:
            assert typed.split("\n")[0] in page
    assert not BillingDetails.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "x" * 120), ("address", "x\n" * 199 + "xx"), ("tax_id", "x" * 40)],
)
def test_what_just_fits_is_stored(field: str, value: str, aurora: Tenant) -> None:
    save_details(aurora, **FILLED | {field: value})
    assert getattr(BillingDetails.objects.get(tenant=aurora), field) == value


def test_door_refuses_what_is_too_long(aurora: Tenant) -> None:
    with pytest.raises(ValidationError):
        save_details(aurora, **FILLED | {"address": "x" * 401})


def test_details_are_the_tenants_own(
    owner: Client, aurora: Tenant, borealis: Tenant, client_for: Callable[..., Client], carla: User
) -> None:
    send(owner, URL, FILLED)
    assert "Aurora Lda" not in words(client_for(carla, borealis).get(URL))
    send(client_for(carla, borealis), URL, {"name": "Borealis"})
    assert stored(aurora)[0] == "Aurora Lda"


def test_form_takes_five_queries(owner: Client) -> None:
    assert queries_for(owner, URL) == 4


@pytest.mark.race
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_saved_for_the_first_time_by_many_at_once_it_is_one(aurora: Tenant) -> None:
    def save(number: int) -> None:
        save_details(Tenant.objects.get(pk=aurora.pk), name=f"{number}", address="", tax_id="")

    assert all_at_once(save) == {"done": PEOPLE}
    assert BillingDetails.objects.count() == 1
