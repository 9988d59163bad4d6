"""The page of one customer, and what is typed about them."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Appointment, Status
from booking.services.appointments import cancel_appointment
from booking.services.stops import set_stop
from plans.models import Plan
from saas.core.errors import Conflict, NotHere
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.customers.people import CUSTOMERS, Clients, customers_of, make
from tests.booking.pages import Salon, at, make_salon, queries_for, row, switch, words
from workflows.models import OptOut
from workflows.services import opt_outs

NOW = timezone.now()


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


def past(salon: Salon, days: int, status: str, price: int = 2500) -> Appointment:
    start = NOW - timedelta(days=days)
    end = start + timedelta(minutes=30)
    with tenant_scope(salon.tenant):
        return Appointment.objects.create(
            customer=salon.rita, service=salon.cut, staff=salon.bruno, starts_at=start, ends_at=end,
            busy_from=start, busy_until=end, status=status, price=price,
            cancelled_at=start if status == Status.CANCELLED else None,
        )  # fmt: skip


def test_page_adds_up_what_was(salon: Salon, owner: Client) -> None:
    for days, status in enumerate(
        ("completed", "paid", "no_show", "cancelled", "approved"), start=1
    ):
        past(salon, days, status)
    salon.book(10)
    cancel_appointment(salon.tenant, salon.book(12).pk, now=NOW)
    history = owner.get(f"{CUSTOMERS}{salon.rita.pk}/").context["history"]
    assert (history.visits, history.no_shows, history.cancelled, history.spent) == (2, 1, 2, 5000)
    assert len(history.coming) == 1
    assert history.past.paginator.count == 6


def test_long_history_is_paged_and_can_be_booked_again(salon: Salon, owner: Client) -> None:
    for days in range(1, 26):
        past(salon, days, "completed")
    page = owner.get(f"{CUSTOMERS}{salon.rita.pk}/?page=2")
    assert len(page.context["history"].past.object_list) == 5
    asked = f"who=Rita&amp;customer={salon.rita.pk}&amp;service={salon.cut.pk}"
    again = f"/panel/appointments/add/?{asked}"
    assert again in page.content.decode()
    form = owner.get(again.replace("&amp;", "&")).context["form"]
    assert [found.pk for found in form.matches] == [salon.rita.pk]
    assert form["customer"].value() == str(salon.rita.pk)
    assert form["service"].value() == str(salon.cut.pk)


def test_script_as_a_name_stays_text_everywhere(owner: Client, aurora: Tenant) -> None:
    name = "<script>alert(1)</script>"
    made = make(aurora, name, email="x@mail.example", notes=name)
    make(aurora, name, email="x@mail.example")
    for url in (
        "",
        f"{made.pk}/",
        f"{made.pk}/edit/",
        f"{made.pk}/erase/",
        "duplicates/",
        "?q=<script>",
    ):
        page = owner.get(CUSTOMERS + url).content.decode()
        assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("phone", ["9" * 40, "1" * 21, "no phone", "5", "+"])
def test_nonsense_as_a_phone_is_one_sentence(phone: str, owner: Client, aurora: Tenant) -> None:
    response = owner.post(CUSTOMERS + "add/", {"name": "Rita", "phone": phone, "notes": "kept"})
    assert response.status_code == 422
    page = words(response)
    assert "Enter a phone number with at most 20 digits" in page
    assert "kept" in page
    assert customers_of(aurora) == []


@pytest.mark.parametrize(
    "phone", ["+351 912 345 678", "0912/34 56 78 ext. 12", "112", "(555) 010-7788 x4"]
)
def test_unusual_phones_stay_as_they_are_written(phone: str, owner: Client, aurora: Tenant) -> None:
    assert owner.post(CUSTOMERS + "add/", {"name": "Rita", "phone": phone}).status_code == 302
    assert customers_of(aurora)[0].phone == phone


def test_consent_has_its_day_and_so_has_taking_it_back(owner: Client, aurora: Tenant) -> None:
    owner.post(CUSTOMERS + "add/", {"name": "Rita", "wants_news": "on"})
    made = customers_of(aurora)[0]
    assert made.consent_at is not None
    url = f"{CUSTOMERS}{made.pk}/"
    owner.post(url + "edit/", {"name": "Rita B", "wants_news": "on"})
    assert customers_of(aurora)[0].consent_at == made.consent_at
    owner.post(url + "edit/", {"name": "Rita B"})
    after = customers_of(aurora)[0]
    assert not after.wants_news
    assert after.consent_at > made.consent_at
    assert "Taken back on" in words(owner.get(url))


def test_team_stops_a_channel_and_allows_it_again(owner: Client, aurora: Tenant) -> None:
    made = make(aurora, "Rita", email="Rita@Mail.example", phone="+351 912 345 678")
    url = f"{CUSTOMERS}{made.pk}/"
    assert owner.post(url + "stop/", {"channel": "sms", "stopped": "1"}).status_code == 302
    assert OptOut.objects.get().address == "+351912345678"
    assert "Noted by your team" in words(owner.get(url))
    owner.post(url + "stop/", {"channel": "sms", "stopped": "0"})
    assert not OptOut.objects.exists()


def test_stop_to_the_shared_number_is_theirs_alone(owner: Client, aurora: Tenant) -> None:
    made = make(aurora, "Rita", phone="+351 912 345 678")
    opt_outs.opt_out("sms", "+351912345678", None, "stop", NOW)
    with pytest.raises(Conflict, match="Only they can take that back"):
        set_stop(aurora, made.pk, "sms", stopped=False, now=NOW)
    with pytest.raises(NotHere):
        set_stop(aurora, made.pk, "email", stopped=True, now=NOW)
    page = words(owner.get(f"{CUSTOMERS}{made.pk}/"))
    assert "They answered STOP" in page
    assert OptOut.objects.count() == 1


def test_their_data_is_a_file_with_everything(salon: Salon, owner: Client) -> None:
    salon.book(10, note="Left side")
    response = owner.get(f"{CUSTOMERS}{salon.rita.pk}/data/")
    assert "attachment" in response["Content-Disposition"]
    told = json.loads(response.content)
    assert told["customer"]["name"] == "Rita"
    assert [one["note"] for one in told["appointments"]] == ["Left side"]


def test_page_without_appointments_in_the_plan_shows_none(
    salon: Salon, owner: Client, plan: Plan
) -> None:
    salon.book(10)
    switch(plan, "appointments", on=False)
    response = owner.get(f"{CUSTOMERS}{salon.rita.pk}/")
    assert response.context["history"] is None
    assert "Book again" not in words(response)


def test_edited_on_its_page_and_back_to_it(owner: Client, aurora: Tenant) -> None:
    made = make(aurora, "Rita")
    response = owner.post(f"{CUSTOMERS}{made.pk}/edit/", {"name": "Rita B"})
    assert response["Location"] == f"{CUSTOMERS}{made.pk}/"
    assert row(aurora, "customers", made.pk).name == "Rita B"


@pytest.mark.parametrize("count", [1, 15])
def test_page_takes_as_many_queries_whatever_the_history(
    count: int, salon: Salon, owner: Client
) -> None:
    for number in range(count):
        past(salon, number + 1, "completed")
        salon.book(starts_at=at(number))
    assert queries_for(owner, f"{CUSTOMERS}{salon.rita.pk}/") == 8
