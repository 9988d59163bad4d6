"""The list, and what its buttons do: on and off, copies, deleting, templates."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from plans.models import Plan
from plans.registry import registry
from saas.core import clock
from saas.core.models import AuditEntry
from tenants.models import Tenant
from tests.booking.pages import queries_for, switch, words
from tests.workflows.editor.scene import BAKED, NOW, kinds, posted, rule, stored
from workflows import merge, starters
from workflows.actions.base import find_kind
from workflows.models import Message, Occurrence, Run, State, Workflow
from workflows.services import rules

LIST = "/panel/workflows/"


def send(workflow: Workflow, key: str, state: State = State.SENT, **more: Any) -> Message:
    due = clock.now() if state in {State.QUEUED, State.SENDING} else None
    return Message.objects.create(
        tenant=workflow.tenant, workflow=workflow, key=key, channel="email", state=state,
        address="clara@example.com", due_at=due, **more,
    )  # fmt: skip


def test_empty_list_explains(owner: Client) -> None:
    page = words(owner.get(LIST))
    assert "No workflows yet" in page
    assert "New workflow" in page


def test_list_says_when_what_and_how_much(owner: Client, aurora: Tenant) -> None:
    workflow = stored(aurora, event="cake.served", amount=24)
    send(workflow, "a")
    send(workflow, "b", State.DELIVERED)
    send(workflow, "c", State.HELD)
    send(workflow, "d", created_at=clock.now() - timedelta(days=31))
    page = words(owner.get(LIST))
    assert "24 hours before a cake is served" in page
    assert str(find_kind("email").label) in page
    assert '<td class="num hide-phone">2</td>' in page


def test_search_by_name(owner: Client, aurora: Tenant) -> None:
    stored(aurora, "Lemon")
    stored(aurora, "Apple")
    page = words(owner.get(LIST, {"q": "LEM\0"}))
    assert "Lemon" in page
    assert ">Apple<" not in page
    assert "No workflow is called that." in words(owner.get(LIST, {"q": "pear"}))


def test_queries_do_not_grow(owner: Client, aurora: Tenant) -> None:
    send(stored(aurora, "First"), "first")
    one = queries_for(owner, LIST)
    for number in range(29):
        send(stored(aurora, f"Cake {number}"), str(number))
    assert queries_for(owner, LIST) == one


def test_switch_says_which_way_so_twice_is_not_back(owner: Client, aurora: Tenant) -> None:
    workflow = stored(aurora)
    for _press in range(2):
        response = owner.post(f"{LIST}{workflow.pk}/active/", {"active": "1"}, follow=True)
        assert "“Cake is ready” is switched on." in words(response)
        assert Workflow.objects.get().is_on
    owner.post(f"{LIST}{workflow.pk}/active/", {"active": "0"})
    assert not Workflow.objects.get().is_on
    assert owner.get(f"{LIST}{workflow.pk}/active/").status_code == 405


@pytest.mark.parametrize(
    "changes",
    [
        {"actions": []},
        {"event": "cake.gone"},
        {"event": "cake.counted"},
        {"actions": [("nonsense", {})]},
        {"actions": [("email", {"to": "guest"})]},
    ],
)
def test_incomplete_one_cannot_be_switched_on(
    owner: Client, aurora: Tenant, changes: dict[str, Any]
) -> None:
    workflow = stored(aurora, **changes)
    response = owner.post(f"{LIST}{workflow.pk}/active/", {"active": "1"})
    assert response.status_code == 409
    assert not Workflow.objects.get().is_on


def test_one_whose_channel_left_the_plan_cannot_be_switched_on(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    workflow = stored(aurora)
    switch(plan, "workflows.email", on=False)
    response = owner.post(f"{LIST}{workflow.pk}/active/", {"active": "1"})
    assert "not part of your plan any more" in words(response)
    assert owner.get(f"{LIST}{workflow.pk}/").status_code == 200


def test_one_whose_event_is_gone_can_be_opened_and_deleted(owner: Client, aurora: Tenant) -> None:
    workflow = stored(aurora, event="cake.gone")
    assert owner.get(LIST).status_code == 200
    assert "was left out" in words(owner.get(f"{LIST}{workflow.pk}/"))
    owner.post(f"{LIST}{workflow.pk}/delete/")
    assert not Workflow.objects.exists()


def test_copy_is_off_and_says_so(owner: Client, aurora: Tenant) -> None:
    workflow = stored(aurora, "x" * 80, is_on=True)
    response = owner.post(f"{LIST}{workflow.pk}/duplicate/", follow=True)
    copy = Workflow.objects.exclude(pk=workflow.pk).get()
    assert response.redirect_chain == [(f"{LIST}{copy.pk}/", 302)]
    assert copy.name.endswith(", copy")
    assert not copy.is_on
    assert copy.conditions == workflow.conditions
    assert list(kinds(copy)) == ["email"]


def test_delete_lists_what_goes_and_what_stays(owner: Client, aurora: Tenant) -> None:
    workflow = stored(aurora, is_on=True)
    message = send(workflow, "a")
    Run.objects.create(workflow=workflow, tenant=aurora, event="cake.baked", at=NOW, outcome="done")
    for subject in (1, 2):
        Occurrence.objects.create(
            tenant=aurora, event="cake.served", workflow=workflow, subject_id=subject,
            happened_at=NOW, due_at=NOW,
        )  # fmt: skip
    page = words(owner.get(f"{LIST}{workflow.pk}/delete/"))
    assert "2 reminders that lie ahead are dropped." in page
    assert "Its log with 1 entry is deleted." in page
    assert "1 message that it made stays" in page
    owner.post(f"{LIST}{workflow.pk}/delete/")
    assert not Workflow.objects.exists()
    assert not Run.objects.exists()
    assert not Occurrence.objects.exists()
    message.refresh_from_db()
    assert message.workflow is None


def test_hundred_are_the_most(owner: Client, aurora: Tenant) -> None:
    Workflow.objects.bulk_create(
        Workflow(tenant=aurora, name=f"Cake {n}", event="cake.baked") for n in range(100)
    )
    assert "which is the most there can be" in words(owner.get(LIST))
    response = owner.post(f"{LIST}add/", posted())
    assert response.status_code == 422
    assert "Delete one that is no longer needed" in words(response)
    assert owner.post(f"{LIST}{Workflow.objects.first().pk}/duplicate/").status_code == 409
    assert Workflow.objects.count() == 100


STARTER = starters.Starter(
    key="cake", name="Cake time", text="Soon.", icon="bell", audience="tenant", event="cake.baked",
    actions=starters.sms("guest", "Hi {{ guest.name }}")
    | starters.email("guest", "Cake", "<p>{{ guest.name }}</p>", attach_calendar=True),
)  # fmt: skip


@pytest.fixture
def _cake_starter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starters, "STARTERS", (STARTER,))


@pytest.mark.usefixtures("_cake_starter")
def test_template_becomes_a_workflow_in_one_click(owner: Client, plan: Plan) -> None:
    assert "Cake time" in words(owner.get(LIST))
    response = owner.post(f"{LIST}start/cake/", follow=True)
    workflow = Workflow.objects.get()
    assert response.redirect_chain == [(f"{LIST}{workflow.pk}/", 302)]
    assert not workflow.is_on
    assert list(kinds(workflow)) == ["sms"]
    assert "then switch it on" in words(response)
    assert "Hi {{ guest.name }}" in words(response)
    owner.post(f"{LIST}{workflow.pk}/active/", {"active": "1"})
    assert Workflow.objects.get().is_on, "a template is complete as it is"
    switch(plan, "workflows.sms", on=False)
    owner.post(f"{LIST}start/cake/")
    assert list(kinds(Workflow.objects.latest("pk"))) == ["email"]


@pytest.mark.usefixtures("_cake_starter")
def test_template_without_its_channel_is_not_offered(
    owner: Client, admin: Client, plan: Plan
) -> None:
    switch(plan, "workflows.sms", "workflows.email", on=False)
    assert "Cake time" not in words(owner.get(LIST))
    assert owner.post(f"{LIST}start/cake/").status_code == 404
    assert "Cake time" not in words(admin.get("/console/workflows/"))
    assert not Workflow.objects.exists()


@pytest.mark.parametrize("starter", starters.STARTERS, ids=lambda one: one.key)
def test_templates_fit_the_registered_events(starter: starters.Starter) -> None:
    event = registry.event(starter.event)
    assert event.facts
    assert starter.audience in event.audiences
    assert {name for name, _values in starter.conditions} <= {c.key for c in event.conditions}
    assert (event.timed is not None) == bool(starter.amount)
    for channel, settings in starter.actions.items():
        there = {r.key: r.channels for r in event.recipients if starter.audience in r.audiences}
        assert channel in there[settings["to"]]
        for name in ("subject", "body"):
            merge.check(str(settings.get(name, "")), event.fields)


@pytest.mark.parametrize("starter", starters.STARTERS, ids=lambda one: one.key)
def test_templates_are_complete_as_they_are(
    starter: starters.Starter, owner: Client, admin: Client
) -> None:
    client, root = (owner, LIST) if starter.audience == "tenant" else (admin, "/console/workflows/")
    assert str(starter.text) in words(client.get(root))
    page = words(client.post(f"{root}start/{starter.key}/", follow=True))
    assert "Preview" in page
    assert "was left out" not in page
    workflow = Workflow.objects.get()
    assert client.post(f"{root}{workflow.pk}/active/", {"active": "1"}).status_code == 302
    assert Workflow.objects.get().is_on


def test_console_is_the_same_and_its_changes_are_on_record(admin: Client) -> None:
    root = "/console/workflows/"
    assert "No workflows yet" in words(admin.get(root))
    admin.post(f"{root}add/", posted())
    workflow = Workflow.objects.get()
    assert workflow.tenant is None
    admin.post(f"{root}{workflow.pk}/active/", {"active": "1"})
    assert "Cake is ready" in words(admin.get(root))
    assert "2 / " not in words(admin.get(f"{root}{workflow.pk}/"))
    admin.post(f"{root}{workflow.pk}/delete/")
    said = list(AuditEntry.objects.order_by("pk").values_list("verb", "actor_name"))
    assert said == [
        ("workflow.saved", "Olivia Lind"),
        ("workflow.saved", "Olivia Lind"),
        ("workflow.deleted", "Olivia Lind"),
    ]


def test_tenants_changes_are_not_in_the_consoles_record(owner: Client) -> None:
    owner.post(f"{LIST}add/", posted())
    assert not AuditEntry.objects.exists()


def test_editor_says_what_it_uses(owner: Client, aurora: Tenant) -> None:
    workflow = stored(aurora)
    send(workflow, "a")
    send(workflow, "b", State.HELD)
    page = words(owner.get(f"{LIST}{workflow.pk}/"))
    assert "E-mail in 30 days" in page
    assert "Held, not paid for yet" in page
    assert "0 / Unlimited" in page


def test_rules_of_the_seen_version(aurora: Tenant) -> None:
    workflow = stored(aurora)
    with pytest.raises(rules.Newer):
        rules.save(aurora, workflow.pk, rule(), NOW, seen="")
    assert BAKED.key == workflow.event
