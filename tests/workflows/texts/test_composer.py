"""What the composer shows as one types is what the server counts and sends."""

import random
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.fixtures import Visitor
from tests.workflows.dispatch.rules import workflow
from tests.world import World
from workflows import merge
from workflows.channels.units import count

pytestmark = pytest.mark.browser
Visitors = Callable[..., Visitor]
LETTERS = "aZ9 €[|é\nñ😀日Ж"


def texts() -> list[str]:
    chance = random.Random(7)
    some = ["".join(chance.choices(LETTERS[:8], k=chance.randrange(400))) for _ in range(60)]
    return [*some, *("".join(chance.choices(LETTERS, k=chance.randrange(200))) for _ in range(60))]


def test_script_counts_and_fills_as_the_server_does(
    visitor: Visitors, committed_world: World
) -> None:
    page = visitor().open(committed_world.aurora.url("/login/"))
    asked = [
        *texts(),
        *(edge * size for edge in ("a", "€", "ж", "😀") for size in (35, 36, 70, 71, 160, 161)),
    ]
    counted = page.evaluate(
        "async (texts) => { const { count } = await import('/static/js/composer.js');"
        " return texts.map((one) => { const c = count(one); return [c.units, c.characters, c.culprit]; }) }",
        asked,
    )
    for text, found in zip(asked, counted, strict=True):
        units = count(text)
        assert found == [units.units, units.characters, units.culprit], repr(text)
    fields = {"customer.first_name": "João", "evil": "{{ customer.first_name }}"}
    template = "Hi {{customer.first_name}} {{ evil }} {{ gone }} {{ bad"
    filled = page.evaluate(
        "async ([text, fields]) => (await import('/static/js/composer.js')).render(text, fields)",
        [template, fields],
    )
    assert filled == merge.render(template, fields)


def test_fields_are_inserted_and_the_cost_follows(
    visitor: Visitors, committed_world: World
) -> None:
    world = committed_world
    made = workflow(world.aurora, "appointment.created", ("sms", {"to": "customer", "body": "Hi"}))
    person = visitor()
    person.log_in("ana@aurora.example")
    page = person.open(world.aurora.url(f"/panel/workflows/{made.pk}/"))
    area = page.locator("textarea[data-composer]")
    cost = page.locator(".composer footer")
    expect(cost).to_contain_text("1 SMS, 2 of 160 characters")
    area.press("End")
    page.locator(".composer .chip", has_text="customer.first_name").click()
    expect(area).to_have_value("Hi{{ customer.first_name }}")
    expect(cost).to_contain_text("1 SMS, 7 of 160 characters")
    area.fill("Olá {{ customer.first_name }}")
    expect(cost).to_contain_text("“á” makes it longer")
    page.get_by_role("button", name="All fields").click()
    expect(page.locator(".composer .chip", has_text="business.url")).to_be_visible()
