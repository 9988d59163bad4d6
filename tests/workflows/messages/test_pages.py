"""What a tenant sees of its messages: its own alone, with what they cost, why they failed, and what waits."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.html import strip_tags

from plans.models import Plan
from saas.core import clock
from tenants.models import Tenant, User
from tests.booking.pages import queries_for, switch
from tests.stamps import send
from workflows.models import Message, MessagingSettings, State

PATH = "/panel/messages/"
Clients = Callable[..., Client]


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def message(tenant: Tenant, number: int = 1, **fields: Any) -> Message:
    state = fields.pop("state", State.SENT)
    known = {
        "key": f"{tenant.pk}:{number}",
        "channel": "sms",
        "address": "+351912345678",
        "name": "Clara Nunes",
        "text": "See you tomorrow",
        "units": 2,
        "created_at": clock.now() - timedelta(minutes=number),
        "due_at": clock.now() if state in (State.QUEUED, State.SENDING) else None,
        **fields,
    }
    return Message.objects.create(tenant=tenant, state=state, **known)


def words(response: HttpResponse) -> str:
    return " ".join(unescape(strip_tags(response.content.decode())).split())


def test_list_says_what_went_to_whom_and_why_not(owner: Client, aurora: Tenant) -> None:
    message(aurora, 1)
    message(
        aurora,
        2,
        state=State.FAILED,
        channel="email",
        address="rui@mail.example",
        name="Rui",
        detail="The mailbox is full.",
    )
    page = words(owner.get(PATH))
    assert "Clara Nunes SMS · +351 912 345 678" in page
    assert "Rui E-mail · rui@mail.example" in page
    assert "Failed The mailbox is full." in page
    assert page.index("Clara") < page.index("Rui")


def test_filters_and_search(owner: Client, aurora: Tenant) -> None:
    message(aurora, 1)
    message(aurora, 2, channel="email", address="rui@mail.example", name="Rui", state=State.HELD)
    for query, shown in {
        "channel=email": ["Rui"], "channel=sms": ["Clara"], "state=held": ["Rui"], "q=rui%40": ["Rui"],
        "q=912+345": ["Clara"], "q=nobody": [], "channel=moon": ["Clara", "Rui"], "workflow=9": ["Clara", "Rui"],
    }.items():  # fmt: skip
        page = words(owner.get(f"{PATH}?{query}"))
        assert [
            one for one in ("Clara", "Rui") if f"{one}" in page.split("All workflows")[-1]
        ] == shown, query
    assert "No message like that" in words(owner.get(f"{PATH}?q=nobody"))


def test_pages_go_on_from_a_mark(owner: Client, aurora: Tenant) -> None:
    for number in range(1, 120):
        message(aurora, number, name=f"No {number:03}")
    first = owner.get(PATH).content.decode()
    assert "No 001" in first
    assert "No 050" in first
    assert "No 051" not in first
    older = unescape(first.split('href="?after')[1].split('"')[0])
    second = owner.get(f"{PATH}?after{older}").content.decode()
    assert "No 051" in second
    assert "No 100" in second
    assert "No 101" not in second
    assert "Newest" in second
    for bad in ("x", "2026-01-01~1", "2026-01-01T00:00:00+00:00~x", "~"):
        assert "No 001" in owner.get(PATH, {"after": bad}).content.decode()


@pytest.mark.parametrize("count", [1, 30])
def test_list_takes_a_fixed_number_of_queries(owner: Client, aurora: Tenant, count: int) -> None:
    for number in range(count):
        message(aurora, number, state=State.HELD if number % 2 else State.SENT)
    assert queries_for(owner, PATH) <= 8


def test_empty_list_says_what_will_be_there(owner: Client) -> None:
    assert "Nothing was sent yet" in words(owner.get(PATH))


def test_one_message_with_its_cost(owner: Client, aurora: Tenant) -> None:
    one = message(
        aurora,
        is_charged=True,
        from_month=1,
        from_purchased=1,
        provider_id="SM123",
        sent_at=clock.now(),
    )
    page = words(owner.get(f"{PATH}{one.pk}/"))
    assert "See you tomorrow" in page
    assert "Paid by the month’s allowance1 Paid by purchased credits1" in page
    assert "At the carrierSM123" in page


def test_words_of_a_message_are_only_words(owner: Client, aurora: Tenant) -> None:
    one = message(aurora, text="<script>alert(1)</script>", name="<b>Eve</b>")
    for path in (PATH, f"{PATH}{one.pk}/"):
        page = owner.get(path).content.decode()
        assert "<script>alert" not in page
        assert "<b>Eve" not in page


def test_nobody_sees_the_messages_of_another(
    client_for: Clients, carla: User, borealis: Tenant, aurora: Tenant
) -> None:
    one = message(aurora, state=State.HELD)
    carla_client = client_for(carla, borealis)
    assert "Clara" not in carla_client.get(PATH).content.decode()
    assert "Clara" not in carla_client.get(f"{PATH}messages.csv").content.decode()
    assert carla_client.get(f"{PATH}{one.pk}/").status_code == 404
    carla_client.post(f"{PATH}held/sms/discard/", {"id": one.pk})
    one.refresh_from_db()
    assert one.state == State.HELD


def test_who_may_not(
    client_for: Clients, bruno: User, aurora: Tenant, plan: Plan, ana: User
) -> None:
    one = message(aurora)
    paths = [PATH, f"{PATH}{one.pk}/", f"{PATH}settings/", f"{PATH}messages.csv"]
    assert {client_for(bruno, aurora).get(path).status_code for path in paths} == {403}
    assert {client_for(None, aurora).get(path).status_code for path in paths} == {302}
    switch(plan, "workflows", on=False)
    assert {client_for(ana, aurora).get(path).status_code for path in paths} == {404}


def test_file_is_safe_in_a_spreadsheet(owner: Client, aurora: Tenant) -> None:
    message(aurora, name="=HYPERLINK(1)", text="+1")
    file = owner.get(f"{PATH}messages.csv?channel=sms").content.decode()
    assert "'=HYPERLINK(1)" in file
    assert "'+1" in file
    assert ",2," in file


def limited(plan: Plan, sms: int) -> None:
    plan.limits = {**plan.limits, "sms_per_month": sms}
    plan.save()


@pytest.mark.req(119)
def test_held_ones_are_said_with_numbers_and_can_be_sent_or_discarded(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    limited(plan, 0)
    waiting = [message(aurora, number, state=State.HELD, units=1) for number in (3, 2, 1)]
    page = words(owner.get(PATH))
    assert "3 messages over SMS are held" in page
    assert "Your plan includes none." in page
    refused = owner.post(f"{PATH}held/sms/send/")
    assert refused.status_code == 409
    assert "Nothing is left to pay for SMS at present" in words(refused)
    limited(plan, 2)
    assert owner.post(f"{PATH}held/sms/send/").status_code == 302
    assert [State(Message.objects.get(pk=one.pk).state) for one in waiting] == [
        State.QUEUED, State.QUEUED, State.HELD,
    ]  # fmt: skip
    page = words(owner.get(PATH))
    assert "1 message over SMS is held This month’s 2 are used up." in page
    assert "1 message will never be sent." in words(owner.get(f"{PATH}held/sms/discard/"))
    owner.post(f"{PATH}held/sms/discard/")
    assert Message.objects.get(pk=waiting[-1].pk).state == State.DISCARDED
    assert "held" not in words(owner.get(PATH)).lower().split("all states")[0]


def test_one_held_message_is_sent_by_itself(owner: Client, aurora: Tenant) -> None:
    first, second = (message(aurora, number, state=State.HELD) for number in (1, 2))
    owner.post(f"{PATH}held/sms/send/", {"id": second.pk})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (State.HELD, State.QUEUED)


def test_unknown_channel_is_not_there(owner: Client) -> None:
    assert owner.post(f"{PATH}held/fax/send/").status_code == 404


def test_settings_are_kept_and_wrong_ones_said(owner: Client, aurora: Tenant) -> None:
    path = f"{PATH}settings/"
    wrong = owner.post(path, {"sender_name": "x" * 61, "reply_to": "nobody", "country": "??"})
    assert wrong.status_code == 422
    good = {"sender_name": "Aurora\r\nBcc: x", "reply_to": "desk@aurora.example", "country": "PT"}
    assert send(owner, path, good).status_code == 302
    stored = MessagingSettings.objects.get(tenant=aurora)
    assert (stored.sender_name, stored.reply_to, stored.country) == (
        "Aurora Bcc: x",
        "desk@aurora.example",
        "PT",
    )
    assert 'value="desk@aurora.example"' in owner.get(path).content.decode()
