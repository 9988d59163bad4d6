"""The customer's own page: its link alone opens it, and the rules say what may be done there."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from booking.models import Appointment, Status
from booking.private_link import link_of, path_of, read_token, token_of
from booking.services.customer_changes import (
    TooLate,
    cancel_by_customer,
    may_change,
    move_by_customer,
)
from booking.services.public_booking import JustTaken
from booking.workflow_facts import APPOINTMENT_FIELDS, appointment_facts
from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.pages import queries_for, words
from tests.booking.panel.page import Shop, monday

STAMP = "%Y%m%dT%H%MZ"


@pytest.fixture
def row(shop: Shop) -> Appointment:
    return shop.book()


@pytest.fixture
def path(row: Appointment, shop: Shop) -> str:
    return path_of(shop.tenant, row.pk)


def test_link_is_always_the_same_and_opens_one_appointment(
    row: Appointment, path: str, shop: Shop, customer: Client
) -> None:
    assert path == path_of(shop.tenant, row.pk)
    assert link_of(shop.tenant, row) == shop.tenant.url(path)
    answer = customer.get(path)
    page = words(answer)
    assert "Your appointment" in page
    assert "Cut, 30 min" in page
    assert "Bruno" in page
    assert "Helena" not in page
    assert "no-store" in answer["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in page


def test_wrong_tokens_lead_nowhere(
    row: Appointment,
    shop: Shop,
    customer: Client,
    borealis: Tenant,
    client_for: Callable[..., Client],
) -> None:
    token = token_of(shop.tenant, row.pk)
    other_salt = signing.Signer(salt="workflows.stop").sign_object([shop.tenant.pk, row.pk])
    odd = signing.Signer(salt="booking.private").sign_object("odd")
    for wrong in (
        token[:-1],
        "x" + token,
        other_salt,
        odd,
        token_of(shop.tenant, 999_999),
        "x" * 500,
    ):
        for page in ("", "move/", "cancel/", "calendar.ics"):
            assert customer.get(f"/book/a/{wrong}/{page}").status_code == 404, wrong
    elsewhere = client_for(None, borealis)
    with tenant_scope(borealis):
        assert read_token(borealis, token) is None
    for page in ("", "move/", "cancel/", "calendar.ics"):
        assert elsewhere.get(f"/book/a/{token}/{page}").status_code == 404
    assert elsewhere.post(f"/book/a/{token}/cancel/").status_code == 404
    assert not shop.booked[0].is_cancelled


def test_calendar_file_is_the_appointment(path: str, row: Appointment, customer: Client) -> None:
    answer = customer.get(path + "calendar.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["DTSTART"].dt == row.starts_at
    assert customer.post(path + "calendar.ics").status_code == 405


def test_customer_moves_it_to_another_time(
    path: str, row: Appointment, shop: Shop, customer: Client
) -> None:
    page = words(customer.get(path + "move/"))
    assert f"move/?at={monday(11):{STAMP}}" in page
    url = f"{path}move/?at={monday(11):{STAMP}}"
    assert "Move it to Mon" in words(customer.get(url))
    assert shop.booked[0].starts_at == row.starts_at
    answer = customer.post(url)
    assert answer["Location"] == f"{path}?moved=1"
    (moved,) = shop.booked
    assert (moved.starts_at, moved.minutes, moved.staff) == (monday(11), 30, shop.bruno)
    assert customer.post(url).status_code == 302


def test_move_to_an_overlapping_time_of_its_own_is_possible(
    path: str, shop: Shop, customer: Client
) -> None:
    customer.post(f"{path}move/?at={monday(10, 15):{STAMP}}")
    assert shop.booked[0].starts_at == monday(10, 15)


def test_move_to_a_time_that_was_just_taken_offers_others(
    path: str, shop: Shop, customer: Client
) -> None:
    shop.book(monday(11), name="Marta", email="marta@mail.example")
    answer = customer.post(f"{path}move/?at={monday(11):{STAMP}}")
    assert answer.status_code == 409
    assert "That time was just taken" in words(answer)
    assert "11:30" in words(answer)
    assert shop.booked[0].starts_at == monday(10)


def test_moved_booking_waits_again_where_each_is_confirmed_by_hand(
    row: Appointment, shop: Shop
) -> None:
    shop.rules(confirms_by_hand=True)
    moved = move_by_customer(shop.tenant, row.pk, monday(11), now=timezone.now())
    assert moved.status == Status.PENDING


@pytest.mark.parametrize("hour", [8, 17, 23])
def test_move_to_a_time_that_is_not_offered_is_refused(
    hour: int, row: Appointment, shop: Shop
) -> None:
    with pytest.raises(JustTaken):
        move_by_customer(shop.tenant, row.pk, monday(hour), now=timezone.now())
    assert shop.booked[0].starts_at == row.starts_at


def test_customer_cancels_after_a_question_and_the_time_is_free_again(
    path: str, shop: Shop, customer: Client
) -> None:
    assert "Cancel this appointment?" in words(customer.get(path + "cancel/"))
    assert not shop.booked[0].is_cancelled
    assert customer.post(path + "cancel/").status_code == 302
    assert shop.booked[0].is_cancelled
    page = words(customer.get(path))
    assert "Cancelled" in page
    assert "move/" not in page
    assert customer.post(path + "cancel/").status_code == 302
    assert customer.post(f"{path}move/?at={monday(11):{STAMP}}").status_code == 409
    shop.book(name="Marta", email="marta@mail.example")
    assert len(shop.booked) == 2


@pytest.mark.parametrize(
    ("rule", "word", "page"),
    [("may_move", "Move it", "move/"), ("may_cancel", "Cancel it", "cancel/")],
)
def test_what_the_rules_do_not_allow_is_neither_offered_nor_done(
    rule: str, word: str, page: str, path: str, row: Appointment, shop: Shop, customer: Client
) -> None:
    assert word in words(customer.get(path))
    shop.rules(**{rule: False})
    assert word not in words(customer.get(path))
    assert customer.get(path + page).status_code == 409
    assert customer.post(f"{path}{page}?at={monday(11):{STAMP}}").status_code == 409
    (kept,) = shop.booked
    assert (kept.starts_at, kept.is_cancelled) == (row.starts_at, False)


def test_after_the_last_moment_it_is_neither_moved_nor_cancelled(
    path: str, row: Appointment, shop: Shop, customer: Client
) -> None:
    shop.rules(change_until_minutes=60 * 24 * 30)
    page = words(customer.get(path))
    assert "It can be changed online until" in page
    assert "Move it" not in page
    with pytest.raises(TooLate):
        move_by_customer(shop.tenant, row.pk, monday(11), now=timezone.now())
    with pytest.raises(TooLate):
        cancel_by_customer(shop.tenant, row.pk, now=timezone.now())
    assert customer.post(path + "cancel/").status_code == 409


@pytest.mark.parametrize(("minutes", "may"), [(-1, True), (0, True), (1, False)])
def test_last_moment_is_exact(minutes: int, may: bool, row: Appointment) -> None:
    rules = SimpleNamespace(change_until_minutes=60)
    now = row.starts_at - timedelta(minutes=60 - minutes)
    assert may_change(row, rules, now) is may  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.NO_SHOW])
def test_what_has_become_something_is_not_changed(
    status: Status, row: Appointment, path: str, shop: Shop, customer: Client
) -> None:
    shop.change(row, status=status)
    assert customer.post(path + "cancel/").status_code == 409
    assert "No-show" not in words(customer.get(path))


def test_link_is_a_field_of_messages(row: Appointment, shop: Shop) -> None:
    assert "appointment.link" in APPOINTMENT_FIELDS
    with tenant_scope(shop.tenant):
        (facts,) = appointment_facts(shop.tenant, [{"appointment_id": row.pk}], timezone.now())
    assert facts is not None
    assert facts.fields["appointment.link"] == link_of(shop.tenant, row)
    assert set(facts.fields) == set(APPOINTMENT_FIELDS)


def test_private_page_costs_five_queries(path: str, customer: Client) -> None:
    assert queries_for(customer, path) == 5
