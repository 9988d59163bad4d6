"""Twilio, driven through its SDK against the double: what each answer means for the message."""

import socket
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from sandbox.twilio import TwilioSandbox
from sandbox.twilio.sandbox import INVALID
from workflows.drivers import http
from workflows.drivers.base import (
    Accepted,
    News,
    NotGenuine,
    Outcome,
    Outgoing,
    Refused,
    Reply,
    TryLater,
    Unclear,
)
from workflows.drivers.twilio import TwilioDriver

CLARA = "+351915550201"


def message(
    key: str = "k1", to: str = CLARA, text: str = "See you at 10:00", **content: Any
) -> Outgoing:
    return Outgoing(key, "sms", to, text, content=content)


def one(driver: TwilioDriver, *given: Outgoing) -> Outcome:
    found: Sequence[Outcome] = driver.send(given or [message()])
    assert len(found) == len(given or [1])
    return found[0]


@pytest.fixture
def heard(twilio: TwilioSandbox, sms: TwilioDriver) -> list[News | Reply]:
    """What the driver makes of every call of the double."""
    found: list[News | Reply] = []

    def receive(url: str, body: bytes, headers: Any) -> int:
        found.extend(sms.hear(body, headers, url))
        return 204

    twilio.receiver = receive
    return found


def test_an_accepted_message_has_twilios_id(twilio: TwilioSandbox, sms: TwilioDriver) -> None:
    outcome = one(sms)
    assert outcome == Accepted(twilio.taken[0].id)
    assert (twilio.taken[0].to, twilio.taken[0].body) == (CLARA, "See you at 10:00")
    assert twilio.taken[0].given["StatusCallback"].endswith("/webhooks/messages/twilio/?key=k1")


def test_several_have_their_outcomes_in_order(twilio: TwilioSandbox, sms: TwilioDriver) -> None:
    found = sms.send([message("a"), message("b", to=INVALID), message("c")])
    assert [type(each) for each in found] == [Accepted, Refused, Accepted]


@pytest.mark.parametrize(
    ("kind", "details", "outcome", "reaches"),
    [
        ("429", {"seconds": 40}, TryLater, False),
        ("503", {"seconds": 40}, TryLater, False),
        ("key", {}, TryLater, False),
        ("500", {}, Unclear, False),
        ("connection", {}, Unclear, False),
        ("after", {}, Unclear, True),
        ("garbled", {}, Unclear, True),
        ("refuse", {"code": 21211}, Refused, False),
        ("refuse", {"code": 21610}, Refused, False),
        ("refuse", {"code": 21408}, TryLater, False),
        ("refuse", {"code": 12345}, Refused, False),
    ],
)
def test_what_a_fault_means(
    kind: str,
    details: dict[str, Any],
    outcome: type,
    reaches: bool,
    twilio: TwilioSandbox,
    sms: TwilioDriver,
) -> None:
    twilio.fault(kind, **details)
    found = one(sms)
    assert type(found) is outcome
    assert (len(twilio.taken), twilio.asked) == (int(reaches), 1), "it is asked once, never again"
    if kind in {"429", "503"}:
        assert isinstance(found, TryLater)
        assert found.after == timedelta(seconds=40)


def test_a_time_out_after_it_was_taken_is_unclear(
    twilio: TwilioSandbox, sms: TwilioDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", (1.0, 0.3))
    twilio.fault("lost", seconds=5)
    begun = time.monotonic()
    assert isinstance(one(sms), Unclear)
    assert time.monotonic() - begun < 4.5
    assert len(twilio.taken) == 1


def test_where_nobody_listens_it_certainly_did_not_leave(twilio: TwilioSandbox) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    assert isinstance(one(TwilioDriver("twilio", twilio.values, url)), TryLater)


def test_a_wrong_key_loses_nothing(twilio: TwilioSandbox) -> None:
    driver = TwilioDriver("twilio", {**twilio.values, "auth_token": "wrong"}, twilio.url)
    found = one(driver)
    assert isinstance(found, TryLater)
    assert "refuses our key" in str(found.reason)
    assert found.after >= timedelta(minutes=5)


def test_whoever_answered_stop_is_refused_and_opted_out(
    twilio: TwilioSandbox, sms: TwilioDriver
) -> None:
    twilio.stopped.add(CLARA)
    found = one(sms)
    assert isinstance(found, Refused)
    assert found.opts_out
    assert not one(sms, message(to=INVALID)).opts_out  # type: ignore[union-attr]


def test_the_environments_proxy_and_netrc_are_not_used(
    twilio: TwilioSandbox, sms: TwilioDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert isinstance(one(sms), Accepted)


def test_over_whatsapp_numbers_are_marked_and_templates_named(twilio: TwilioSandbox) -> None:
    driver = TwilioDriver("twilio_whatsapp", twilio.values, twilio.url)
    driver.send(
        [
            message(template="reminder", provider_name="HX123", parameters=["Clara", "10:00"]),
            message(text="Hello"),
        ]
    )
    first, second = (each.given for each in twilio.taken)
    assert (first["To"], first["From"]) == (
        f"whatsapp:{CLARA}",
        f"whatsapp:{twilio.values['sender']}",
    )
    assert (first["ContentSid"], first["ContentVariables"]) == (
        "HX123",
        '{"1": "Clara", "2": "10:00"}',
    )
    assert second["Body"] == "Hello"
    assert first["StatusCallback"].endswith("/webhooks/messages/twilio_whatsapp/?key=k1")


def test_a_messaging_service_takes_the_place_of_a_number(twilio: TwilioSandbox) -> None:
    driver = TwilioDriver("twilio", {**twilio.values, "sender": "MG" + "a" * 32}, twilio.url)
    assert isinstance(one(driver), Accepted)
    assert twilio.taken[0].given["MessagingServiceSid"] == "MG" + "a" * 32


def test_no_callback_is_asked_for_at_an_address_that_the_internet_does_not_know(
    twilio: TwilioSandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.drivers.twilio.TWILIOS", twilio.url)
    driver = TwilioDriver("twilio", twilio.values)
    assert "status_callback" not in driver._letter(message())
    settings.PLATFORM_URL = "https://tenantry.example"
    assert (
        driver._letter(message())["status_callback"]
        == "https://tenantry.example/webhooks/messages/twilio/?key=k1"
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("queued", ""),
        ("sending", ""),
        ("sent", "sent"),
        ("delivered", "delivered"),
        ("read", "delivered"),
        ("undelivered", "failed"),
        ("failed", "failed"),
    ],
)
def test_a_status_is_news(
    status: str, state: str, twilio: TwilioSandbox, sms: TwilioDriver, heard: list[News | Reply]
) -> None:
    one(sms)
    twilio.tell(twilio.taken[0], status, error_code=30005 if state == "failed" else 0)
    if not state:
        assert heard == []
        return
    assert isinstance(heard[0], News)
    assert (heard[0].provider_id, heard[0].state) == (twilio.taken[0].id, state)
    assert heard[0].reason == ("The number is not in use." if state == "failed" else "")


def test_a_late_stop_opts_out(
    twilio: TwilioSandbox, sms: TwilioDriver, heard: list[News | Reply]
) -> None:
    one(sms)
    twilio.tell(twilio.taken[0], "failed", error_code=21610)
    assert heard[0].opts_out  # type: ignore[union-attr]


def test_what_is_written_back_is_a_reply(twilio: TwilioSandbox, heard: list[News | Reply]) -> None:
    url = "http://localhost/webhooks/messages/twilio/"
    twilio.answer(url, CLARA, "Stop")
    twilio.answer(url, f"whatsapp:{CLARA}", "START ü & more")
    assert heard == [Reply(CLARA, "Stop"), Reply(CLARA, "START ü & more")]
    twilio.answer(url, CLARA, "")
    assert heard[2] == Reply(CLARA, "")


def test_a_call_that_twilio_did_not_sign_is_not_heard(
    twilio: TwilioSandbox, sms: TwilioDriver
) -> None:
    url = "https://tenantry.example/webhooks/messages/twilio/?key=k1"
    call = {"MessageSid": "SM1", "MessageStatus": "delivered", "AccountSid": twilio.account}
    body = "&".join(f"{name}={value}" for name, value in call.items()).encode()
    mark = twilio.sign(url, call)
    assert sms.hear(body, {"X-Twilio-Signature": mark}, url)
    assert sms.hear(body, {"x-twilio-signature": mark}, url)
    for wrong in ({}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "x" + mark[1:]}):
        with pytest.raises(NotGenuine):
            sms.hear(body, wrong, url)
    with pytest.raises(NotGenuine):
        sms.hear(body + b"&ErrorCode=30003", {"X-Twilio-Signature": mark}, url)
    with pytest.raises(NotGenuine):
        sms.hear(body, {"X-Twilio-Signature": mark}, f"{url}?a=b")
    with pytest.raises(NotGenuine):
        sms.hear(b"\xff\xfe", {"X-Twilio-Signature": mark}, url)
    with pytest.raises(NotGenuine):
        sms.hear(body, {"X-Twilio-Signature": "é"}, url)


def test_a_parameter_that_is_repeated_cannot_hide_another(
    twilio: TwilioSandbox, sms: TwilioDriver
) -> None:
    url = "https://tenantry.example/webhooks/messages/twilio/?key=k1"
    mark = twilio.sign(url, {"MessageSid": "SM1", "MessageStatus": "sent"})
    with pytest.raises(NotGenuine):
        sms.hear(
            b"MessageSid=SM1&MessageStatus=sent&MessageStatus=delivered",
            {"X-Twilio-Signature": mark},
            url,
        )


def test_another_account_is_not_heard(twilio: TwilioSandbox, sms: TwilioDriver) -> None:
    url = "https://tenantry.example/webhooks/messages/twilio/?key=k1"
    call = {"MessageSid": "SM1", "MessageStatus": "sent", "AccountSid": "AC0"}
    with pytest.raises(NotGenuine):
        sms.hear(
            b"MessageSid=SM1&MessageStatus=sent&AccountSid=AC0",
            {"X-Twilio-Signature": twilio.sign(url, call)},
            url,
        )
