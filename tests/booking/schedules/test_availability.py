"""Which times are offered, rule by rule. What hours mean is compared with a model in `test_against_model`."""

from datetime import UTC, date, datetime, timedelta

import pytest

from booking.availability import free_times, is_free, outside_hours
from booking.models import Appointment, BookingRules, SpecialHours, Status, TimeOff, WorkingHours
from booking.schedules import Owner
from tenants.scope import tenant_scope
from tests.booking.pages import counted, stop
from tests.booking.schedules.pages import DAY, NOW, RULES, Shop, at, inside, shop

__all__ = ["shop"]


def test_times_lie_on_the_grid_within_the_hours(shop: Shop) -> None:
    assert shop.starts() == ["09:00", "09:30", "10:00"]
    assert shop.starts(extra_minutes=45) == ["09:00"]
    assert shop.starts(extra_minutes=75) == []


def test_grid_begins_with_the_hours_and_not_with_the_clock(shop: Shop) -> None:
    shop.week(Owner(), [(550, 700)])
    assert shop.starts() == ["09:10", "09:40", "10:10", "10:40"]


def test_break_is_the_gap_between_two_spans(shop: Shop) -> None:
    shop.week(Owner(), [(540, 615), (645, 720)])
    assert shop.starts() == ["09:00", "10:45"]


def test_spans_that_touch_are_worked_through(shop: Shop) -> None:
    shop.week(Owner(), [(540, 580), (580, 660)])
    assert shop.starts() == ["09:00", "09:30", "09:40"]


def test_appointment_runs_past_midnight_where_both_days_are_open(shop: Shop) -> None:
    shop.week(Owner(), [(0, 120), (1380, 1440)])
    assert shop.starts() == ["00:00", "00:30", "01:00", "23:00", "23:30"]


def test_nobody_has_hours_then_weekdays_from_nine_to_five_are_assumed(shop: Shop) -> None:
    with tenant_scope(shop.tenant):
        WorkingHours.objects.all().delete()
    starts = shop.starts()
    assert (starts[0], starts[-1]) == ("09:00", "16:00")
    assert shop.starts(first=date(2027, 1, 16)) == []  # a Saturday


def test_staff_with_own_hours_are_there_only_while_the_place_is_open(shop: Shop) -> None:
    shop.week(Owner(staff=shop.bruno), [(600, 900)])
    assert shop.starts(staff=shop.bruno) == ["10:00"]
    assert shop.starts(staff=shop.ana) == ["09:00", "09:30", "10:00"]
    assert shop.starts(staff=shop.bruno, extra_minutes=15) == []


def test_staff_without_hours_follow_the_location(shop: Shop) -> None:
    shop.week(Owner(location=shop.baixa), [(720, 780)])
    assert shop.starts(location=shop.baixa) == ["12:00"]
    assert shop.starts() == ["09:00", "09:30", "10:00"]


def test_special_day_of_the_business_replaces_the_week_of_a_location(shop: Shop) -> None:
    shop.week(Owner(location=shop.baixa), [(720, 780)])
    with tenant_scope(shop.tenant):
        SpecialHours.objects.create(day=DAY)
        assert shop.starts(location=shop.baixa) == shop.starts() == []
        SpecialHours.objects.create(day=DAY, location=shop.baixa, starts=840, ends=900)
    assert shop.starts(location=shop.baixa) == ["14:00"]


def test_time_off_is_nobodys_time(shop: Shop) -> None:
    with tenant_scope(shop.tenant):
        TimeOff.objects.create(staff=shop.bruno, starts_at=at(9, 30), ends_at=at(9, 45))
    assert shop.starts(staff=shop.bruno) == ["10:00"]
    assert shop.starts(staff=shop.ana) == ["09:00", "09:30", "10:00"]


def test_appointments_take_their_time_and_cancelled_ones_none(shop: Shop) -> None:
    booked = shop.book(9)
    assert shop.starts(staff=shop.bruno) == ["10:00"]
    assert shop.starts(staff=shop.bruno, ignoring=booked.pk) == ["09:00", "09:30", "10:00"]
    with tenant_scope(shop.tenant):
        Appointment.objects.update(status=Status.CANCELLED, cancelled_at=NOW)
    assert shop.starts(staff=shop.bruno) == ["09:00", "09:30", "10:00"]


def test_buffers_keep_others_away_and_may_lie_outside_the_hours(shop: Shop) -> None:
    shop.week(Owner(), [(540, 780)])
    shop.change(shop.cut, buffer_before=30, buffer_after=30)
    assert shop.starts(staff=shop.bruno)[0] == "09:00"
    assert shop.starts(staff=shop.bruno)[-1] == "12:00"
    shop.book(10, 30)  # busy from ten until twelve
    assert shop.starts(staff=shop.bruno) == []
    shop.change(shop.cut, buffer_before=0, buffer_after=0)
    assert shop.starts(staff=shop.bruno) == ["09:00", "12:00"]


def test_least_busy_of_that_day_comes_first(shop: Shop) -> None:
    assert [one.staff_ids for one in shop.free()] == [(shop.ana.pk, shop.bruno.pk)] * 3
    shop.book(12, staff=shop.ana)
    assert [one.staff_ids for one in shop.free()] == [(shop.bruno.pk, shop.ana.pk)] * 3
    assert shop.free()[0].places_left is None


def test_shortest_notice_and_farthest_day_bound_what_is_offered(shop: Shop) -> None:
    shop.rules = BookingRules(step_minutes=30, lead_minutes=90, horizon_days=3)
    assert shop.starts(at(8, 0)) == ["09:30", "10:00"]
    assert shop.starts(at(8, 1)) == ["10:00"]
    days = {one.starts_at.date() for one in shop.free(at(8), days=10)}
    assert days == {DAY + timedelta(days=n) for n in range(4)}


def test_only_who_offers_the_service_there_and_is_in_use(shop: Shop) -> None:
    shop.change(shop.cut, offered_by=[shop.bruno])
    assert {one.staff_ids for one in shop.free()} == {(shop.bruno.pk,)}
    shop.change(shop.bruno, locations=[shop.baixa])
    assert shop.starts(location=shop.baixa) != []
    with tenant_scope(shop.tenant):
        other = type(shop.baixa).objects.create(name="Alvalade")
    assert shop.starts(location=other) == []
    shop.change(shop.cut, offered_by=[], locations=[other])
    assert shop.starts(location=shop.baixa) == []
    assert {one.staff_ids for one in shop.free(location=other)} == {(shop.ana.pk,)}
    stop(shop.tenant, shop.ana, "paused")
    assert shop.starts(location=other) == []


@pytest.mark.parametrize("how", ["paused", "off"])
@pytest.mark.parametrize("what", ["cut", "baixa"])
def test_nothing_is_offered_of_what_is_not_in_use(what: str, how: str, shop: Shop) -> None:
    row = getattr(shop, what)
    stop(shop.tenant, row, how)
    with tenant_scope(shop.tenant):
        row.refresh_from_db()
    assert shop.starts(location=shop.baixa) == []


def test_group_with_places_left_offers_just_its_start(shop: Shop) -> None:
    shop.change(shop.cut, capacity=5, offered_by=[shop.bruno])
    shop.book(9, 20, people=2)
    found = shop.free()
    assert [(f"{one.starts_at:%H:%M}", one.places_left) for one in found] == [("09:20", 3)]
    assert shop.free(people=4) == []


def test_full_group_and_another_length_or_place_offer_nothing(shop: Shop) -> None:
    shop.change(shop.cut, capacity=2, offered_by=[shop.bruno])
    holder = shop.book(9, 30)
    assert shop.starts() == ["09:30"]
    assert shop.starts(extra_minutes=15) == shop.starts(location=shop.baixa) == []
    shop.book(9, 30, joins=holder)
    assert shop.starts() == []
    assert shop.starts(ignoring=holder.pk) == ["09:30"]


def test_who_has_a_group_already_is_preferred(shop: Shop) -> None:
    shop.change(shop.cut, capacity=5)
    shop.book(9, people=4)
    nine = shop.free()[0]
    assert nine.staff_ids == (shop.bruno.pk, shop.ana.pk)
    assert nine.places_left == 1
    assert shop.free(people=2)[0].staff_ids == (shop.ana.pk,)
    assert shop.free(people=2)[0].places_left == 5
    assert shop.free(people=6) == []


def test_time_that_clocks_show_twice_is_offered_once(shop: Shop) -> None:
    shop.week(Owner(), [(0, 180)])
    found = shop.free(first=date(2027, 10, 31), now=datetime(2027, 10, 1, tzinfo=UTC))
    assert [f"{one.starts_at:%H:%M}" for one in found][:5] == [
        "23:00", "23:30", "00:00", "00:30", "02:00",
    ]  # fmt: skip
    spring = shop.free(first=date(2027, 3, 28), now=datetime(2027, 3, 1, tzinfo=UTC))
    assert [f"{one.starts_at:%H:%M}" for one in spring] == ["00:00", "00:30", "01:00"]


def test_staff_in_another_time_zone_work_by_their_own_clocks(shop: Shop) -> None:
    shop.week(Owner(), [(0, 1440)])
    shop.change(shop.bruno, time_zone="Asia/Kathmandu")
    shop.week(Owner(staff=shop.bruno), [(540, 660)])  # 03:15 to 05:15 in Lisbon
    assert shop.starts(staff=shop.bruno) == ["03:15", "03:45", "04:15"]


def test_door_asks_the_same_rules(shop: Shop) -> None:
    with tenant_scope(shop.tenant):
        ask = (shop.tenant, shop.wish(), at(9, 30), shop.bruno, NOW, RULES)
        assert is_free(*ask)
        shop.book(9, 45)
        assert not is_free(*ask)
        assert is_free(*ask[:3], shop.ana, NOW, RULES)
        assert not is_free(*ask[:2], at(9, 40), shop.ana, NOW, RULES)


def test_team_is_warned_of_a_time_outside_the_hours(shop: Shop) -> None:
    with inside(shop.tenant):
        TimeOff.objects.create(staff=shop.ana, starts_at=at(9), ends_at=at(10))

        def said(hour: int, staff: object) -> str:
            return str(outside_hours(shop.tenant, shop.wish(), at(hour), staff))  # type: ignore[arg-type]

        assert said(10, shop.bruno) == "None"
        assert said(11, shop.bruno) == "That is outside the hours of Bruno."
        assert said(9, shop.ana) == "Ana has time off then."
        WorkingHours.objects.all().delete()
        assert (
            said(11, shop.bruno) == "None"
        )  # nobody has set any hours, so there is nothing to warn of


@pytest.mark.parametrize("count", [1, 30])
def test_free_times_take_four_queries_whatever_there_is(count: int, shop: Shop) -> None:
    with inside(shop.tenant):
        for number in range(count):
            shop.book(12 + number // 4, number % 4 * 15, minutes=15)
            staff = type(shop.ana).objects.create(name=f"Staff {number}")
            WorkingHours.objects.create(staff=staff, weekday=2, starts=540, ends=600)
        with counted() as queries:
            assert free_times(shop.tenant, shop.wish(days=30, location=shop.baixa), NOW)
    assert len(queries) == 4
