"""Opening hours as they are read, the doors without a page in front, and the form that books."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from booking.models import Appointment, SpecialHours
from booking.opening_hours import opening_hours, spans_text, week_lines
from booking.schedules import Owner
from booking.services.resources import WrongChoice
from booking.services.schedules import set_special_days, set_week
from plans.entitlements import CapabilityMissing
from plans.models import Plan
from saas.core import clock
from saas.core.errors import NotHere
from tenants.models import User
from tests.booking.pages import counted, seen, switch, words
from tests.booking.schedules.pages import DAY, NINE_TO_ELEVEN, NOW, Shop, at, inside, shop

__all__ = ["shop"]

URL = "/panel/appointments/"


@pytest.fixture
def owner(
    client_for: Callable[..., Client], ana: User, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> Client:
    monkeypatch.setattr(clock, "true_now", lambda: NOW)
    return client_for(ana, shop.tenant)


def test_days_with_the_same_hours_share_a_line() -> None:
    week = {0: [(540, 720), (780, 1440)], 1: [(540, 720), (780, 1440)], 3: [(5, 60)]}
    lines = [(line.days, line.hours) for line in week_lines(week)]
    assert lines == [
        ("Mon–Tue", "09:00–12:00, 13:00–24:00"),
        ("Wed", "Closed"),
        ("Thu", "00:05–01:00"),
        ("Fri–Sun", "Closed"),
    ]
    assert week_lines({}) == []
    assert spans_text([]) == "Closed"


def test_opening_hours_of_all_places_take_one_query(shop: Shop) -> None:
    with inside(shop.tenant):
        other = type(shop.baixa).objects.create(name="Alvalade")
        set_week(shop.tenant, Owner(location=other), {5: [(600, 660)]})
        set_week(shop.tenant, Owner(staff=shop.ana), {5: [(0, 60)]})
        with counted() as queries:
            found = opening_hours([shop.baixa, other])
    assert len(queries) == 1
    assert [line.hours for line in found[None]] == ["09:00–11:00"]
    assert found[shop.baixa.pk] == found[None]
    assert [line.days for line in found[other.pk]] == ["Mon–Fri", "Sat", "Sun"]


@pytest.mark.parametrize(
    ("week", "field"),
    [
        ({2: [(600, 540)]}, "day2"),
        ({0: [(540, 600)], 6: [(0, 60), (30, 90)]}, "day6"),
        ({1: [(-5, 60)]}, "day1"),
        ({1: [(0, 1441)]}, "day1"),
        ({}, "week"),
    ],
)
def test_door_refuses_what_the_form_refuses(week: Any, field: str, shop: Shop) -> None:
    with pytest.raises(WrongChoice) as refusal:
        set_week(shop.tenant, Owner(), week)
    assert refusal.value.field == field
    assert shop.starts() != []


def test_special_days_replace_what_was_special_about_them(shop: Shop) -> None:
    days = {"first": DAY, "last": date(2027, 1, 15)}
    set_special_days(shop.tenant, Owner(), **days, spans=[])
    set_special_days(shop.tenant, Owner(), first=DAY, last=DAY, spans=NINE_TO_ELEVEN, note="Half")
    with inside(shop.tenant):
        assert SpecialHours.objects.count() == 3
        assert SpecialHours.objects.get(day=DAY).note == "Half"
    with pytest.raises(WrongChoice):
        set_special_days(shop.tenant, Owner(), first=DAY, last=date(2027, 1, 1), spans=[])
    with pytest.raises(WrongChoice):
        set_special_days(shop.tenant, Owner(), first=DAY, last=DAY, spans=[(9, 5)])


def test_hours_need_the_feature_of_whose_they_are(shop: Shop, plan: Plan) -> None:
    switch(plan, "staff.edit", on=False)
    shop.tenant.refresh_from_db()
    with pytest.raises(CapabilityMissing):
        set_week(shop.tenant, Owner(staff=shop.ana), {0: NINE_TO_ELEVEN})
    set_week(shop.tenant, Owner(location=shop.baixa), {0: NINE_TO_ELEVEN})
    with inside(shop.tenant):
        key = shop.baixa.pk
        type(shop.baixa).objects.filter(pk=key).delete()
    with pytest.raises(NotHere):
        set_week(shop.tenant, Owner(location=shop.baixa), {0: NINE_TO_ELEVEN})


def test_team_books_outside_the_hours_only_when_it_says_so(shop: Shop, owner: Client) -> None:
    form = {
        "who": "Rita", "customer": shop.rita.pk, "service": shop.cut.pk, "staff": shop.bruno.pk,
        "date": DAY.isoformat(), "time": "20:00", "status": "approved",
    }  # fmt: skip
    asked = owner.post(URL + "add/", form)
    assert asked.status_code == 422
    assert "That is outside the hours of Bruno." in words(asked)
    assert "Book it anyway" in words(asked)
    assert "Book it anyway" not in words(owner.get(URL + "add/"))
    owner.post(URL + "add/", form | {"anyway": "on"})
    with inside(shop.tenant):
        row = Appointment.objects.get()
    assert row.starts_at == at(20)
    # What is there already is not asked about again.
    url = f"{URL}{row.pk}/edit/"
    form |= seen(shop.tenant, row)
    assert owner.post(url, form | {"note": "Late"}).status_code == 302
    form |= seen(shop.tenant, row)
    assert owner.post(url, form | {"time": "21:00"}).status_code == 422


def test_only_who_offers_the_service_can_be_chosen(shop: Shop, owner: Client) -> None:
    shop.change(shop.cut, offered_by=[shop.ana])
    page = words(owner.get(f"{URL}add/?service={shop.cut.pk}&staff={shop.ana.pk}"))
    assert f'<option value="{shop.ana.pk}" selected>Ana</option>' in page
    assert ">Bruno</option>" not in page
    form = {
        "who": "Rita", "customer": shop.rita.pk, "service": shop.cut.pk, "staff": shop.bruno.pk,
        "date": DAY.isoformat(), "time": "10:00", "status": "approved",
    }  # fmt: skip
    assert owner.post(URL + "add/", form).status_code == 422
    assert owner.post(URL + "add/", form | {"staff": shop.ana.pk}).status_code == 302


def test_who_works_elsewhere_cannot_be_booked_here(shop: Shop, owner: Client) -> None:
    with inside(shop.tenant):
        other = type(shop.baixa).objects.create(name="Alvalade")
    shop.change(shop.bruno, locations=[other])
    form = {
        "who": "Rita", "customer": shop.rita.pk, "service": shop.cut.pk, "staff": shop.bruno.pk,
        "date": DAY.isoformat(), "time": "10:00", "status": "approved", "location": shop.baixa.pk,
    }  # fmt: skip
    asked = owner.post(URL + "add/", form)
    assert asked.status_code == 422
    assert "Bruno does not offer this at Baixa." in words(asked)
    assert owner.post(URL + "add/", form | {"location": other.pk}).status_code == 302
