"""The door of the booking page, and the last step: once, never twice, and nobody is left behind."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Customer, Deposit, Location, Status
from booking.services.public_booking import JustTaken
from booking.services.resources import WrongChoice
from plans.entitlements import LimitReached
from plans.models import Plan
from tenants.models import Tenant
from tests.booking.pages import allow, words
from tests.booking.panel.page import HELENA, Shop, monday

Switch = Callable[..., None]


def test_time_that_was_just_taken_offers_the_next_ones_with_all_that_was_typed(
    customer: Client, shop: Shop
) -> None:
    shop.book(name="Marta", email="marta@mail.example")
    answer = shop.details(customer, note="By the window, please")
    assert answer.status_code == 409
    page = words(answer)
    assert "That time was just taken" in page
    assert "Mon" in page
    assert "10:30" in page
    assert 'value="Helena Matos"' in page
    assert "By the window, please" in page
    assert len(shop.booked) == 1
    other = next(
        part.split('"')[0].replace("&amp;", "&")
        for part in answer.content.decode().split('formaction="')[1:]
        if "T1030Z" in part
    )
    assert customer.post(other, HELENA).status_code == 302
    assert [row.starts_at for row in shop.booked] == [monday(), monday(10, 30)]


def test_form_sent_twice_is_one_booking_and_leads_to_the_same_page(
    customer: Client, shop: Shop
) -> None:
    first, second = shop.details(customer), shop.details(customer)
    assert first["Location"] == second["Location"]
    assert len(shop.booked) == 1


def test_form_of_another_tab_is_another_booking(customer: Client, shop: Shop) -> None:
    shop.details(customer, key="one tab")
    assert shop.details(customer, key="another tab").status_code == 409
    assert len(shop.booked) == 1


def test_key_of_a_form_is_worth_nothing_for_another_time_or_tenant(
    customer: Client, shop: Shop, borealis: Tenant, client_for: Callable[..., Client]
) -> None:
    shop.details(customer)
    assert shop.details(customer, at=monday(11)).status_code == 302
    assert len(shop.booked) == 2


def test_whoever_is_refused_is_not_left_behind_as_a_customer(shop: Shop) -> None:
    shop.book()
    with pytest.raises(JustTaken):
        shop.book(name="Marta", email="marta@mail.example")
    assert [row.name for row in shop.all(Customer)] == ["Helena Matos"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"name": "  "}, "Please enter your name."),
        ({"name": "\u202e"}, "Please enter your name."),
        ({"name": "x" * 81}, "Please use at most 80 characters."),
        ({"email": ""}, "Please enter an e-mail address"),
        ({"email": "helena@"}, "Please enter an e-mail address"),
        ({"phone": "1" * 40}, "enter the number with its country"),
        ({"phone": "+" + "1" * 40}, "does not look like a phone number"),
        ({"phone": "call me"}, "enter the number with its country"),
        ({"note": "x" * 501}, "Please use at most 500 characters."),
    ],
)
def test_bad_input_is_said_beside_its_field_and_nothing_is_lost(
    typed: dict[str, str], says: str, customer: Client, shop: Shop
) -> None:
    answer = shop.details(customer, **{"note": "Kept", **typed})
    assert answer.status_code == 422
    page = words(answer)
    assert says in page
    assert 'aria-invalid="true"' in page
    assert ("Kept" in page) is ("note" not in typed)
    assert shop.booked == []


def test_name_of_markup_is_text_everywhere(customer: Client, shop: Shop) -> None:
    name = "<script>alert(1)</script>"
    answer = shop.details(customer, name=name, email="", note="<b>bold</b>")
    assert "<script>alert" not in answer.content.decode()
    shop.details(customer, name=name)
    assert shop.booked[0].customer.name == name


def test_terms_must_be_agreed_to_and_when_is_kept(customer: Client, shop: Shop) -> None:
    shop.rules(terms="No show, no refund.")
    answer = shop.details(customer)
    assert answer.status_code == 422
    assert "Please agree to the terms." in words(answer)
    shop.details(customer, agree="on")
    (row,) = shop.booked
    assert row.agreed_at is not None
    assert timezone.now() - row.agreed_at < timedelta(minutes=1)


def test_phone_instead_of_email_where_the_rules_ask_for_one(customer: Client, shop: Shop) -> None:
    shop.rules(needs_phone=True)
    assert "Please enter a phone number." in words(shop.details(customer, phone=""))
    assert shop.details(customer, email="").status_code == 302
    assert shop.booked[0].customer.phone == "+351 912 345 678"


# Who is coming


@pytest.mark.parametrize(
    ("known", "typed"),
    [
        ({"email": "HELENA@Mail.Example"}, {}),
        ({"phone": "912345678"}, {}),
        ({"phone": "00351 912-345-678"}, {"email": ""}),
    ],
)
def test_known_customer_is_found_and_not_overwritten(
    known: dict[str, str], typed: dict[str, str], customer: Client, shop: Shop
) -> None:
    shop.rules(needs_phone=True)
    before = shop.add(Customer, name="H. Matos", notes="Likes tea", **known)
    answer = shop.details(customer, **typed)
    (row,) = shop.booked
    assert row.customer == before
    (after,) = shop.all(Customer)
    assert (after.name, after.email, after.phone, after.notes) == (
        before.name, before.email, before.phone, "Likes tea",
    )  # fmt: skip
    assert "Booked as: Helena Matos" in row.note
    page = words(customer.get(answer["Location"]))
    assert "H. Matos" not in page
    assert "Likes tea" not in page


def test_family_that_shares_a_phone_stays_several_people(customer: Client, shop: Shop) -> None:
    shop.add(Customer, name="Mother", email="mother@mail.example", phone="+351 912 345 678")
    shop.details(customer)
    assert [row.name for row in shop.all(Customer)] == ["Mother", "Helena Matos"]


def test_erased_customer_is_nobody(customer: Client, shop: Shop) -> None:
    shop.add(Customer, name="Erased", email=HELENA["email"], erased_at=timezone.now())
    shop.details(customer)
    assert len(shop.all(Customer)) == 2


# What the plan and the rules say


@pytest.mark.req(24)
def test_without_receiving_nothing_is_booked_and_what_is_booked_stays_manageable(
    customer: Client, shop: Shop, switched: Switch
) -> None:
    link = shop.details(customer)["Location"]
    switched("booking_page.receive_appointments", on=False)
    assert "/book/" not in words(customer.get("/")).replace("/book/picture", "")
    for path in (
        "/book/",
        "/book/time/" + shop.choice().query(),
        "/book/details/" + shop.choice().query(),
    ):
        page = words(customer.get(path))
        assert "No online bookings at present" in page
        assert "plan" not in page.split("<body")[1]
    answer = shop.details(customer, at=monday(12), key="other")
    assert answer.status_code == 409
    assert len(shop.booked) == 1
    assert "Move it to another time" in words(customer.get(link))
    assert customer.post(link.split("?")[0] + "cancel/").status_code == 302
    assert shop.booked[0].is_cancelled
    switched("booking_page.receive_appointments", on=True)
    assert shop.details(customer, at=monday(12), key="other").status_code == 302


@pytest.mark.req(36, 37)
def test_month_that_is_used_up_closes_the_page_and_keeps_what_is_booked(
    customer: Client, shop: Shop, plan: Plan
) -> None:
    allow(plan, appointments=1)
    link = shop.details(customer)["Location"]
    assert "No online bookings at present" in words(customer.get("/book/"))
    assert shop.details(customer, at=monday(12), key="other").status_code == 409
    with pytest.raises(LimitReached):
        shop.book(monday(12))
    assert len(shop.booked) == 1
    move = f"{link.split('?')[0]}move/?at={monday(12):%Y%m%dT%H%MZ}"
    assert customer.post(move).status_code == 302
    assert shop.booked[0].starts_at == monday(12)


@pytest.mark.req(75)
def test_at_the_limit_of_customers_only_those_who_are_known_are_booked(
    customer: Client, shop: Shop, plan: Plan
) -> None:
    shop.add(Customer, name="Helena Matos", email=HELENA["email"])
    allow(plan, customers=1)
    answer = shop.details(customer, email="new@mail.example", phone="")
    assert answer.status_code == 409
    assert "No online bookings at present" in words(answer)
    assert shop.details(customer).status_code == 302
    assert len(shop.all(Customer)) == 1


@pytest.mark.parametrize("module", ["services", "staff", "appointments"])
def test_page_without_what_a_booking_needs_is_closed(
    module: str, customer: Client, shop: Shop, switched: Switch
) -> None:
    switched(module, on=False)
    assert "No online bookings at present" in words(customer.get("/book/"))
    assert shop.details(customer).status_code == 409
    assert shop.booked == []


def test_without_the_page_all_of_it_is_a_polite_404(
    customer: Client, shop: Shop, switched: Switch
) -> None:
    switched("booking_page", on=False)
    for path in ("/book/", "/book/time/" + shop.choice().query()):
        assert customer.get(path).status_code == 404
    assert shop.details(customer).status_code == 404
    assert shop.booked == []


@pytest.mark.req(29)
def test_deposit_is_said_asked_for_and_waits(customer: Client, shop: Shop) -> None:
    shop.change(shop.cut, deposit_kind=Deposit.PERCENT, deposit=40)
    shop.rules(deposit_words="By transfer to IBAN PT50 0002.")
    page = words(customer.get("/book/details/" + shop.choice().query()))
    assert "Deposit, to pay in advance" in page
    assert "$10.00" in page
    assert "$15.00" in page
    assert "PT50 0002" in page
    assert "Ask for Mon" in page
    answer = shop.details(customer)
    (row,) = shop.booked
    assert (row.status, row.deposit, row.deposit_paid_at) == (Status.PENDING, 1000, None)
    page = words(customer.get(answer["Location"]))
    assert "Your request has been sent" in page
    assert "as soon as the deposit of $10.00 has arrived" in page


@pytest.mark.req(29)
def test_deposit_is_asked_for_where_the_plan_does_not_let_it_be_switched_off(
    customer: Client, shop: Shop, switched: Switch
) -> None:
    switched("services.disable_deposit_payments", on=False)
    shop.details(customer)
    switched("services.disable_deposit_payments", on=True)
    shop.details(customer, at=monday(12), key="other")
    assert [row.deposit for row in shop.booked] == [500, 0]


def test_booking_that_is_confirmed_by_hand_waits(customer: Client, shop: Shop) -> None:
    shop.rules(confirms_by_hand=True)
    answer = shop.details(customer)
    assert shop.booked[0].status == Status.PENDING
    assert "Salon Aurora will confirm it." in words(customer.get(answer["Location"]))


def test_place_must_be_one_where_the_service_is_had(shop: Shop) -> None:
    shop.add(Location, name="Baixa")
    with pytest.raises(WrongChoice):
        shop.book()
    assert shop.booked == []


def test_group_shares_a_time_until_it_is_full(customer: Client, shop: Shop) -> None:
    shop.change(shop.cut, capacity=3)
    shop.details(customer, key="one", choice={"people": 2})
    page = words(
        customer.get(
            "/book/time/" + shop.choice(at=None, staff=shop.bruno.pk, day=monday().date()).query()
        )
    )
    assert "1 left" in page
    shop.details(customer, key="two", email="two@mail.example", phone="")
    assert shop.details(customer, key="three", email="three@mail.example").status_code == 409
    assert sum(row.people for row in shop.booked) == 3
