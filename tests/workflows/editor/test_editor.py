"""The editor without JavaScript: every button posts the form, and nothing that was typed is lost."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from plans.models import Plan
from tenants.models import Tenant
from tests.booking.pages import switch, words
from tests.workflows.editor.scene import MAIL, NOW, kinds, posted, stored
from workflows.models import Message, Workflow
from workflows.pages import editor
from workflows.services import rules

ADD = "/panel/workflows/add/"
TEXT = {"to": "guest", "address": "", "body": "Hi {{ guest.name }}", "when_empty": "hold"}
SMS = {f"action__2__{name}": value for name, value in TEXT.items()}


def url(workflow: Workflow) -> str:
    return f"/panel/workflows/{workflow.pk}/"


def numbers(response: HttpResponse, part: str) -> list[str]:
    return re.findall(rf'name="{part}"\s+value="([^"]+)"', response.content.decode())


def test_new_workflow_is_saved_off_and_opened(owner: Client, aurora: Tenant) -> None:
    response = owner.post(ADD, posted(), follow=True)
    workflow = Workflow.objects.get()
    assert response.redirect_chain == [(url(workflow), 302)]
    assert "“Cake is ready” is saved. It is off." in words(response)
    assert (workflow.tenant, workflow.event, workflow.is_on) == (aurora, "cake.baked", False)
    assert workflow.conditions == [{"field": "cake", "is_not": False, "values": ["apple"]}]
    action = workflow.actions.get()
    assert (action.kind, action.settings["subject"]) == ("email", MAIL["subject"])


def test_new_workflow_is_saved_and_switched_on_in_one(owner: Client) -> None:
    response = owner.post(ADD, posted("save-on"), follow=True)
    assert "“Cake is ready” is saved and on." in words(response)
    assert Workflow.objects.get().is_on


def test_stored_one_is_shown_and_saved_with_changes(owner: Client, aurora: Tenant) -> None:
    workflow = stored(aurora)
    page = words(owner.get(url(workflow)))
    assert 'value="Cake is ready"' in page
    assert "Dear {{ guest.name }}" in page
    changed = posted(
        name="Lemon is ready",
        condition__1__values=["lemon", "apple"],
        condition__1__is_not="1",
        action=["2:sms", "1:email"],
        **SMS,
    )
    assert owner.post(url(workflow), changed).status_code == 302
    workflow.refresh_from_db()
    assert workflow.name == "Lemon is ready"
    assert workflow.conditions == [{"field": "cake", "is_not": True, "values": ["lemon", "apple"]}]
    assert list(kinds(workflow)) == ["sms", "email"]
    assert workflow.actions.all()[0].settings["body"] == TEXT["body"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Give it a name"),
        ({"event": ""}, "Choose what it waits for."),
        ({"condition__1__values": None}, "Tick at least one."),
        ({"action__1__subject": ""}, "Write what it is about."),
        ({"action__1__body": "Dear {{ guest.nmae }}"}, "guest.nmae"),
        ({"event": "cake.served", "amount": "-1", "unit": "hours", "side": "before"}, "greater than or equal to 0"),
        ({"event": "cake.served", "amount": "400", "unit": "days", "side": "before"}, "A year is the longest."),
        ({"event": "cake.served", "amount": "", "unit": "days", "side": "before"}, "Write a number"),
        ({"event": "cake.counted"}, "Select a valid choice"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_lost(
    owner: Client, changes: dict[str, Any], said: str
) -> None:
    response = owner.post(ADD, posted(**({"name": "My cake"} | changes)))
    page = words(response)
    assert response.status_code == 422
    assert said in page
    assert "My cake" in page or "name" in changes
    assert not Workflow.objects.exists()
    if "event" not in changes:
        assert 'value="apple"' in page
    if not {"event", "action__1__subject"} & set(changes):
        assert "For {{ guest.name }}" in page


def test_no_button_saves_but_save(owner: Client) -> None:
    for order in ("", "refresh", "add-condition", "remove-condition:1", "add-action:sms",
                  "remove-action:1", "up-action:1", "down-action:1", "nonsense:7", "add-action:nonsense",
                  "add-action:", "remove-action:x", "try:9", "try:"):  # fmt: skip
        response = owner.post(ADD, posted(order, name="Half a na"))
        assert response.status_code == 200, order
        assert "Half a na" in words(response), order
        assert "field-error" not in words(response), order
    assert not Workflow.objects.exists()


def test_condition_is_added_with_a_field_that_is_not_compared_yet(owner: Client) -> None:
    response = owner.post(ADD, posted("add-condition"))
    assert numbers(response, "condition") == ["1", "2"]
    page = response.content.decode()
    assert '<option value="shop" selected>' in page
    assert "North" in page
    assert "Lemon cake" in page
    assert re.search(r'value="apple"[^>]*checked', page)


def test_chosen_field_brings_its_values(owner: Client) -> None:
    page = words(owner.post(ADD, posted("refresh", condition__1__field="shop")))
    assert "North" in page
    assert "Apple cake" not in page


def test_condition_and_action_are_removed_and_the_rest_keeps_its_number(owner: Client) -> None:
    both = posted("remove-action:1", action=["1:email", "2:sms"], **SMS)
    response = owner.post(ADD, both)
    assert numbers(response, "action") == ["2:sms"]
    assert "Hi {{ guest.name }}" in words(response)
    assert numbers(owner.post(ADD, posted("remove-condition:1")), "condition") == []


def test_actions_move_and_keep_what_was_typed(owner: Client) -> None:
    both = {"action": ["1:email", "2:sms"], **SMS}
    response = owner.post(ADD, posted("up-action:2", **both))
    assert numbers(response, "action") == ["2:sms", "1:email"]
    assert "Hi {{ guest.name }}" in words(response)
    assert "For {{ guest.name }}" in words(response)
    assert numbers(owner.post(ADD, posted("down-action:2", **both)), "action") == [
        "1:email",
        "2:sms",
    ]


def test_other_event_keeps_what_fits_and_says_what_did_not(owner: Client) -> None:
    changed = posted(
        "refresh",
        event="cake.served",
        condition=["1", "2"],
        condition__2__field="shop",
        condition__2__values=["north"],
    )
    response = owner.post(ADD, changed)
    page = words(response)
    assert response.status_code == 200
    assert numbers(response, "condition") == ["1"]
    assert numbers(response, "action") == ["1:email"]
    assert "“Shop” was left out" in page
    assert 'value="24"' in page
    assert "For {{ guest.name }}" in page


def test_saving_with_what_does_not_fit_says_so_first(owner: Client) -> None:
    changed = posted(event="cake.served", amount="2", unit="hours", side="before",
                     condition__1__field="shop", condition__1__values=["north"])  # fmt: skip
    response = owner.post(ADD, changed)
    assert response.status_code == 422
    assert "“Shop” was left out" in words(response)
    assert not Workflow.objects.exists()


def test_offset_of_a_timed_event_is_stored(owner: Client) -> None:
    timed = posted(event="cake.served", amount="3", unit="days", side="after",
                   action__1__body="Hi {{ guest.name }}")  # fmt: skip
    assert owner.post(ADD, timed).status_code == 302
    workflow = Workflow.objects.get()
    assert (workflow.amount, workflow.unit, workflow.side) == (3, "days", "after")
    assert "3 days after a cake is served" in words(owner.get("/panel/workflows/"))


def test_second_tab_is_told_and_may_put_its_own_in_place(owner: Client, aurora: Tenant) -> None:
    workflow = stored(aurora)
    rules.save(
        aurora, workflow.pk, rules.rule_of(workflow), NOW + timedelta(1), seen=NOW.isoformat()
    )
    response = owner.post(url(workflow), posted(name="Mine"))
    page = words(response)
    assert response.status_code == 422
    assert "Somebody has saved this workflow since you opened it." in page
    assert 'value="Mine"' in page
    assert Workflow.objects.get().name == "Cake is ready"
    seen = numbers(response, "changed_at")[0]
    assert owner.post(url(workflow), posted(name="Mine", changed_at=seen)).status_code == 302
    assert Workflow.objects.get().name == "Mine"


def test_one_that_is_on_cannot_be_saved_without_actions(owner: Client, aurora: Tenant) -> None:
    workflow = stored(aurora, is_on=True)
    response = owner.post(url(workflow), posted(action=None))
    assert response.status_code == 422
    assert "Add an action first" in words(response)
    assert list(kinds(workflow)) == ["email"]
    assert owner.post(ADD, posted("save-on", action=None)).status_code == 422
    assert owner.post(ADD, posted("save", action=None)).status_code == 302


def test_action_that_the_plan_does_not_have_is_not_offered(owner: Client, plan: Plan) -> None:
    assert 'value="add-action:sms"' in words(owner.post(ADD, posted("refresh")))
    switch(plan, "workflows.sms", on=False)
    page = words(owner.post(ADD, posted("add-action:sms")))
    assert 'value="add-action:sms"' not in page
    assert "2:sms" not in page


def test_secret_of_a_webhook_stays_as_typed_and_can_be_switched_on(owner: Client) -> None:
    hook = {
        "action": ["1:email", "5:webhook"],
        "action__5__url": "https://93.184.216.34/hook",
        "action__5__secret": "a secret of my own",
    }
    page = words(owner.post(ADD, posted("add-condition", **hook)))
    assert 'value="a secret of my own"' in page
    assert owner.post(ADD, posted(**hook)).status_code == 302
    workflow = Workflow.objects.get()
    assert "a secret" not in str(workflow.actions.all()[1].settings)
    assert 'value="a secret of my own"' in words(owner.get(url(workflow)))
    owner.post(f"/panel/workflows/{workflow.pk}/active/", {"active": "1"})
    assert Workflow.objects.get().is_on


def test_preview_has_sample_values_and_is_escaped(owner: Client) -> None:
    page = owner.post(ADD, posted("refresh")).content.decode()
    preview = page.split("mail-preview")[1].split("</article>")[0]
    assert "For Clara" in preview
    assert "Apple &lt;cake&gt;" in preview
    evil = posted(
        "refresh",
        action__1__body="<script>alert(1)</script><p>x</p>",
        action__1__subject="<b>y</b>",
    )
    preview = owner.post(ADD, evil).content.decode().split("mail-preview")[1].split("</article>")[0]
    assert "<script" not in preview
    assert "&lt;b&gt;y" in preview


def test_htmx_gets_the_same_page_and_is_redirected_after_saving(owner: Client) -> None:
    htmx = {"hx-request": "true"}
    assert 'id="editor"' in words(owner.post(ADD, posted("add-condition"), headers=htmx))
    response = owner.post(ADD, posted(), headers=htmx)
    assert response["HX-Redirect"] == url(Workflow.objects.get())


def test_most_parts(owner: Client) -> None:
    many = posted("add-condition", condition=[str(n) for n in range(1, 15)],
                  **{f"condition__{n}__field": "cake" for n in range(1, 15)})  # fmt: skip
    response = owner.post(ADD, many)
    assert len(numbers(response, "condition")) == rules.MOST_CONDITIONS
    assert "add-condition" not in words(response)
    many = posted("add-action:email", action=[f"{n}:email" for n in range(1, 15)])
    response = owner.post(ADD, many)
    assert len(numbers(response, "action")) == rules.MOST_ACTIONS
    assert "add-action" not in words(response)


def test_bad_numbers_are_no_error(owner: Client) -> None:
    bad = posted(
        "refresh",
        condition=["x", "-1", "9" * 30, "1", "1"],
        action=["x:email", "9" * 30 + ":email", "1:", ":", "1:email"],
    )
    response = owner.post(ADD, bad)
    assert response.status_code == 200
    assert numbers(response, "condition") == ["1"]


def test_test_goes_to_whoever_presses_the_button(owner: Client, aurora: Tenant) -> None:
    response = owner.post(ADD, posted("try:1"))
    assert response.status_code == 200
    assert "On its way to ana@aurora.example." in words(response)
    message = Message.objects.get()
    assert (message.tenant, message.address, message.state) == (
        aurora,
        "ana@aurora.example",
        "queued",
    )
    assert message.content["subject"] == "For Clara"
    assert not Workflow.objects.exists()


def test_test_by_sms_needs_a_number(owner: Client) -> None:
    text = posted("try:2", action=["2:sms"], **SMS)
    assert "Write the number of your own phone" in words(owner.post(ADD, text))
    assert not Message.objects.exists()
    response = owner.post(ADD, text | {"try-2": "+351 912 345 678"})
    assert "On its way to +351912345678." in words(response)
    assert Message.objects.get().address == "+351912345678"


def test_test_of_what_is_wrong_is_not_sent(owner: Client) -> None:
    response = owner.post(ADD, posted("try:1", action__1__subject=""))
    page = words(response)
    assert "Not sent: look at what is marked above first." in page
    assert "field-error" in page
    assert not Message.objects.exists()


def test_tests_are_limited(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editor, "TRIES", "2/hour")
    for _press in range(2):
        owner.post(ADD, posted("try:1"))
    page = words(owner.post(ADD, posted("try:1")))
    assert "That was too often." in page
    assert 'value="Cake is ready"' in page
    assert Message.objects.count() == 2
