"""What carriers tell: taken in when it is genuine, whoever it is about; else refused, with nothing stored."""

import itertools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as project
from django.test import Client
from pytest_django import Settings

from saas.core import clock
from sandbox.carriers.server import Taken
from sandbox.meta import MetaSandbox
from sandbox.twilio import TwilioSandbox
from tenants.models import Tenant, User
from workflows.callback_views import MOST_BYTES
from workflows.drivers.callbacks import address_about
from workflows.models import Message, OptOut, State
from workflows.services.channels import save_setup

TWILIO, META = "/webhooks/messages/twilio/", "/webhooks/messages/meta/"
NUMBER = "+351912345678"
FORM = "application/x-www-form-urlencoded"
_numbers = itertools.count(1)


def address(path: str) -> str:
    return f"{project.PLATFORM_URL}{path}"


def sent(tenant: Tenant | None, driver: str, channel: str) -> tuple[Message, Taken]:
    """A message that the carrier has, on both sides."""
    number = next(_numbers)
    found = Message.objects.create(
        tenant=tenant,
        key=f"told:{number}",
        channel=channel,
        state=State.SENT,
        address=NUMBER,
        text="See you tomorrow",
        driver=driver,
        provider_id=f"ID{number}",
        sent_at=clock.now(),
    )
    given = {"StatusCallback": address(TWILIO)}
    return found, Taken(found.provider_id, NUMBER, found.text, given)


def stored() -> list[dict[str, Any]]:
    return [*Message.objects.order_by("pk").values(), *OptOut.objects.order_by("pk").values()]


def test_twilio_tells_what_arrived(twilio: TwilioSandbox, aurora: Tenant) -> None:
    message, taken = sent(aurora, "twilio", "sms")
    other, _other = sent(aurora, "twilio", "sms")
    assert twilio.tell(taken, "delivered", copies=2) == [200, 200]
    message.refresh_from_db()
    other.refresh_from_db()
    assert (message.state, other.state) == (State.DELIVERED, State.SENT)


def test_twilio_tells_what_did_not(twilio: TwilioSandbox, aurora: Tenant) -> None:
    message, taken = sent(aurora, "twilio", "sms")
    assert twilio.tell(taken, "undelivered", error_code=30003) == [200]
    message.refresh_from_db()
    assert (message.state, message.detail) == (State.FAILED, "The phone cannot be reached.")


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN])
def test_news_finds_a_message_whose_answer_was_never_stored(
    twilio: TwilioSandbox, meta: MetaSandbox, aurora: Tenant, state: State
) -> None:
    """It came before the answer, or the worker died with the answer in its hands."""
    text, taken = sent(aurora, "twilio", "sms")
    chat, of_chat = sent(aurora, "meta", "whatsapp")
    Message.objects.update(
        state=state, provider_id="", due_at=clock.now() if state == State.SENDING else None
    )
    taken.given["StatusCallback"] = address_about("twilio", text.key)
    of_chat.given["biz_opaque_callback_data"] = chat.key
    assert twilio.tell(taken, "delivered") == [200]
    assert meta.tell(address(META), of_chat, "delivered") == [200]
    for message, there in ((text, taken), (chat, of_chat)):
        message.refresh_from_db()
        assert (message.state, message.provider_id) == (State.DELIVERED, there.id)


def test_address_with_another_key_than_was_signed_is_refused(
    twilio: TwilioSandbox, aurora: Tenant
) -> None:
    message, taken = sent(aurora, "twilio", "sms")
    taken.given["StatusCallback"] = address_about("twilio", message.key)
    twilio.sign = lambda url, call: TwilioSandbox.sign(twilio, url.replace("told", "sold"), call)  # type: ignore[method-assign]
    assert twilio.tell(taken, "delivered") == [403]


def test_meta_tells_what_arrived(meta: MetaSandbox, aurora: Tenant) -> None:
    message, taken = sent(aurora, "meta", "whatsapp")
    assert meta.tell(address(META), taken, "read") == [200]
    message.refresh_from_db()
    assert message.state == State.DELIVERED


def test_news_of_one_driver_is_not_about_the_messages_of_another(
    twilio: TwilioSandbox, aurora: Tenant
) -> None:
    message, taken = sent(aurora, "meta", "whatsapp")
    assert twilio.tell(taken, "delivered") == [200]
    message.refresh_from_db()
    assert message.state == State.SENT


def test_stop_and_start_are_heard_on_the_channel_they_came_by(
    twilio: TwilioSandbox, meta: MetaSandbox
) -> None:
    assert twilio.answer(address(TWILIO), NUMBER, "Stop") == 200
    assert meta.answer(address(META), NUMBER, "STOP") == 200
    out = OptOut.objects.filter(tenant=None, address=NUMBER)
    assert sorted(out.values_list("channel", flat=True)) == ["sms", "whatsapp"]
    assert twilio.answer(address(TWILIO), NUMBER, "START") == 200
    assert list(out.values_list("channel", flat=True)) == ["whatsapp"]
    assert twilio.answer(address(TWILIO), NUMBER, "See you!") == 200
    assert out.count() == 1


def test_twilio_is_answered_with_a_document_that_sends_nothing(
    twilio: TwilioSandbox, stranger: Client
) -> None:
    call = {"AccountSid": twilio.account, "From": NUMBER, "Body": "Hi"}
    response = stranger.post(
        TWILIO, urlencode(call), content_type=FORM,
        headers={"X-Twilio-Signature": twilio.sign(address(TWILIO), call)},
    )  # fmt: skip
    assert response["Content-Type"] == "text/xml"
    assert response.content == b"<Response></Response>"


@pytest.mark.parametrize("mark", ["", "bm90IGdlbnVpbmU=", "é"])
def test_what_is_not_signed_by_twilio_is_refused_and_changes_nothing(
    twilio: TwilioSandbox, stranger: Client, aurora: Tenant, mark: str
) -> None:
    message, _taken = sent(aurora, "twilio", "sms")
    before = stored()
    for call in (
        {
            "AccountSid": twilio.account,
            "MessageSid": message.provider_id,
            "MessageStatus": "failed",
        },
        {"AccountSid": twilio.account, "From": NUMBER, "Body": "STOP"},
    ):
        response = stranger.post(
            TWILIO, urlencode(call), content_type=FORM, headers={"X-Twilio-Signature": mark}
        )
        assert response.status_code == 403
    assert stored() == before


def test_a_body_that_was_changed_on_its_way_is_refused(
    twilio: TwilioSandbox, meta: MetaSandbox, stranger: Client, aurora: Tenant
) -> None:
    _message, taken = sent(aurora, "meta", "whatsapp")
    body, headers = meta.parcel({"statuses": [{"id": taken.id, "status": "failed"}]})
    before = stored()
    response = stranger.post(
        META,
        body.replace(b"failed", b"read"),
        content_type="application/json",
        headers={"X-Hub-Signature-256": headers["X-Hub-Signature-256"]},
    )
    assert response.status_code == 403
    assert stored() == before


def test_a_call_for_one_address_is_not_taken_at_another(
    twilio: TwilioSandbox, stranger: Client, olivia: User
) -> None:
    save_setup("whatsapp", "twilio_whatsapp", twilio.values, by=olivia, now=clock.now())
    call = {"AccountSid": twilio.account, "From": NUMBER, "Body": "STOP"}
    response = stranger.post(
        "/webhooks/messages/twilio_whatsapp/", urlencode(call), content_type=FORM,
        headers={"X-Twilio-Signature": twilio.sign(address(TWILIO), call)},
    )  # fmt: skip
    assert response.status_code == 403
    assert not OptOut.objects.exists()


def test_what_carried_before_is_still_heard(
    twilio: TwilioSandbox, aurora: Tenant, olivia: User
) -> None:
    message, taken = sent(aurora, "twilio", "sms")
    save_setup("sms", "memory", {}, by=olivia, now=clock.now())
    assert twilio.tell(taken, "delivered") == [200]
    message.refresh_from_db()
    assert message.state == State.DELIVERED


def test_meta_is_greeted_when_its_owner_enters_the_address(
    meta: MetaSandbox, stranger: Client
) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "11<b>5", "hub.verify_token": "nope"}
    assert stranger.get(META, asked).status_code == 403
    response = stranger.get(META, {**asked, "hub.verify_token": meta.values["verify_token"]})
    assert (response.status_code, response.content) == (200, b"11<b>5")
    assert response["Content-Type"] == "text/plain"


@pytest.mark.parametrize("driver", ["pigeon", "memory", "smtp", "twilio", "meta", "webhook"])
def test_unknown_and_not_set_up_is_not_there(stranger: Client, world: object, driver: str) -> None:
    path = f"/webhooks/messages/{driver}/"
    assert stranger.post(path, b"{}", content_type="application/json").status_code == 404
    assert stranger.get(path).status_code == 404


def test_who_is_never_greeted_has_no_page(twilio: TwilioSandbox, stranger: Client) -> None:
    assert stranger.get(TWILIO).status_code == 404
    assert stranger.put(TWILIO, b"").status_code == 405


def test_on_a_tenants_host_there_is_nothing(
    twilio: TwilioSandbox, client_for: Callable[..., Client], aurora: Tenant
) -> None:
    assert client_for(None, aurora).post(TWILIO, {}).status_code == 404


def test_too_long_a_body_is_not_read(twilio: TwilioSandbox, stranger: Client) -> None:
    body = b"Body=" + b"a" * MOST_BYTES
    assert stranger.post(TWILIO, body, content_type=FORM).status_code == 413


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"%00&&==", b"[]", b"null"])
def test_nonsense_is_refused(
    twilio: TwilioSandbox, meta: MetaSandbox, stranger: Client, body: bytes
) -> None:
    assert stranger.post(TWILIO, body, content_type=FORM).status_code == 403
    assert stranger.post(META, body, content_type="application/json").status_code == 403


def test_refusals_are_counted_and_what_is_genuine_is_not_held_up(
    twilio: TwilioSandbox, stranger: Client, aurora: Tenant, settings: Settings
) -> None:
    settings.RATE_LIMITS_ENABLED = True
    message, taken = sent(aurora, "twilio", "sms")
    answers = [stranger.post(TWILIO, "Body=STOP", content_type=FORM) for _ in range(61)]
    assert [one.status_code for one in answers[:60]] == [403] * 60
    assert answers[60].status_code == 429
    assert int(answers[60]["Retry-After"]) >= 1
    assert twilio.tell(taken, "delivered") == [200]
    message.refresh_from_db()
    assert message.state == State.DELIVERED


def test_after_trouble_nothing_of_a_call_is_taken_in(
    meta: MetaSandbox, stranger: Client, aurora: Tenant
) -> None:
    """A number that is none of the database's makes the reply fail: the news beside it waits for the repetition."""
    _message, taken = sent(aurora, "meta", "whatsapp")
    reply = {"from": "1" * 400, "id": "w", "type": "text", "text": {"body": "STOP"}}
    body, headers = meta.parcel(
        {"statuses": [{"id": taken.id, "status": "delivered"}], "messages": [reply]}
    )
    before = stored()
    stranger.raise_request_exception = False
    response = stranger.post(
        META, body, content_type="application/json",
        headers={"X-Hub-Signature-256": headers["X-Hub-Signature-256"]},
    )  # fmt: skip
    assert response.status_code == 500
    assert stored() == before
