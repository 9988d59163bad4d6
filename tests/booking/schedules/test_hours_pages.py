"""The pages on which hours are set: what they show, whom they let, and what they answer to bad input."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from booking.models import SpecialHours, TimeOff, WorkingHours
from booking.schedules import Owner
from booking.services.schedules import add_time_off
from saas.core import clock
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import words
from tests.booking.schedules.pages import NOW, Shop, at, inside, shop

__all__ = ["shop"]

Clients = Callable[..., Client]
HTMX = {"HX-Request": "true"}
WEEK = "/panel/hours/business/week/"
SPECIAL = "/panel/hours/business/special/"


@pytest.fixture(autouse=True)
def _pinned_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "true_now", lambda: NOW)


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def stored(tenant: Tenant, **where: Any) -> list[tuple[int, int, int]]:
    with tenant_scope(tenant):
        return list(
            WorkingHours.objects.filter(**({"staff": None, "location": None} | where)).values_list(
                "weekday", "starts", "ends"
            )
        )


def monday(*pairs: tuple[str, str]) -> dict[str, str]:
    """What the form posts for Monday."""
    return {
        f"day0_{n}_{side}": text
        for n, pair in enumerate(pairs)
        for side, text in zip(("from", "to"), pair, strict=True)
    } | {"spans": str(max(2, len(pairs)))}


def test_week_is_saved_as_a_whole(owner: Client, aurora: Tenant) -> None:
    form = monday(("14:00", "00:00"), ("09:00", "12:30")) | {
        "day6_0_from": "10:00",
        "day6_0_to": "11:00",
    }
    assert "The hours are saved." in words(owner.post(WEEK, form, follow=True))
    assert stored(aurora) == [(0, 540, 750), (0, 840, 1440), (6, 600, 660)]
    owner.post(WEEK, monday(("09:00", "10:00")))
    assert stored(aurora) == [(0, 540, 600)]


def test_page_says_what_is_in_force_and_where_it_comes_from(shop: Shop, owner: Client) -> None:
    with inside(shop.tenant):
        WorkingHours.objects.all().delete()
    page = words(owner.get("/panel/hours/"))
    assert "You have not set any hours yet" in page
    assert "Mon–Fri" in page
    assert "09:00–17:00" in page
    shop.week(Owner(), [(600, 720), (780, 1080)], days=[0, 1, 3])
    page = words(owner.get(f"/panel/staff/{shop.bruno.pk}/hours/"))
    assert "they can be booked whenever the place is open" in page
    for said in ("Mon–Tue", "10:00–12:00, 13:00–18:00", "Wed", "Thu", "Fri–Sun", "Not working"):
        assert said in page


def test_staff_take_hours_of_their_own_and_give_them_back(shop: Shop, owner: Client) -> None:
    url = f"/panel/hours/staff-{shop.bruno.pk}/week/"
    owner.post(url, monday(("09:00", "10:00")) | {"whose": "own"})
    assert stored(shop.tenant, staff=shop.bruno) == [(0, 540, 600)]
    owner.post(url, monday(("09:00", "nonsense")) | {"whose": ""})
    assert stored(shop.tenant, staff=shop.bruno) == []
    assert len(stored(shop.tenant)) == 7


BAD_WEEKS = [
    (monday(("17:00", "09:00")), "These hours end before they begin."),
    (monday(("09:00", "09:00")), "These hours end before they begin."),
    (monday(("09:00", "13:00"), ("12:00", "17:00")), "These hours overlap."),
    (monday(("09:00", "17:00"), ("09:00", "17:00")), "These hours overlap."),
    (monday(("09:00", "")), "Enter both when it begins and when it ends."),
    (monday(("", "17:00")), "Enter both when it begins and when it ends."),
    (monday(("nine", "17:00")), "Enter times such as 09:00 and 17:00."),
    (monday(("25:00", "26:00")), "Enter times such as 09:00 and 17:00."),
    (monday(("\0", "17:00")), "Enter times such as 09:00 and 17:00."),
    ({"spans": "2"}, "Enter hours for at least one day."),
]


@pytest.mark.parametrize(("form", "sentence"), BAD_WEEKS)
def test_wrong_week_gets_one_sentence_and_stays_as_it_was(
    form: dict[str, str], sentence: str, owner: Client, aurora: Tenant
) -> None:
    response = owner.post(WEEK, form, headers=HTMX)
    assert response.status_code == 422
    assert words(response).count(sentence) == 1
    assert stored(aurora) == []
    typed = [text for text in form.values() if text in {"17:00", "13:00"}]
    assert all(f'value="{text}"' in words(response) for text in typed)


def test_another_span_is_added_without_saving_and_keeps_what_was_typed(
    owner: Client, aurora: Tenant
) -> None:
    page = owner.post(WEEK, monday(("09:00", "12:00")) | {"more": "1"})
    assert page.status_code == 200
    assert 'name="day0_2_from"' in words(page)
    assert 'value="12:00"' in words(page)
    assert '<input type="hidden" name="spans" value="3"' in words(page)
    assert stored(aurora) == []
    three = monday(("09:00", "10:00"), ("11:00", "12:00"), ("13:00", "14:00"))
    owner.post(WEEK, three)
    assert [row[1] for row in stored(aurora)] == [540, 660, 780]
    assert 'name="day0_2_from"' in words(owner.get(WEEK))
    page = owner.post(WEEK, {"spans": "99", "more": "1"})
    assert 'name="day0_5_from"' in words(page)
    assert 'name="day0_6_from"' not in words(page)


def test_week_of_another_is_copied_into_the_form(shop: Shop, owner: Client) -> None:
    shop.week(Owner(staff=shop.ana), [(615, 700)])
    url = f"/panel/hours/staff-{shop.bruno.pk}/week/"
    assert f'value="staff-{shop.ana.pk}"' in words(owner.get(url))
    page = owner.post(url, {"copy": "1", "copy_from": f"staff-{shop.ana.pk}", "spans": "2"})
    assert page.status_code == 200
    assert words(page).count('value="10:15"') == 7
    assert stored(shop.tenant, staff=shop.bruno) == []


def test_special_days_are_added_shown_and_removed(shop: Shop, owner: Client) -> None:
    shop.book(9)
    form = {"first": "2027-01-12", "last": "2027-01-14", "how": "closed", "note": "Holiday"}
    owner.post(SPECIAL, form)
    page = words(owner.get("/panel/hours/"))
    assert "Tue 12 Jan 2027 – Thu 14 Jan 2027" in page
    assert "Closed · Holiday" in page
    assert "1 appointment is booked then" in page
    owner.post(
        SPECIAL,
        {"first": "2027-01-13", "how": "open", "hours_0_from": "10:00", "hours_0_to": "11:00"},
    )
    with inside(shop.tenant):
        rows = list(SpecialHours.objects.values_list("day", "starts"))
        assert [starts for _day, starts in rows] == [None, 600, None]
        pk = SpecialHours.objects.get(starts=600).pk
    url = f"/panel/hours/business/special/{pk}/remove/"
    assert "The usual weekly hours apply again." in words(owner.get(url))
    owner.post(url)
    with inside(shop.tenant):
        assert SpecialHours.objects.count() == 2
    assert owner.post(url).status_code == 404


BAD_DAYS = [
    ({"first": ""}, "Choose a day, such as 2026-12-03."),
    ({"first": "tomorrow"}, "Choose a day, such as 2026-12-03."),
    ({"last": "2027-01-19"}, "The last day comes before the first."),
    ({"last": "2028-06-01"}, "Choose at most 366 days at once."),
    ({"first": "2026-12-01"}, "That is over already. Choose a day from today on."),
    ({"first": "2031-12-01"}, "Choose a day that is less than two years away."),
    ({"first": "9999-12-31"}, "Choose a day that is less than two years away."),
    ({"how": "maybe"}, "Choose what holds on these days."),
    ({"how": "open"}, "Enter the hours of these days."),
    ({"how": "open", "hours_0_from": "12:00", "hours_0_to": "11:00"}, "These hours end before they begin."),
    ({"note": "n" * 81}, "Use at most 80 characters."),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "sentence"), BAD_DAYS)
def test_wrong_special_days_get_one_sentence(
    wrong: dict[str, str], sentence: str, owner: Client, aurora: Tenant
) -> None:
    response = owner.post(SPECIAL, {"first": "2027-01-20", "how": "closed"} | wrong, headers=HTMX)
    assert response.status_code == 422
    assert words(response).count(sentence) == 1
    with tenant_scope(aurora):
        assert not SpecialHours.objects.exists()


def test_time_off_says_how_many_appointments_lie_in_it(shop: Shop, owner: Client) -> None:
    shop.book(9)
    shop.book(12)
    shop.book(9, staff=shop.ana)
    url = f"/panel/staff/{shop.bruno.pk}/time-off/"
    page = words(owner.post(url, {"first": "2027-01-13", "until": "12:00"}, follow=True))
    assert "The time off is saved. 1 appointment lies in it: move or cancel it." in page
    assert "Wed 13 Jan 2027, 00:00–12:00" in page
    assert "1 appointment is booked then" in page
    owner.post(url, {"first": "2027-01-14", "last": "2027-01-15", "note": "Away"})
    with inside(shop.tenant):
        row = TimeOff.objects.get(note="Away")
        assert row.starts_at == datetime(2027, 1, 14, tzinfo=UTC)
        assert row.ends_at == datetime(2027, 1, 16, tzinfo=UTC)
    owner.post(f"/panel/time-off/{row.pk}/remove/")
    with inside(shop.tenant):
        assert TimeOff.objects.count() == 1


def test_time_off_is_read_on_the_clocks_of_whoever_takes_it(shop: Shop, owner: Client) -> None:
    shop.change(shop.bruno, time_zone="Asia/Kathmandu")
    url = f"/panel/staff/{shop.bruno.pk}/time-off/"
    owner.post(url, {"first": "2027-01-20", "since": "09:00", "until": "10:00"})
    with inside(shop.tenant):
        assert TimeOff.objects.get().starts_at == datetime(2027, 1, 20, 3, 15, tzinfo=UTC)
    assert "On the clocks of Asia/Kathmandu." in words(
        owner.get(f"/panel/staff/{shop.bruno.pk}/hours/")
    )


BAD_OFF = [
    ({"last": "2027-01-19"}, "The last day comes before the first."),
    ({"since": "12:00", "until": "11:00"}, "The time off ends before it begins."),
    ({"since": "noon"}, "Enter a time, such as 09:00."),
    ({"until": "noon"}, "Enter a time, such as 17:00."),
    ({"first": ""}, "Choose a day, such as 2026-12-03."),
    ({"first": "2027-01-05"}, "That is over already. Choose a day from today on."),
    ({"first": "2027-01-13"}, "Bruno has time off from 13 Jan 2027, 09:00 to 13 Jan 2027, 10:00 already."),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "sentence"), BAD_OFF)
def test_wrong_time_off_gets_one_sentence(
    wrong: dict[str, str], sentence: str, shop: Shop, owner: Client
) -> None:
    with inside(shop.tenant):
        add_time_off(shop.tenant, shop.bruno, starts_at=at(9), ends_at=at(10))
    url = f"/panel/staff/{shop.bruno.pk}/time-off/"
    response = owner.post(url, {"first": "2027-01-20"} | wrong, headers=HTMX)
    assert response.status_code == 422
    assert words(response).count(sentence) == 1
    with inside(shop.tenant):
        assert TimeOff.objects.count() == 1
