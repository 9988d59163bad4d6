"""Which notifications are Stripe's: signature, time, secrets, form."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from billing.gateways.base import NotGenuine, Notification
from billing.gateways.stripe import StripeGateway
from sandbox.stripe.testing import StripeSandbox

STAMP = 1_700_000_000
AT = datetime.fromtimestamp(STAMP, UTC)
BODY = b'{"id":"evt_1","object":"event"}'
SIGNED = "0c8670ed117751cc551a20e35839447075c42800ea3cf3e8a2fbda99cd1e6edd"
"""Of BODY at STAMP under `whsec_test_secret`, computed with other means."""
SECRET = "whsec_test_secret"


def verify(
    body: bytes = BODY,
    signature: str = f"t={STAMP},v1={SIGNED}",
    now: datetime = AT,
    environment: str = "test",
    **secrets: str,
) -> Notification:
    given = {"secret_key": "sk_test_1", "webhook_secret": SECRET} | secrets
    gateway = StripeGateway(environment, given)
    return gateway.verify(body, {"Stripe-Signature": signature}, now)


def signed(body: bytes, secret: str = SECRET, stamp: int = STAMP) -> str:
    mark = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mark}"


def event(**fields: Any) -> bytes:
    return json.dumps({"id": "evt_1", "object": "event", "type": "x.y"} | fields).encode()


def refused(**how: Any) -> str:
    with pytest.raises(NotGenuine) as caught:
        verify(**how)
    return caught.value.reason


def test_computed_signature_is_genuine() -> None:
    assert verify() == Notification("evt_1", "", "", "test", {"id": "evt_1", "object": "event"})


def test_what_the_double_signs_is_genuine_here_and_for_the_sdk() -> None:
    with StripeSandbox(AT) as sandbox:
        sandbox.client().v1.products.create({"name": "Team"})
        made = sandbox.events("product.created")[0]
        body, headers = sandbox.parcel(made["id"])
        gateway = StripeGateway("sandbox", {"webhook_secret": sandbox.webhook_secret}, sandbox.url)
        told = gateway.verify(body, headers, datetime.now(UTC))
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], sandbox.webhook_secret)
    about = made["data"]["object"]["id"]
    assert (told.kind, told.object_id, told.environment) == ("product.created", about, "sandbox")
    assert told.occurred_at == AT


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [(0, ""), (300, ""), (301, "too old"), (-300, ""), (-301, "from the future"),
     (86_400, "too old"), (-86_400, "from the future")],
)  # fmt: skip
def test_time_of_a_signature_is_near_ours_in_both_directions(seconds: int, reason: str) -> None:
    now = AT + timedelta(seconds=seconds)
    if reason:
        assert refused(now=now) == reason
    else:
        assert verify(now=now).event_id == "evt_1"


@pytest.mark.parametrize(
    ("signature", "reason"),
    [
        ("", "no signature"),
        ("nonsense", "no signature"),
        (f"t={STAMP}", "no signature"),
        (f"v1={SIGNED}", "no signature"),
        (f"t=,v1={SIGNED}", "no signature"),
        (f"t=1e9,v1={SIGNED}", "no signature"),
        (f"t=-{STAMP},v1={SIGNED}", "no signature"),
        (f"t={'9' * 40},v1={SIGNED}", "no signature"),
        (f"t={STAMP},v0={SIGNED}", "no signature"),
        (f"t={STAMP},v1=é", "no signature"),
        (f"t={STAMP},v1={SIGNED[:-1]}0", "bad signature"),
        (f"t={STAMP + 1},v1={SIGNED}", "bad signature"),
        (f"t={STAMP},v1={SIGNED.upper()}", "bad signature"),
    ],
)
def test_wrong_signatures_are_refused(signature: str, reason: str) -> None:
    assert refused(signature=signature) == reason


def test_no_header_is_no_signature() -> None:
    gateway = StripeGateway("test", {"webhook_secret": SECRET})
    with pytest.raises(NotGenuine, match="no signature"):
        gateway.verify(BODY, {}, AT)


@pytest.mark.parametrize("name", ["Stripe-Signature", "stripe-signature", "STRIPE-SIGNATURE"])
def test_header_is_found_however_it_is_written(name: str) -> None:
    headers: Mapping[str, str] = {name: f"t={STAMP},v1={SIGNED}"}
    assert StripeGateway("test", {"webhook_secret": SECRET}).verify(BODY, headers, AT)


def test_changed_body_is_refused() -> None:
    assert refused(body=BODY.replace(b"evt_1", b"evt_2")) == "bad signature"


def test_one_of_several_signatures_is_enough() -> None:
    assert verify(signature=f"t={STAMP},v0=x,v1={'0' * 64},v1={SIGNED}").event_id == "evt_1"


def test_without_a_secret_nothing_is_genuine() -> None:
    signature = signed(BODY, "")
    assert refused(signature=signature, webhook_secret="") == "bad signature"
    assert refused(signature=signature, webhook_secret="   ") == "bad signature"


def test_secret_before_is_valid_as_long_as_was_said() -> None:
    rotated = {"webhook_secret": "whsec_new", "old_webhook_secret": SECRET}
    until = {"old_webhook_secret_until": (AT + timedelta(hours=1)).isoformat()}
    assert verify(**rotated, **until).event_id == "evt_1"
    assert verify(signature=signed(BODY, "whsec_new"), **rotated, **until).event_id == "evt_1"
    for wrong in (AT.isoformat(), "", "soon", "2099-01-01T00:00:00"):
        assert refused(**rotated, old_webhook_secret_until=wrong) == "bad signature"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not json"),
        (b"{", "not json"),
        (b"\xff\xfe", "not json"),
        (b"[" * 100_000, "not json"),
        (b"[]", "no event"),
        (b"1", "no event"),
        (b"{}", "no event"),
        (b'{"object":"event"}', "no event"),
        (b'{"object":"event","id":7}', "no event"),
        (b'{"object":"event","id":""}', "no event"),
        (b'{"object":"v2.core.event","id":"evt_1"}', "no event"),
        (event(id="e" * 256), "no event"),
    ],
)
def test_signed_nonsense_is_refused(body: bytes, reason: str) -> None:
    assert refused(body=body, signature=signed(body)) == reason


@pytest.mark.parametrize(
    "data", [None, 1, {}, {"object": None}, {"object": []}, {"object": {"id": None}}]
)
def test_event_about_nothing_is_about_nothing(data: Any) -> None:
    body = event(data=data, created="yesterday")
    told = verify(body=body, signature=signed(body))
    assert (told.object_id, told.occurred_at) == ("", None)


@pytest.mark.parametrize(
    ("livemode", "environment", "told"),
    [(True, "live", "live"), (False, "live", "test"), (True, "test", "live"), (None, "test", "test"),
     (True, "sandbox", "sandbox")],
)  # fmt: skip
def test_environment_is_what_the_event_says(livemode: bool, environment: str, told: str) -> None:
    body = event(livemode=livemode)
    assert verify(body=body, signature=signed(body), environment=environment).environment == told
