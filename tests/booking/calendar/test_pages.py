"""The calendar on the screen: day, week and month, what they show, and how much they ask of the database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from booking.models import Appointment, Location, Service, Staff, Status, TimeOff, WorkingHours
from booking.services.appointments import add_appointment, cancel_appointment
from plans.models import Plan
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, allow, fill, make_salon, queries_for, stop, switch, words

Clients = Callable[..., Client]
URL = "/panel/calendar/"
MADE = datetime(2027, 3, 1, tzinfo=UTC)
WEDNESDAY = datetime(2027, 3, 10, tzinfo=UTC)


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def book(salon: Salon, hour: float = 10, day: int = 0, **more: object) -> Appointment:
    start = WEDNESDAY + timedelta(days=day, hours=hour)
    made = {"customer": salon.rita, "starts_at": start, "now": MADE} | salon.chosen
    return add_appointment(salon.tenant, **made | more)


def asked(view: str, day: str = "2027-03-10", **more: object) -> str:
    return f"{URL}?view={view}&date={day}" + "".join(f"&{k}={v}" for k, v in more.items())


@pytest.mark.parametrize("view", ["day", "week", "month"])
def test_appointment_stands_in_every_view_in_the_tenants_zone(
    view: str, salon: Salon, owner: Client
) -> None:
    salon.tenant.time_zone = "Asia/Tokyo"
    salon.tenant.save()
    row = book(salon, 1.25)
    page = words(owner.get(asked(view)))
    assert "10:15</time>" in page
    assert f'href="/panel/appointments/{row.pk}/"' in page
    assert "Rita" in page
    if view != "month":
        assert "h2 u3 lh0 lu6 lane0 of1" in page


def test_cancelled_is_not_shown_and_missed_is(salon: Salon, owner: Client) -> None:
    gone, missed = book(salon, 10), book(salon, 12)
    cancel_appointment(salon.tenant, gone.pk, now=MADE)
    with tenant_scope(salon.tenant):
        Appointment.objects.filter(pk=missed.pk).update(status=Status.NO_SHOW)
    page = words(owner.get(asked("day")))
    assert f"/panel/appointments/{gone.pk}/" not in page
    assert "No-show" in page


def test_day_has_a_column_for_each_of_the_staff_in_use(salon: Salon, owner: Client) -> None:
    with tenant_scope(salon.tenant):
        Staff.objects.create(name="Noor")
        Staff.objects.create(name="Off", is_active=False)
        busy = Staff.objects.create(name="Busy but off")
    book(salon, 11, staff=busy)
    with tenant_scope(salon.tenant):
        Staff.objects.filter(pk=busy.pk).update(is_active=False)
    grid = owner.get(asked("day")).context["grid"]
    assert [column.label for column in grid.columns] == ["Bruno", "Busy but off", "Noor"]
    assert [len(column.blocks) for column in grid.columns] == [0, 1, 0]


def test_first_look_is_a_day_for_several_and_a_week_for_one(salon: Salon, owner: Client) -> None:
    assert owner.get(URL).context["question"].view == "week"
    fill(salon.tenant, "staff", 1)
    assert owner.get(URL).context["question"].view == "day"


def test_filters_narrow_and_the_ways_on_keep_them(salon: Salon, owner: Client) -> None:
    with tenant_scope(salon.tenant):
        noor = Staff.objects.create(name="Noor")
    book(salon, 10)
    book(salon, 10, staff=noor, location=salon.baixa, customer="Marta")
    page = words(owner.get(asked("week", staff=noor.pk)))
    assert "Marta" in page
    assert ">Rita<" not in page
    assert f"?view=week&date=2027-03-17&staff={noor.pk}" in page
    assert "Rita" not in words(owner.get(asked("month", location=salon.baixa.pk)))


@pytest.mark.parametrize(
    "query",
    ["?view=year", "?date=soon", "?date=9999-99-99", "?date=0001-01-01", "?staff=x&location=-1",
     "?staff=" + "9" * 30, "?date=%00"],
)  # fmt: skip
def test_what_is_asked_wrongly_is_as_if_not_asked(query: str, salon: Salon, owner: Client) -> None:
    assert owner.get(URL + query).status_code == 200


def test_hours_widen_to_hold_everything(salon: Salon, owner: Client) -> None:
    book(salon, 6.5)
    book(salon, 23.75)
    hours = [cell.label for cell in owner.get(asked("week")).context["grid"].hours]
    assert (hours[0], hours[-1]) == (
        "00:00",
        "23:00",
    )  # past midnight: the next day has a piece of it
    book(salon, 20, day=20)
    hours = [cell.label for cell in owner.get(asked("day", "2027-03-30")).context["grid"].hours]
    assert (hours[0], hours[-1]) == ("08:00", "20:00")


def test_group_is_one_block_with_its_places(salon: Salon, owner: Client) -> None:
    with tenant_scope(salon.tenant):
        yoga = Service.objects.create(name="Yoga", minutes=60, price=1, capacity=8)
    for people in (2, 3):
        row = book(salon, 10, service=yoga, people=people)
    for view in ("day", "week", "month"):
        assert "Yoga 5 / 8" in words(owner.get(asked(view)))
    grid = owner.get(asked("day")).context["grid"]
    assert len(grid.columns[0].blocks) == 1
    page = words(owner.get(f"/panel/appointments/{row.pk}/"))
    assert "5 of 8 places taken" in page
    assert f"service={yoga.pk}&staff={salon.bruno.pk}" in page


def test_month_counts_and_shows_the_first_few(salon: Salon, owner: Client) -> None:
    for hour in range(8, 15):
        book(salon, hour, customer=f"Customer {hour}")
    book(salon, 9, day=1)
    page = words(owner.get(asked("month")))
    assert "+ 4 more" in page
    assert "Customer 10" in page
    assert "Customer 11" not in page
    days = {
        str(one.day): one.count
        for week in owner.get(asked("month")).context["month"].weeks
        for one in week
        if one.count
    }
    assert days == {"2027-03-10": 7, "2027-03-11": 1}


@pytest.mark.parametrize("view", ["day", "week", "month"])
def test_queries_do_not_grow_with_appointments_or_staff(
    view: str, salon: Salon, owner: Client
) -> None:
    book(salon, 8)
    few = queries_for(owner, asked(view))
    with tenant_scope(salon.tenant):
        yoga = Service.objects.create(name="Yoga", minutes=15, price=1, capacity=8)
    for number in range(30):
        book(salon, 9 + (number % 15) / 2, service=yoga, customer=f"Customer {number}")
    fill(salon.tenant, "staff", 30)
    fill(salon.tenant, "locations", 30)
    assert queries_for(owner, asked(view)) == few == (7 if view == "month" else 8)


@pytest.mark.req(36, 42)
def test_limit_is_announced_before_the_wall_and_explained_at_it(
    salon: Salon, owner: Client, client_for: Clients, bruno: User, plan: Plan
) -> None:
    allow(plan, appointments=5)
    for hour in range(8, 12):
        salon.book(hour)
    page = words(owner.get(URL))
    assert "You’ve used 4 of 5 appointments" in page
    assert "1 left" in page
    assert "data-add=" in page
    salon.book(12)
    page = words(owner.get(URL))
    assert "Appointments: 5 / 5.</b> You’ve reached your plan’s limit" in page
    assert "See plans" in page
    assert "data-add=" not in page
    assert "ask the owner" in words(client_for(bruno, salon.tenant).get(URL))


def test_without_the_right_to_edit_nothing_can_be_dragged(
    salon: Salon, owner: Client, plan: Plan
) -> None:
    book(salon)
    assert "data-drags" in words(owner.get(asked("day")))
    switch(plan, "appointments.edit", on=False)
    page = words(owner.get(asked("day")))
    assert "data-drags" not in page
    assert "data-move" not in page


def test_own_colours_come_as_a_stylesheet_that_is_kept(salon: Salon, owner: Client) -> None:
    with tenant_scope(salon.tenant):
        Service.objects.filter(pk=salon.cut.pk).update(color="#AB12cd")
        salon.cut.refresh_from_db()
    book(salon)
    page = words(owner.get(asked("day")))
    assert "colors.css?c=ab12cd" in page
    assert "tint-ab12cd" in page
    sheet = owner.get(f"{URL}colors.css?c=ab12cd-red;}}-zz-000000")
    assert sheet["Content-Type"] == "text/css"
    assert "immutable" in sheet["Cache-Control"]
    text = sheet.content.decode()
    assert ".tint-ab12cd { --tint: #ab12cd; }" in text
    assert text.count("--tint") == 2
    assert "red" not in text


def closed(client: Client, address: str) -> list[list[str]]:
    return [column.closed for column in client.get(address).context["grid"].columns]


def test_time_in_which_nobody_is_there_is_shaded(salon: Salon, owner: Client) -> None:
    assert closed(owner, asked("week")) == [[]] * 7, "hours that nobody has set"
    with tenant_scope(salon.tenant):
        noor = Staff.objects.create(name="Noor")
        for one, starts, ends in ((salon.bruno, 9, 12.5), (salon.bruno, 14, 18), (noor, 8, 10)):
            WorkingHours.objects.create(
                staff=one, weekday=2, starts=int(starts * 60), ends=int(ends * 60)
            )
        start = WEDNESDAY + timedelta(hours=16)
        TimeOff.objects.create(
            staff=salon.bruno, starts_at=start, ends_at=start + timedelta(days=1)
        )
    # From an hour before the first of them until an hour after the last: from seven until five.
    begin, lunch, end = "h0 u0 lh1 lu0", "h5 u6 lh1 lu6", "h9 u0 lh1 lu0"
    assert closed(owner, asked("day")) == [["h0 u0 lh2 lu0", lunch, end], [begin, "h3 u0 lh7 lu0"]]
    assert closed(owner, asked("day", staff=noor.pk)) == [[begin, "h3 u0 lh1 lu0"]]
    week = closed(owner, asked("week"))
    assert week[2] == [begin, lunch, end]
    assert week[0] == ["h0 u0 lh10 lu0"]
    bruno = closed(owner, asked("week", staff=salon.bruno.pk))
    assert bruno[2] == [begin, "h4 u6 lh1 lu6", "h8 u0 lh1 lu0"]
    page = words(owner.get(asked("day")))
    assert f'<i class="{lunch}"></i>' in page


def test_shade_follows_the_place_that_is_chosen(salon: Salon, owner: Client) -> None:
    with tenant_scope(salon.tenant):
        WorkingHours.objects.create(weekday=2, starts=8 * 60, ends=19 * 60)
        WorkingHours.objects.create(location=salon.baixa, weekday=2, starts=8 * 60, ends=12 * 60)
        alta = Location.objects.create(name="Alta")
        salon.bruno.locations.set([salon.baixa])
    assert closed(owner, asked("day")) == [["h0 u0 lh1 lu0", "h5 u0 lh1 lu0"]]
    at_baixa = closed(owner, asked("day", location=salon.baixa.pk))
    assert at_baixa == [["h0 u0 lh1 lu0", "h5 u0 lh1 lu0"]]
    assert closed(owner, asked("day", location=alta.pk)) == [["h0 u0 lh10 lu0"]]


def hours(client: Client, url: str) -> tuple[str, str]:
    """The first and the last hour that the page shows."""
    cells = client.get(url).context["grid"].columns[0].ruler.cells
    return cells[0].label, cells[-1].label


def test_hours_that_are_shown_are_those_of_whoever_is_shown(salon: Salon, owner: Client) -> None:
    assert hours(owner, asked("week")) == ("08:00", "17:00"), "nine to five, and an hour around it"
    with tenant_scope(salon.tenant):
        noor = Staff.objects.create(name="Noor")
        for one, weekday, starts, ends in (
            (salon.bruno, 2, 11 * 60, 15 * 60 + 30),
            (noor, 2, 0, 6 * 60),
            (noor, 4, 20 * 60, 24 * 60),
        ):
            WorkingHours.objects.create(staff=one, weekday=weekday, starts=starts, ends=ends)
    assert hours(owner, asked("day", staff=salon.bruno.pk)) == ("10:00", "16:00")
    assert hours(owner, asked("day")) == ("00:00", "16:00")
    assert hours(owner, asked("week")) == ("00:00", "23:00")
    assert hours(owner, asked("week", staff=salon.bruno.pk)) == ("10:00", "16:00")
    book(salon, 20.25)
    assert hours(owner, asked("day", staff=salon.bruno.pk)) == ("10:00", "20:00")
    stop(salon.tenant, noor, "off")
    assert hours(owner, asked("week")) == ("10:00", "20:00")
    sunday = asked("day").replace("2027-03-10", "2027-03-14")
    assert hours(owner, sunday) == ("08:00", "17:00"), "nobody works then"


def test_form_begins_with_what_was_clicked(salon: Salon, owner: Client) -> None:
    asked_for = f"date=2027-03-10&time=11:30&staff={salon.bruno.pk}"
    page = words(owner.get(f"/panel/appointments/add/?{asked_for}"))
    assert 'value="2027-03-10"' in page
    assert 'value="11:30"' in page
    assert f'<option value="{salon.bruno.pk}" selected>' in page


def test_nobody_on_the_staff_is_said(owner: Client) -> None:
    assert "Nobody to show yet" in words(owner.get(asked("day")))


def test_now_is_a_line_today_alone(salon: Salon, owner: Client) -> None:
    salon.book(10)
    columns = owner.get(f"{URL}?view=week").context["grid"].columns
    assert [column.is_today for column in columns].count(True) == 1
    assert not any(column.now for column in columns if not column.is_today)
