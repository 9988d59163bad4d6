"""The calendar under a finger: it picks up by resting, scrolls otherwise, and gives up when told to."""

import pytest
from playwright.sync_api import CDPSession, Page, expect

from booking.models import Appointment
from booking.services.appointments import add_appointment
from saas.core import clock
from tenants.scope import tenant_scope
from tests.booking.calendar.test_in_browser import DAY, Visitors, ten
from tests.booking.pages import booked, make_salon
from tests.world import World

pytestmark = pytest.mark.browser
Point = tuple[float, float]


class Finger:
    """Touches the screen as a finger does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session: CDPSession = page.context.new_cdp_session(page)

    def _tell(self, kind: str, *points: Point) -> None:
        touches = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def down(self, *points: Point) -> None:
        self._tell("touchStart", *points)

    def move(self, start: Point, end: Point, steps: int = 6) -> None:
        for n in range(1, steps + 1):
            part = n / steps
            self._tell(
                "touchMove",
                (start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part),
            )

    def up(self) -> None:
        self._tell("touchEnd")


@pytest.fixture
def rita(committed_world: World) -> Appointment:
    salon = make_salon(committed_world.aurora)
    with tenant_scope(salon.tenant):
        return add_appointment(
            salon.tenant, customer="Rita B", starts_at=ten(10), now=clock.now(), **salon.chosen
        )


@pytest.fixture
def page(visitor: Visitors, committed_world: World, rita: Appointment) -> Page:
    person = visitor(width=1024, height=700, touch=True)
    person.log_in("ana@aurora.example")
    return person.open(committed_world.aurora.url(f"/panel/calendar/?date={DAY}&view=day"))


def block(page: Page) -> Point:
    box = page.locator(".cal-blocks li", has_text="Rita B").bounding_box()
    assert box
    return box["x"] + 20, box["y"] + 8


def hour(page: Page, label: str) -> Point:
    """The very beginning of that hour, as `block` is of its own."""
    box = page.locator(f'.cal-col [data-time="{label}"]').bounding_box()
    assert box
    return box["x"] + 20, box["y"] + 8


def until(page: Page, fact: str) -> None:
    """Return once `fact` is true: the page's own rules forbid what Playwright would wait with."""
    for _try in range(300):
        if page.evaluate(fact):
            return
        page.wait_for_timeout(100)
    raise AssertionError(fact)


HELD = ".cal-blocks .is-dragged"


def test_resting_finger_picks_up_and_puts_down(page: Page, committed_world: World) -> None:
    finger, start = Finger(page), block(page)
    finger.down(start)
    expect(page.locator(HELD)).to_have_count(1)
    finger.move(start, hour(page, "12:00"))
    finger.up()
    expect(page.locator(".toast")).to_contain_text("Rita B is moved to 12:00")
    assert booked(committed_world.aurora)[0].starts_at == ten(12)
    expect(page.locator("#dialog")).to_be_hidden()


def test_finger_that_moves_at_once_scrolls(page: Page, committed_world: World) -> None:
    finger, start = Finger(page), block(page)
    finger.down(start)
    finger.move(start, (start[0], start[1] - 150), steps=12)
    expect(page.locator(HELD)).to_have_count(0)
    until(page, "scrollY > 0")
    finger.up()
    assert booked(committed_world.aurora)[0].starts_at == ten(10)


@pytest.mark.parametrize("how", ["second finger", "escape"])
def test_given_up_it_is_where_it_was(how: str, page: Page, committed_world: World) -> None:
    finger, start = Finger(page), block(page)
    finger.down(start)
    expect(page.locator(HELD)).to_have_count(1)
    end = hour(page, "12:00")
    finger.move(start, end)
    if how == "escape":
        page.keyboard.press("Escape")
    else:
        finger.down(end, (end[0] + 60, end[1]))
    expect(page.locator(HELD)).to_have_count(0)
    finger.up()
    assert block(page) == start
    assert booked(committed_world.aurora)[0].starts_at == ten(10)


def test_at_the_edge_the_page_comes_on(page: Page, committed_world: World) -> None:
    finger, start = Finger(page), block(page)
    finger.down(start)
    expect(page.locator(HELD)).to_have_count(1)
    finger.move(start, (start[0], 690))
    until(page, "scrollY > 60")
    finger.move((start[0], 690), (start[0], 400))
    still = page.evaluate("scrollY")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("scrollY") == still
    finger.up()
    expect(page.locator(".toast")).to_contain_text("Rita B is moved to")


def test_tap_opens_it(page: Page) -> None:
    x, y = block(page)
    page.touchscreen.tap(x, y)
    expect(page.locator("#dialog")).to_contain_text("Rita B")
