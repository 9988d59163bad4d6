"""Webhooks: signed, named by their key, and sent again rather than lost."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from plans.event_types import EventType, Facts
from saas.core.clock import now
from saas.core.secrets import decrypt, encrypt
from tests.workflows.drivers.test_outgoing import Receiver
from workflows.actions import webhook as action
from workflows.actions.base import Case
from workflows.drivers.base import Accepted, Outcome, Outgoing, Refused, TryLater
from workflows.drivers.webhook import WebhookDriver
from workflows.models import Workflow

SECRET = "whsec_of_the_test_only"


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    settings.OUTGOING_TRUSTED = frozenset({server.origin})
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


def send(url: str, secret: str = "") -> Outcome:
    content = {"url": url, "secret": secret or encrypt(SECRET), "body": '{"name": "Zoë"}'}
    return WebhookDriver().send([Outgoing("k1", "webhook", url, "", content=content)])[0]


def test_what_arrives_is_signed_and_named(receiver: Receiver) -> None:
    assert send(f"{receiver.origin}/status/200") == Accepted()
    _path, headers, body = receiver.got[0]
    assert headers["Tenantry-Message"] == "k1"
    stamp, mark = (part.partition("=")[2] for part in headers["Tenantry-Signature"].split(","))
    mine = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert mark == mine
    assert json.loads(body) == {"name": "Zoë"}
    assert abs(int(stamp) - now().timestamp()) < 60


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/status/200", Accepted),
        ("/status/204", Accepted),
        ("/status/400", Refused),
        ("/status/404", Refused),
        ("/status/410", Refused),
        ("/status/408", TryLater),
        ("/status/429", TryLater),
        ("/status/500", TryLater),
        ("/status/503", TryLater),
        ("/to", Refused),
    ],
)
def test_what_an_answer_means(path: str, outcome: type, receiver: Receiver) -> None:
    found = send(f"{receiver.origin}{path}")
    assert type(found) is outcome
    if path == "/status/429":
        assert isinstance(found, TryLater)
        assert found.after == timedelta(seconds=17)
    assert len(receiver.got) == 1


def test_silence_is_tried_again_since_the_key_tells_repetitions(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saas.core.outgoing.post.__kwdefaults__", {"whole": 0.5})
    assert isinstance(send(f"{receiver.origin}/silent"), TryLater)
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://169.254.169.254/latest/meta-data/", "http://x.org/"]
)
def test_an_address_is_checked_when_it_is_called_too(url: str) -> None:
    """However it came into the settings."""
    assert isinstance(send(url), Refused)


def test_a_secret_that_cannot_be_read_sends_nothing(receiver: Receiver) -> None:
    assert isinstance(send(f"{receiver.origin}/status/200", "nonsense"), Refused)
    assert receiver.got == []


# The action

EVENT = EventType("test.happened", "Happened", {"customer.name": "Clara"})


def form(**given: Any) -> Any:
    return action.form(EVENT, None)(given)


def test_the_form_refuses_an_address_with_its_sentence(receiver: Receiver) -> None:
    filled = form(url="https://127.0.0.1/", secret=SECRET)
    assert not filled.is_valid()
    assert "public internet" in filled.errors["url"][0] or "ours" in filled.errors["url"][0]
    metadata = form(url="https://169.254.169.254/", secret=SECRET)
    assert metadata.errors["url"] == ["That address is not on the public internet."]


def test_the_form_keeps_the_secret_encrypted_and_shows_it_again(receiver: Receiver) -> None:
    filled = form(url=f"{receiver.origin}/status/200", secret=SECRET)
    assert filled.is_valid(), filled.errors
    stored = filled.cleaned_data
    assert SECRET not in json.dumps(stored)
    assert decrypt(stored["secret"]) == SECRET
    again = action.form(EVENT, None)(initial=stored)
    assert again["secret"].value() == SECRET
    assert again["url"].value() == stored["url"]


def test_a_new_action_comes_with_a_secret_of_its_own() -> None:
    first, second = (action.form(EVENT, None)()["secret"].value() for _ in range(2))
    assert first.startswith("whsec_")
    assert first != second
    assert not form(url="https://example.org/", secret="short").is_valid()


def test_the_message_says_what_the_event_says(receiver: Receiver) -> None:
    case = Case(
        workflow=Workflow(name="Tell them"),
        tenant=None,
        event=EVENT,
        payload={"customer_id": 7},
        facts=Facts(fields={"customer.name": "Zoë"}),
        now=now(),
        key="5:6:7",
    )
    settings = {"url": f"{receiver.origin}/status/200", "secret": encrypt(SECRET)}
    (message,) = action.draft(case, settings)
    assert (message.key, message.channel, message.units) == ("5:6:7:0", "webhook", 1)
    body = json.loads(message.content["body"])
    assert body["event"] == "test.happened"
    assert body["fields"] == {"customer.name": "Zoë"}
    assert SECRET not in json.dumps(message.content)
    outgoing = Outgoing(
        message.key, "webhook", message.address, message.text, content=message.content
    )
    assert WebhookDriver().send([outgoing]) == [Accepted()]


def test_the_exhausted_channel_is_of_no_concern_to_webhooks() -> None:
    assert action.KIND.channel == "webhook"
    assert isinstance(action.KIND.draft, Callable)  # type: ignore[arg-type]
