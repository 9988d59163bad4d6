"""Whether a notification comes from Mercado Pago: its own rule, whatever casing and unit it is written in."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mercadopago.webhook import validator

from billing.gateways.base import NotGenuine, Notification
from billing.gateways.mercadopago import MercadoPagoGateway
from billing.gateways.mercadopago.signatures import BEHIND, manifest, signature
from sandbox.mercadopago.courier import signature as doubles_signature
from tests.billing.mercadopago.shop import a_notification, signed

SECRET = "your_secret_key_here"
ORDER = "ORD01JQ4S4KY8HWQ6NA5PXB65B3D3"
NUMBER = "2066ca19-c6f1-498a-be75-1923005edd06"
STAMP = "1742505638683"
AS_WRITTEN = "fb15ae6472eb449173c556793205d77787d58f384d183bb5bc3b724c27bd103c"
IN_SMALL_LETTERS = "633f91233312dd391ec75fa0bea539cfc2d6c4918873305b84a96cc1c58db71c"
AT = datetime.fromtimestamp(int(STAMP) / 1000, UTC)


def gateway(**secrets: str) -> MercadoPagoGateway:
    return MercadoPagoGateway(
        "test", {"access_token": "TEST-1", "webhook_secret": SECRET, **secrets}
    )


def verify(
    content: Any, headers: dict[str, str], now: datetime = AT, **secrets: str
) -> Notification:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return gateway(**secrets).verify(body, headers, now)


def headers(mark: str, stamp: str = STAMP, **more: str) -> dict[str, str]:
    return {"X-Request-Id": NUMBER, "X-Signature": f"ts={stamp},v1={mark}", **more}


def reason(content: Any, given: dict[str, str], now: datetime = AT, **secrets: str) -> str:
    with pytest.raises(NotGenuine) as refused:
        verify(content, given, now, **secrets)
    return refused.value.reason


@pytest.mark.parametrize(
    ("about", "mark"), [(ORDER, AS_WRITTEN), (ORDER.lower(), IN_SMALL_LETTERS)]
)
def test_signature_is_the_one_that_was_computed_by_hand(about: str, mark: str) -> None:
    assert manifest(about, NUMBER, STAMP) == f"id:{about};request-id:{NUMBER};ts:{STAMP};"
    assert signature(manifest(about, NUMBER, STAMP), SECRET) == mark


@pytest.mark.parametrize("mark", [AS_WRITTEN, IN_SMALL_LETTERS])
def test_id_is_signed_in_either_casing(mark: str) -> None:
    found = verify(a_notification(ORDER), headers(mark))
    assert found.object_id == ORDER


def test_double_signs_alike() -> None:
    assert (
        doubles_signature(ORDER, NUMBER, int(STAMP), SECRET) == f"ts={STAMP},v1={IN_SMALL_LETTERS}"
    )


@pytest.mark.parametrize("mark", [AS_WRITTEN, IN_SMALL_LETTERS])
def test_id_may_stand_in_the_address_alone(mark: str) -> None:
    content = a_notification()
    del content["data"]
    path = f"/webhooks/mercadopago/?data.id={ORDER}&type=payment"
    assert verify(content, headers(mark, **{":path": path})).object_id == ORDER


def test_what_was_signed_is_what_is_looked_at() -> None:
    """The body is not signed: another id in it leads nowhere."""
    path = f"/webhooks/mercadopago/?data.id={ORDER}"
    assert verify(a_notification("999"), headers(AS_WRITTEN, **{":path": path})).object_id == ORDER
    assert reason(a_notification("999"), headers(AS_WRITTEN)) == "bad signature"


def test_a_number_is_an_id_too() -> None:
    body, given = signed(a_notification(), SECRET)
    content = json.loads(body)
    content["data"]["id"] = int(content["data"]["id"])
    assert verify(content, given, datetime.now(UTC)).object_id == "1"


def test_request_without_a_number_is_signed_without() -> None:
    mark = signature(f"id:1;ts:{STAMP};", SECRET)
    given = {"x-signature": f"ts={STAMP},v1={mark}"}
    assert verify(a_notification(), given).object_id == "1"


# Time


@pytest.mark.parametrize("unit", [1, 1000])
@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(0), ""),
        (timedelta(minutes=-4), ""),
        (timedelta(minutes=-6), "from the future"),
        (timedelta(hours=2), ""),
        (BEHIND - timedelta(minutes=1), ""),
        (BEHIND + timedelta(minutes=1), "too old"),
    ],
)
def test_time_may_be_off_in_either_direction(unit: int, ago: timedelta, told: str) -> None:
    now = AT.replace(microsecond=0)
    stamp = int((now - ago).timestamp()) * unit
    body, given = signed(a_notification(), SECRET, stamp=stamp)
    if told:
        assert reason(body, given, now) == told
    else:
        assert verify(body, given, now)


def test_sdks_own_validator_refuses_a_fresh_stamp_in_milliseconds() -> None:
    """Why there is one of ours; when this fails it can go."""
    body, given = signed(a_notification(), SECRET, stamp=int(time.time() * 1000))
    with pytest.raises(validator.InvalidWebhookSignatureError):
        validator.WebhookSignatureValidator.validate(
            given["x-signature"], given["x-request-id"], "1", SECRET, tolerance_seconds=300
        )
    assert verify(body, given, datetime.now(UTC))


# Refused


@pytest.mark.parametrize(
    "value",
    ["", "v1=abc", f"ts={STAMP}", "ts=,v1=abc", "ts=soon,v1=abc", "ts=١٢٣,v1=abc",
     f"ts={STAMP},v1=é", "ts=99999999999999999,v1=abc", "=,=,=", "ts"],
)  # fmt: skip
def test_header_that_says_nothing(value: str) -> None:
    given = {"x-request-id": NUMBER, "x-signature": value}
    assert reason(a_notification(), given) == "no signature"


def test_no_header_at_all() -> None:
    assert reason(a_notification(), {}) == "no signature"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not json"),
        (b"{", "not json"),
        (b"\xff\xfe", "not json"),
        (b"[" * 100_000, "not json"),
        (b"[]", "no event"),
        (b"null", "no event"),
        (b"{}", "bad signature"),
        (b'{"data": []}', "bad signature"),
        (b'{"data": {"id": null}}', "bad signature"),
        (b'{"data": {"id": true}}', "bad signature"),
        (b'{"data": {"id": ""}}', "bad signature"),
        (b'{"data": {"id": {"id": 1}}}', "bad signature"),
    ],
)
def test_body_that_says_nothing(content: bytes, told: str) -> None:
    """A signature on no id at all would be one on anything."""
    mark = signature(f"request-id:{NUMBER};ts:{STAMP};", SECRET)
    assert reason(content, headers(mark)) == told


@pytest.mark.parametrize("about", ["a b", "\x00", "\ud800", "é", "x" * 101, "", " "])
def test_id_is_one_plain_word(about: str) -> None:
    mark = signature(f"id:;request-id:{NUMBER};ts:{STAMP};", SECRET)
    assert reason(a_notification(about), headers(mark)) == "bad signature"


def test_what_is_not_signed_cannot_break_the_inbox() -> None:
    """Number, topic and action may be anything: they are kept as plain words, or not at all."""
    for odd in ("\x00", "\ud800", {}, [], None, 1.5, "x" * 999):
        content = a_notification(1, name=odd, type=odd, action=odd, date_created=odd)
        mark = signature(manifest("1", NUMBER, STAMP), SECRET)
        found = verify(content, headers(mark))
        assert (found.event_id, found.kind, found.occurred_at) == (f"{NUMBER}:1", "", None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["data", "id", "type"]), inner),
)


@given(JSON, st.text(), st.text(), st.text())
def test_nothing_that_strangers_send_is_more_than_refused(
    content: Any, mark: str, number: str, path: str
) -> None:
    given = {"x-signature": f"ts={STAMP},v1={mark}", "x-request-id": number, ":path": path}
    with pytest.raises(NotGenuine):
        verify(json.dumps(content).encode(), given)


def test_address_with_too_many_fields_says_nothing() -> None:
    path = "/webhooks/mercadopago/?" + "&".join(f"a{number}=1" for number in range(100))
    content = a_notification()
    del content["data"]
    assert reason(content, headers(AS_WRITTEN, **{":path": path})) == "bad signature"


@pytest.mark.parametrize(
    "changes",
    [{"x-request-id": "another"}, {"x-signature": f"ts={int(STAMP) + 1},v1={AS_WRITTEN}"}],
)
def test_nothing_that_is_signed_can_be_changed(changes: dict[str, str]) -> None:
    given = {"x-request-id": NUMBER, "x-signature": f"ts={STAMP},v1={AS_WRITTEN}"}
    assert verify(a_notification(ORDER), given)
    assert reason(a_notification(ORDER), given | changes) == "bad signature"


def test_without_a_secret_nobody_is_genuine() -> None:
    mark = signature(manifest("1", NUMBER, STAMP), "")
    assert reason(a_notification(), headers(mark), webhook_secret="") == "bad signature"
    assert reason(a_notification(), headers(mark), webhook_secret=" ") == "bad signature"


def test_secret_before_is_valid_as_long_as_it_was_said() -> None:
    body, given = signed(a_notification(), "the one before", stamp=int(STAMP))
    old = {
        "old_webhook_secret": "the one before",
        "old_webhook_secret_until": (AT + timedelta(hours=1)).isoformat(),
    }
    assert verify(body, given, AT, **old)
    assert reason(body, given, AT + timedelta(hours=2), **old) == "bad signature"


# What the inbox keeps


def test_notification_as_the_inbox_keeps_it() -> None:
    body, given = signed(a_notification(77, name=5), SECRET, stamp=int(STAMP))
    found = verify(body, given)
    assert (found.event_id, found.kind, found.object_id) == ("5:77", "payment.updated", "77")
    assert (found.environment, found.payload["id"]) == ("test", 5)
    assert found.occurred_at == datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"type": "chargebacks", "action": "created"}, "chargebacks"),
        ({"type": "payment", "action": None}, "payment"),
        ({"type": "payment", "action": "payment.created"}, "payment.created"),
        ({"type": None, "action": None}, ""),
    ],
)
def test_kind_is_the_topic_and_what_happened(changes: dict[str, Any], kind: str) -> None:
    body, given = signed(a_notification(**changes), SECRET, stamp=int(STAMP))
    assert verify(body, given).kind == kind


@pytest.mark.parametrize(("live", "environment"), [(True, "live"), (False, "test"), ("no", "test")])
def test_live_mode_says_which_environment(live: Any, environment: str) -> None:
    body, given = signed(a_notification(live_mode=live), SECRET, stamp=int(STAMP))
    assert verify(body, given).environment == environment


def test_notification_without_a_number_goes_by_that_of_its_request() -> None:
    content = a_notification()
    del content["id"]
    body, given = signed(content, SECRET, stamp=int(STAMP))
    assert verify(body, given).event_id == f"{given['x-request-id']}:1"
