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
from workflows.models import ApprovedTemplate

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
    template = "Hi {{customer.first_name}} {{&nbsp;evil }} {{ gone }} {{ constructor }} {{ bad"
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
    area.fill("a\u200b")
    expect(cost).to_contain_text("“U+200B” makes it longer")
    area.fill("ж" * 700)
    expect(cost).to_contain_text("11 SMS, 700 characters")
    expect(cost).to_contain_text("At most 10 can be joined.")
    page.get_by_role("button", name="All fields").click()
    more = page.locator(".composer .chip", has_text="business.url")
    expect(more).to_be_visible()
    assert person.serious_findings() == []


def test_preview_follows_what_is_typed(visitor: Visitors, committed_world: World) -> None:
    world = committed_world
    approved = ApprovedTemplate.objects.create(name="hello", body="Dear {{1}}, at {{2}}!")
    made = workflow(
        world.aurora,
        "appointment.created",
        ("sms", {"to": "customer", "body": "Hi"}),
        ("email", {"to": "customer", "subject": "Old", "body": "<p>Old</p>"}),
        ("whatsapp", {"to": "customer", "template": "", "parameters": "", "body": ""}),
    )
    person = visitor()
    person.log_in("ana@aurora.example")
    page = person.open(world.aurora.url(f"/panel/workflows/{made.pk}/"))
    sms, mail, chat = (page.locator(f"[data-preview='{number}']") for number in (1, 2, 3))
    page.fill("[name=action-1-body]", "Hi {{ customer.first_name }}\n<b>")
    expect(sms.locator(".bubble")).to_have_js_property("innerText", "Hi Clara\n<b>")
    expect(sms.locator("[data-part=units]")).to_have_count(0)
    page.fill("[name=action-2-subject]", "For {{ customer.first_name }}")
    expect(mail.locator(".strong")).to_have_text("For Clara")
    editor = page.locator(".composer [contenteditable]")
    editor.click()
    editor.press("End")
    editor.press_sequentially(" and new")
    page.click(".fields-list summary")
    page.locator(".fields-list .chip", has_text="customer.first_name").click()
    expect(mail.locator(".rich p")).to_have_text("Old and newClara")
    expect(page.locator("[name=action-2-body]")).to_have_js_property(
        "value", "<p>Old and new{{ customer.first_name }}</p>"
    )
    expect(chat).to_be_hidden()
    page.select_option("[name=action-3-template]", str(approved.pk))
    page.fill("[name=action-3-parameters]", "{{ customer.first_name }}\nnoon")
    expect(chat).to_have_text("Dear Clara, at noon!")
    assert person.serious_findings() == []


def test_nothing_that_was_pasted_gets_into_the_page(
    visitor: Visitors, committed_world: World
) -> None:
    world = committed_world
    made = workflow(
        world.aurora,
        "appointment.created",
        ("email", {"to": "customer", "subject": "Old", "body": "<p>Old</p>"}),
    )
    person = visitor()
    person.log_in("ana@aurora.example")
    page = person.open(world.aurora.url(f"/panel/workflows/{made.pk}/"))
    expect(page.locator(".composer [contenteditable]")).to_be_visible()
    evil = "<p onclick=x style='a:b'>A<img src=x onerror=alert(1)><script>x()</script><b>B</b></p>"
    page.evaluate(
        "(html) => { const area = document.querySelector('[name=action-1-body]');"
        " area.value = html; area.dispatchEvent(new Event('input', { bubbles: true })); }",
        evil,
    )
    shown = page.locator("[data-preview='1'] .rich").evaluate("(one) => one.innerHTML")
    assert shown == "<p>Ax()<b>B</b></p>"
