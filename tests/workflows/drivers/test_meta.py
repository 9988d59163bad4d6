"""Meta’s Cloud API against the double."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest

from sandbox.meta import MetaSandbox
from sandbox.meta.sandbox import SECRET, VERIFY
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
from workflows.drivers.meta import MetaDriver

CLARA = "+351915550201"
URL = "https://tenantry.example/webhooks/messages/meta/"


def message(text: str = "See you", **content: Any) -> Outgoing:
    return Outgoing("k1", "whatsapp", CLARA, text, content=content)


def one(driver: MetaDriver, given: Outgoing | None = None) -> Outcome:
    return driver.send([given or message()])[0]


@pytest.fixture
def heard(meta: MetaSandbox, whatsapp: MetaDriver) -> list[News | Reply]:
    found: list[News | Reply] = []

    def receive(url: str, body: bytes, headers: Any) -> int:
        found.extend(whatsapp.hear(body, headers, url))
        return 200

    meta.receiver = receive
    return found


def test_text_goes_out_under_our_key(meta: MetaSandbox, whatsapp: MetaDriver) -> None:
    assert one(whatsapp) == Accepted(meta.taken[0].id)
    assert meta.taken[0].given["biz_opaque_callback_data"] == "k1"
    assert (meta.taken[0].to, meta.taken[0].body) == (CLARA, "See you")


def test_a_template_goes_out_with_its_texts(meta: MetaSandbox, whatsapp: MetaDriver) -> None:
    meta.templates["reminder", "pt_PT"] = 2
    given = message(template="reminder", language="pt_PT", parameters=["Clara", "10:00"])
    assert isinstance(one(whatsapp, given), Accepted)
    assert meta.taken[0].body == "reminder Clara 10:00"
    hello = message(template="hello", provider_name="hello_world", language="en_US", parameters=[])
    assert isinstance(one(whatsapp, hello), Accepted)
    few = message(template="reminder", language="pt_PT", parameters=["Clara"])
    assert one(whatsapp, few) == Refused(_why(132000))
    assert one(whatsapp, message(template="nothing", language="en")) == Refused(_why(132001))


def _why(code: int) -> Any:
    from workflows.drivers.meta import WHY

    return WHY[code]


def test_outside_of_a_conversation_text_is_refused_with_a_sentence(
    meta: MetaSandbox, whatsapp: MetaDriver
) -> None:
    meta.open_to = set()
    found = one(whatsapp)
    assert isinstance(found, Refused)
    assert "approved template" in str(found.reason)


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
        ("refuse", {"code": 131026}, Refused, False),
        ("refuse", {"code": 131042}, TryLater, False),
        ("refuse", {"code": 131056}, TryLater, False),
        ("refuse", {"code": 100}, Refused, False),
    ],
)
def test_what_a_fault_means(
    kind: str,
    details: dict[str, Any],
    outcome: type,
    reaches: bool,
    meta: MetaSandbox,
    whatsapp: MetaDriver,
) -> None:
    meta.fault(kind, **details)
    found = one(whatsapp)
    assert type(found) is outcome
    assert (len(meta.taken), meta.asked) == (int(reaches), 1)
    if kind in {"429", "503"}:
        assert isinstance(found, TryLater)
        assert found.after == timedelta(seconds=40)


def test_a_time_out_after_it_was_taken_is_unclear(
    meta: MetaSandbox, whatsapp: MetaDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "TIMEOUT", (1.0, 0.3))
    meta.fault("lost", seconds=5)
    begun = time.monotonic()
    assert isinstance(one(whatsapp), Unclear)
    assert time.monotonic() - begun < 4.5


def test_a_wrong_key_loses_nothing(meta: MetaSandbox) -> None:
    found = one(MetaDriver({**meta.values, "access_token": "wrong"}, meta.url))
    assert isinstance(found, TryLater)
    assert "refuses our key" in str(found.reason)


def test_statuses_are_news_and_texts_are_replies(
    meta: MetaSandbox, whatsapp: MetaDriver, heard: list[News | Reply]
) -> None:
    one(whatsapp)
    taken = meta.taken[0]
    for status in ("sent", "delivered", "read"):
        meta.tell(URL, taken, status)
    meta.tell(URL, taken, "failed", error_code=131026)
    meta.answer(URL, CLARA, "STOP")
    assert [each.state for each in heard[:4] if isinstance(each, News)] == [
        "sent",
        "delivered",
        "delivered",
        "failed",
    ]
    assert heard[3] == News(taken.id, "failed", "WhatsApp cannot deliver to this number.", key="k1")
    assert heard[4] == Reply(CLARA, "STOP")


def test_a_call_that_meta_did_not_sign_is_not_heard(
    meta: MetaSandbox, whatsapp: MetaDriver
) -> None:
    body, headers = meta.parcel({"statuses": [{"id": "w1", "status": "sent"}]})
    assert whatsapp.hear(body, headers, URL) == [News("w1", "sent")]
    for wrong in ({}, {"X-Hub-Signature-256": ""}, {"X-Hub-Signature-256": "sha256="}):
        with pytest.raises(NotGenuine):
            whatsapp.hear(body, wrong, URL)
    with pytest.raises(NotGenuine):
        whatsapp.hear(body + b" ", headers, URL)
    with pytest.raises(NotGenuine):
        whatsapp.hear(body, {"X-Hub-Signature-256": "sha256=é"}, URL)


def test_without_a_secret_nobody_is_heard(meta: MetaSandbox) -> None:
    driver = MetaDriver({**meta.values, "app_secret": "", "verify_token": ""}, meta.url)
    body, _headers = meta.parcel({})
    import hashlib
    import hmac

    mark = hmac.new(b"", body, hashlib.sha256).hexdigest()
    with pytest.raises(NotGenuine):
        driver.hear(body, {"X-Hub-Signature-256": f"sha256={mark}"}, URL)
    with pytest.raises(NotGenuine):
        driver.greet({"hub.mode": "subscribe", "hub.verify_token": "", "hub.challenge": "1"})


def test_another_number_of_the_same_app_is_not_ours(
    meta: MetaSandbox, whatsapp: MetaDriver
) -> None:
    body, headers = meta.parcel({"statuses": [{"id": "w1", "status": "sent"}]}, number_id="999")
    assert whatsapp.hear(body, headers, URL) == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b'{"entry": [1]}', b'{"entry": 5}', b"\xff"]
)
def test_a_genuine_call_of_a_strange_shape_says_nothing(
    body: bytes, meta: MetaSandbox, whatsapp: MetaDriver
) -> None:
    import hashlib
    import hmac

    mark = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert whatsapp.hear(body, {"X-Hub-Signature-256": f"sha256={mark}"}, URL) == []


def test_the_address_is_greeted_with_the_challenge(whatsapp: MetaDriver) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
    assert whatsapp.greet(asked) == "1158201444"
    for wrong in ({"hub.verify_token": "x"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}):
        with pytest.raises(NotGenuine):
            whatsapp.greet({**asked, **wrong})


def test_meta_is_asked_in_one_version_and_only_there(
    meta: MetaSandbox, whatsapp: MetaDriver
) -> None:
    assert whatsapp.url.startswith(f"{meta.url}/v")
    assert MetaDriver(meta.values).url.startswith("https://graph.facebook.com/v")
    assert json.dumps(meta.values) not in whatsapp.url
