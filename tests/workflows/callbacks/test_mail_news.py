"""What the companies that send e-mails tell of them: believed when it is genuine, and not otherwise."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.test import Client

from saas.core import clock
from tenants.models import Tenant, User
from workflows.models import Message, OptOut, State
from workflows.services.channels import save_setup

LOGIN, SIGNING_KEY = "hook:a-long-password", "key-of-mailgun"
MAILGUN = {"domain": "mail.example", "region": "us"}
ADDRESS = "clara@example.com"
Tell = Callable[..., int]


def basic(login: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(login.encode()).decode()}


def postmark(message: Message, kind: str, **more: Any) -> dict[str, Any]:
    """https://postmarkapp.com/developer/webhooks/webhooks-overview"""
    about = {"Delivery": "Delivery", "Bounce": "Bounce", "Complaint": "SpamComplaint"}
    return {
        "RecordType": about[kind],
        "MessageID": message.provider_id or "pm-later",
        "Recipient": ADDRESS,
        "Metadata": {"tenantry_key": message.key},
        **more,
    }


def mailgun(message: Message, event: str, key: str = SIGNING_KEY) -> dict[str, Any]:
    """https://documentation.mailgun.com/docs/mailgun/user-manual/events/events"""
    signed = hmac.new(key.encode(), b"1700000000token", hashlib.sha256).hexdigest()
    return {
        "signature": {"timestamp": "1700000000", "token": "token", "signature": signed},
        "event-data": {
            "event": event,
            "recipient": ADDRESS,
            "severity": "permanent",
            "message": {"headers": {"message-id": message.provider_id.strip("<>")}},
            "user-variables": {"tenantry_key": message.key},
        },
    }


@pytest.fixture
def tell(stranger: Client) -> Tell:
    def call(company: str, told: object, headers: Mapping[str, str] | None = None) -> int:
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        response = stranger.post(
            f"/webhooks/messages/{company}/", body, content_type="application/json", headers=headers
        )
        return response.status_code

    return call


@pytest.fixture
def carried_by(olivia: User, aurora: Tenant) -> Callable[..., Message]:
    """A mail that `company` has taken."""

    def set_up(company: str, state: State = State.SENT, **values: str) -> Message:
        values = {"api_key": "k", "callback_secret": LOGIN, **values}
        save_setup("email", company, values, by=olivia, now=clock.now())
        return Message.objects.create(
            tenant=aurora, key=f"mail:{company}", channel="email", state=state, address=ADDRESS,
            text="See you", driver=company, sent_at=clock.now(),
            provider_id="" if state == State.UNKNOWN else "<id-1@mail.example>",
        )  # fmt: skip

    return set_up


def state_of(message: Message) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.detail


def test_delivery_is_told(tell: Tell, carried_by: Callable[..., Message]) -> None:
    message = carried_by("postmark")
    assert tell("postmark", postmark(message, "Delivery"), basic(LOGIN)) == 200
    assert state_of(message)[0] == State.DELIVERED


def test_bounce_says_why_and_is_told_once(tell: Tell, carried_by: Callable[..., Message]) -> None:
    message = carried_by("postmark")
    told = postmark(message, "Bounce", Type="HardBounce", Email=ADDRESS, Details="No such user")
    assert [tell("postmark", told, basic(LOGIN)) for _ in range(2)] == [200, 200]
    state, why = state_of(message)
    assert (state, "No such user" in why) == (State.FAILED, True)
    assert tell("postmark", postmark(message, "Delivery"), basic(LOGIN)) == 200
    assert state_of(message)[0] == State.FAILED


def test_who_complains_gets_no_more(tell: Tell, carried_by: Callable[..., Message]) -> None:
    message = carried_by("postmark")
    told = postmark(message, "Complaint", Type="SpamComplaint", Email=ADDRESS)
    assert tell("postmark", told, basic(LOGIN)) == 200
    assert OptOut.objects.filter(channel="email", address=ADDRESS).exists()
    assert state_of(message)[0] == State.DELIVERED


def test_a_mail_whose_answer_was_lost_is_found(
    tell: Tell, carried_by: Callable[..., Message]
) -> None:
    message = carried_by("postmark", state=State.UNKNOWN)
    assert tell("postmark", postmark(message, "Delivery"), basic(LOGIN)) == 200
    assert state_of(message)[0] == State.DELIVERED
    assert message.provider_id == "pm-later"


@pytest.mark.parametrize(
    "headers", [None, {}, basic("hook:wrong"), basic(""), {"Authorization": "Basic %%%"}]
)
def test_a_call_without_the_login_is_refused(
    headers: dict[str, str] | None, tell: Tell, carried_by: Callable[..., Message]
) -> None:
    message = carried_by("postmark")
    assert tell("postmark", postmark(message, "Delivery"), headers) == 403
    assert state_of(message)[0] == State.SENT


def test_without_a_secret_nobody_is_believed(
    tell: Tell, carried_by: Callable[..., Message]
) -> None:
    message = carried_by("postmark", callback_secret="")
    for login in ("", ":", LOGIN):
        assert tell("postmark", postmark(message, "Delivery"), basic(login)) == 403
    assert state_of(message)[0] == State.SENT


def test_mailgun_signs(tell: Tell, carried_by: Callable[..., Message]) -> None:
    message = carried_by("mailgun", domain="mail.example", region="us", callback_secret=SIGNING_KEY)
    assert tell("mailgun", mailgun(message, "delivered", key="another")) == 403
    assert state_of(message)[0] == State.SENT
    assert tell("mailgun", mailgun(message, "delivered")) == 200
    assert state_of(message)[0] == State.DELIVERED


def test_brevo_and_resend_are_read(tell: Tell, carried_by: Callable[..., Message]) -> None:
    message = carried_by("brevo")
    told = {"event": "hard_bounce", "email": ADDRESS, "message-id": message.provider_id}
    assert tell("brevo", told, basic(LOGIN)) == 200
    assert state_of(message)[0] == State.FAILED
    message = carried_by("resend")
    arrived = {"type": "email.delivered", "created_at": "2026-11-30T10:00:00Z"}
    arrived |= {"data": {"email_id": message.provider_id, "to": [ADDRESS], "tags": {}}}  # type: ignore[dict-item]
    assert tell("resend", arrived, basic(LOGIN)) == 200
    assert state_of(message)[0] == State.DELIVERED


@pytest.mark.parametrize("company", ["postmark", "brevo", "resend", "mailgun"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"RecordType": 5}', b'"x"'])
def test_nonsense_changes_nothing(
    body: bytes, company: str, tell: Tell, carried_by: Callable[..., Message]
) -> None:
    message = carried_by(company, **(MAILGUN if company == "mailgun" else {}))
    assert tell(company, body, basic(LOGIN)) in {200, 403}
    assert state_of(message)[0] == State.SENT
