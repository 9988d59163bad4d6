"""The calendar in a real browser: dragging saves, a refusal puts it back, the phone has lists."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from booking.models import Appointment, Service, Staff
from booking.services.appointments import add_appointment
from saas.core import clock
from tenants.scope import tenant_scope
from tests.booking.pages import booked, make_salon
from tests.browser.fixtures import Visitor
from tests.looks import in_every_look
from tests.world import World

pytestmark = pytest.mark.browser
Visitors = Callable[..., Visitor]
DAY = "2027-03-10"


def ten(hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2027, 3, 10, hour, minute, tzinfo=UTC)


@pytest.fixture
def salon(committed_world: World) -> dict[str, object]:
    """Rita with Bruno at ten, Marta with Noor at twelve, and a group at two."""
    made = make_salon(committed_world.aurora)
    with tenant_scope(made.tenant):
        noor = Staff.objects.create(name="Noor")
        yoga = Service.objects.create(name="Yoga", minutes=60, price=1, capacity=8, color="#a3562b")
    now = clock.now()

    def book(who: str, service: Service, staff: Staff, hour: int, **more: object) -> Appointment:
        return add_appointment(
            made.tenant, customer=who, service=service, staff=staff, starts_at=ten(hour), now=now, **more
        )  # fmt: skip

    rita = book("Rita B", made.cut, made.bruno, 10)
    book("Marta", made.cut, noor, 12)
    for people in (2, 3):
        book("Class", yoga, made.bruno, 14, people=people)
    return {"tenant": made.tenant, "rita": rita, "noor": noor}


def open_calendar(visitor: Visitors, world: World, query: str, **options: object) -> Page:
    person = visitor(**options)
    person.log_in("ana@aurora.example")
    return person.open(world.aurora.url(f"/panel/calendar/?date={DAY}&{query}"))


def drag(page: Page, who: str, column: str, hour: str) -> None:
    """To the very beginning of `hour` in `column`."""
    block = page.locator(".cal-blocks li", has_text=who).bounding_box()
    cell = page.locator(f'.cal-col[aria-label="{column}"] [data-time="{hour}"]').bounding_box()
    assert block
    assert cell
    page.mouse.move(block["x"] + 20, block["y"] + 8)
    page.mouse.down()
    page.mouse.move(cell["x"] + 30, cell["y"] + 20, steps=6)
    page.mouse.move(cell["x"] + 30, cell["y"] + 8, steps=3)
    page.mouse.up()


def test_dragging_to_another_time_and_person_is_saved(
    visitor: Visitors, committed_world: World, salon: dict[str, object]
) -> None:
    page = open_calendar(visitor, committed_world, "view=day", width=1360)
    drag(page, "Rita B", "Noor", "15:00")
    expect(page.locator(".toast")).to_contain_text("Rita B is moved to 15:00")
    moved = page.locator('.cal-col[aria-label="Noor"] li', has_text="Rita B")
    expect(moved).to_contain_text("15:00")
    row = booked(committed_world.aurora)[0]
    assert (row.starts_at, row.staff) == (ten(15), salon["noor"])
    expect(page.locator("#dialog")).to_be_hidden()
    moved.locator("a").click()
    expect(page.locator("#dialog")).to_contain_text("15:00 – 15:30")


def test_refused_it_goes_back_and_a_sentence_says_why(
    visitor: Visitors, committed_world: World, salon: dict[str, object]
) -> None:
    page = open_calendar(visitor, committed_world, "view=day", width=1360)
    drag(page, "Rita B", "Noor", "12:00")
    expect(page.locator(".toast")).to_contain_text("Noor is taken at that time.")
    home = page.locator('.cal-col[aria-label="Bruno"] li', has_text="Rita B")
    expect(home).to_contain_text("10:00")
    assert booked(committed_world.aurora)[0].starts_at == ten(10)


def test_group_is_dragged_through_the_week(
    visitor: Visitors, committed_world: World, salon: dict[str, object]
) -> None:
    page = open_calendar(visitor, committed_world, "view=week", width=1360)
    drag(page, "Yoga 5 / 8", "Fri 12", "16:00")
    expect(page.locator(".toast")).to_contain_text("moved to 16:00 on 12 Mar")
    moved = [row for row in booked(committed_world.aurora) if row.service.name == "Yoga"]
    assert {row.starts_at for row in moved} == {datetime(2027, 3, 12, 16, tzinfo=UTC)}


def test_click_into_a_free_hour_opens_the_form_for_it(
    visitor: Visitors, committed_world: World, salon: dict[str, object]
) -> None:
    page = open_calendar(visitor, committed_world, "view=day", width=1360)
    page.locator('.cal-col[aria-label="Noor"] [data-time="09:00"]').click(
        position={"x": 40, "y": 60}
    )
    expect(page.locator("#dialog [name=time]")).to_have_value("09:30")
    expect(page.locator("#dialog [name=date]")).to_have_value(DAY)
    page.fill("#dialog [name=who]", "Marta")
    page.locator("#matches input").first.check()
    page.select_option("#dialog [name=service]", label="Cut · 30 min · $25")
    page.click("#dialog button[type=submit]")
    expect(page.locator('.cal-col[aria-label="Noor"]')).to_contain_text("09:30")


def test_phone_shows_days_as_lists(
    visitor: Visitors, committed_world: World, salon: dict[str, object]
) -> None:
    page = open_calendar(visitor, committed_world, "view=day", width=390)
    expect(page.locator(".cal")).to_be_hidden()
    expect(page.locator(".cal-list li")).to_have_count(3)
    page.locator(".cal-list").get_by_text("Rita B").click()
    page.locator("#dialog").get_by_text("Paid").click()
    expect(page.locator(".toast")).to_contain_text("The appointment of Rita B: Paid.")


@in_every_look
def test_every_view_is_in_order(
    theme: str, width: int, visitor: Visitors, committed_world: World, salon: dict[str, object]
) -> None:
    person = visitor(theme=theme, width=width)
    person.log_in("ana@aurora.example")
    rita = salon["rita"]
    assert isinstance(rita, Appointment)
    with tenant_scope(committed_world.aurora):
        Staff.objects.filter(pk=rita.staff_id).update(user=committed_world.ana)
    for path in (
        f"/panel/day/?date={DAY}",
        "/panel/day/",
        f"/panel/appointments/{rita.pk}/move/",
        f"/panel/calendar/?date={DAY}&view=day",
        f"/panel/calendar/?date={DAY}&view=week",
        f"/panel/calendar/?date={DAY}&view=month",
        f"/panel/appointments/{rita.pk}/",
        f"/panel/appointments/{rita.pk}/edit/",
        f"/panel/appointments/{rita.pk}/cancel/",
    ):
        person.open(committed_world.aurora.url(path))
        assert person.serious_findings() == [], path
        assert not person.scrolls_sideways(), path
