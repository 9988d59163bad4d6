"""The doubles of Twilio and Meta: what the tests of the drivers and of delivery lean on."""

import json
from base64 import b64encode
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from sandbox.carriers.faults import Fault, Plan
from sandbox.carriers.server import Carrier
from sandbox.meta import MetaSandbox
from sandbox.meta.sandbox import NUMBER_ID, TOKEN
from sandbox.twilio import TwilioSandbox

CLARA = "+351915550201"


@pytest.fixture
def twilio() -> Iterator[TwilioSandbox]:
    with TwilioSandbox() as running:
        yield running


@pytest.fixture
def meta() -> Iterator[MetaSandbox]:
    with MetaSandbox() as running:
        yield running


def ask(carrier: Carrier, path: str, body: str, **headers: str) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", carrier.server.server_address[1], timeout=5)
    try:
        connection.request("POST", path, body, headers)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()


def to_twilio(twilio: TwilioSandbox, key: str = "", **given: str) -> tuple[int, Any]:
    mark = b64encode(f"{twilio.account}:{key or twilio.token}".encode()).decode()
    path = f"/2010-04-01/Accounts/{twilio.account}/Messages.json"
    body = urlencode({"To": CLARA, "From": "+15005550006", "Body": "Hi", **given})
    return ask(twilio, path, body, Authorization=f"Basic {mark}")


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ({}, 201, None),
        ({"key": "wrong"}, 401, 20003),
        ({"To": "12"}, 400, 21211),
        ({"To": "+15005550001"}, 400, 21211),
        ({"From": ""}, 400, 21603),
        ({"Body": ""}, 400, 21602),
        ({"Body": "x" * 1601}, 400, 21617),
    ],
)
def test_twilio_takes_and_refuses(
    given: dict[str, str], status: int, code: int | None, twilio: TwilioSandbox
) -> None:
    found, said = to_twilio(twilio, **given)
    assert found == status
    assert said.get("code") == code
    assert len(twilio.taken) == (status == 201)


def test_twilios_signature_is_the_one_of_its_sdk(twilio: TwilioSandbox) -> None:
    url, call = "https://tenantry.example/webhooks/", {"b": "ü", "a": "1"}
    assert twilio.sign(url, call) == RequestValidator(twilio.token).compute_signature(url, call)


def test_a_number_that_answered_stop_gets_nothing_until_start(twilio: TwilioSandbox) -> None:
    twilio.receiver = lambda url, body, headers: 204
    twilio.answer("http://localhost/", CLARA, "Stop")
    assert to_twilio(twilio)[1]["code"] == 21610
    twilio.answer("http://localhost/", CLARA, "START")
    assert to_twilio(twilio)[0] == 201


def test_callbacks_are_repeated_on_demand(twilio: TwilioSandbox) -> None:
    heard: list[bytes] = []
    twilio.receiver = lambda url, body, headers: heard.append(body) or 204  # type: ignore[func-returns-value]
    to_twilio(twilio, StatusCallback="http://localhost/")
    assert twilio.tell(twilio.taken[0], "delivered", copies=3) == [204] * 3
    assert len(set(heard)) == 1


def test_what_comes_twice_is_counted(twilio: TwilioSandbox) -> None:
    for text in ("a", "b", "a"):
        to_twilio(twilio, Body=text)
    assert twilio.repeated() == {(CLARA, "a"): 2}


def to_meta(meta: MetaSandbox, key: str = TOKEN, **given: Any) -> tuple[int, Any]:
    body = {
        "messaging_product": "whatsapp",
        "to": CLARA,
        "type": "text",
        "text": {"body": "Hi"},
        **given,
    }
    path = f"/v24.0/{NUMBER_ID}/messages"
    return ask(meta, path, json.dumps(body), Authorization=f"Bearer {key}")


def test_meta_takes_and_refuses(meta: MetaSandbox) -> None:
    status, said = to_meta(meta)
    assert status == 200
    assert said["messages"][0]["id"] == meta.taken[0].id
    assert to_meta(meta, key="wrong")[0] == 401
    assert to_meta(meta, to="nobody")[1]["error"]["code"] == 100
    unknown = {"name": "x", "language": {"code": "en"}}
    assert to_meta(meta, type="template", template=unknown)[1]["error"]["code"] == 132001
    meta.open_to = set()
    assert to_meta(meta)[1]["error"]["code"] == 131047
    assert len(meta.taken) == 1


def test_faults_come_in_order_and_are_used_up(twilio: TwilioSandbox) -> None:
    twilio.fault("429", times=2, seconds=7)
    twilio.fault("500")
    assert [to_twilio(twilio)[0] for _ in range(4)] == [429, 429, 500, 201]
    with pytest.raises(ValueError, match="Unknown fault"):
        twilio.fault("nonsense")


def test_faults_by_chance_are_the_same_for_the_same_seed() -> None:
    def rolled(seed: int) -> list[str]:
        plan = Plan()
        plan.by_chance(0.1, [Fault("500"), Fault("after")], seed)
        return [fault.kind if (fault := plan.strike()) else "" for _ in range(1000)]

    assert rolled(1) == rolled(1) != rolled(2)
    assert 60 < sum(map(bool, rolled(1))) < 140
