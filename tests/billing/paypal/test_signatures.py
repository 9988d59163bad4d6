"""Which notifications are PayPal's: certificate, signature, time, form; checked without asking PayPal."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from billing.gateways.base import NotGenuine, Notification
from billing.gateways.paypal import PayPalGateway, certificates, signatures
from sandbox.paypal.authority import make_signer
from sandbox.paypal.testing import PayPalSandbox
from sandbox.paypal.world import new_id
from tests.billing.money import NOW
from tests.billing.stripe.conftest import Asked

KEYS = {"client_id": "sandbox", "secret_key": "sk_test_sandbox", "webhook_secret": "whsec_sandbox"}


@pytest.fixture
def double() -> Iterator[PayPalSandbox]:
    with PayPalSandbox(NOW) as running:
        yield running


def now() -> datetime:
    return datetime.now(UTC)


def an_event(double: PayPalSandbox, **more: Any) -> str:
    made = double.world.emit("CHECKOUT.ORDER.APPROVED", {"id": new_id("order"), **more})
    return str(made["id"])


def verify(
    double: PayPalSandbox,
    body: bytes,
    headers: dict[str, str],
    *,
    at: datetime | None = None,
    **keys: str,
) -> Notification:
    gateway = PayPalGateway("sandbox", KEYS | keys, double.url)
    return gateway.verify(body, headers, at or now())


def refused(double: PayPalSandbox, body: bytes, headers: dict[str, str], **more: Any) -> str:
    with pytest.raises(NotGenuine) as caught:
        verify(double, body, headers, **more)
    return caught.value.reason


def test_what_the_double_signs_is_genuine(double: PayPalSandbox, spoken: Asked) -> None:
    body, headers = double.parcel(an_event(double))
    told = verify(double, body, headers)
    event = json.loads(body)
    assert told == Notification(
        event["id"],
        "CHECKOUT.ORDER.APPROVED",
        event["resource"]["id"],
        "sandbox",
        event,
        NOW,
    )
    assert [one for one in spoken if "certs" in one or "authority" in one] == spoken
    spoken.clear()
    verify(double, *double.parcel(an_event(double)))
    assert spoken == [], "a certificate is fetched once"


def test_header_names_may_be_written_in_any_way(double: PayPalSandbox) -> None:
    body, headers = double.parcel(an_event(double))
    assert verify(double, body, {name.lower(): value for name, value in headers.items()})


@pytest.mark.parametrize(
    "name",
    [
        "PAYPAL-TRANSMISSION-ID",
        "PAYPAL-TRANSMISSION-TIME",
        "PAYPAL-TRANSMISSION-SIG",
        "PAYPAL-CERT-URL",
    ],
)
def test_missing_header_is_no_signature(double: PayPalSandbox, name: str) -> None:
    body, headers = double.parcel(an_event(double))
    headers.pop(name)
    assert refused(double, body, headers) == "no signature"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PAYPAL-TRANSMISSION-ID", "another"),
        ("PAYPAL-TRANSMISSION-SIG", "bm90IGl0"),
        ("PAYPAL-TRANSMISSION-SIG", "%%%"),
        ("PAYPAL-CERT-URL", "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1"),
        ("PAYPAL-CERT-URL", "http://localhost:1/v1/notifications/certs/CERT-1"),
    ],
)
def test_changed_header_is_a_bad_signature(double: PayPalSandbox, name: str, value: str) -> None:
    body, headers = double.parcel(an_event(double))
    assert refused(double, body, headers | {name: value}) == "bad signature"


def test_changed_body_is_a_bad_signature(double: PayPalSandbox) -> None:
    body, headers = double.parcel(an_event(double))
    assert refused(double, body + b" ", headers) == "bad signature"


def test_other_webhook_is_a_bad_signature(double: PayPalSandbox) -> None:
    body, headers = double.parcel(an_event(double))
    assert refused(double, body, headers, webhook_secret="WH2") == "bad signature"


def test_webhook_before_stays_valid_for_as_long_as_was_said(double: PayPalSandbox) -> None:
    body, headers = double.parcel(an_event(double))
    old = {
        "webhook_secret": "WH2",
        "old_webhook_secret": "whsec_sandbox",
        "old_webhook_secret_until": (now() + timedelta(hours=1)).isoformat(),
    }
    assert verify(double, body, headers, **old)
    old["old_webhook_secret_until"] = (now() - timedelta(hours=1)).isoformat()
    assert refused(double, body, headers, **old) == "bad signature"


@pytest.mark.parametrize(
    ("by", "reason"),
    [(timedelta(days=5), "too old"), (timedelta(minutes=-6), "from the future")],
)
def test_time_that_is_not_ours_is_refused(
    double: PayPalSandbox, by: timedelta, reason: str
) -> None:
    body, headers = double.parcel(an_event(double))
    assert refused(double, body, headers, at=now() + by) == reason


def test_delivery_that_paypal_tries_again_for_three_days_is_taken(double: PayPalSandbox) -> None:
    body, headers = double.parcel(an_event(double))
    assert verify(double, body, headers, at=now() + timedelta(days=3))


@pytest.mark.parametrize(
    "how",
    [
        {"begins": datetime(2020, 1, 1, tzinfo=UTC), "lasts": timedelta(days=100)},
        {"begins": datetime(2090, 1, 1, tzinfo=UTC)},
        {"host": "messageverificationcerts.paypal.com.evil.example"},
        {"host": "evilpaypal.com"},
    ],
    ids=["over", "not yet", "another host", "almost its host"],
)
def test_certificate_that_is_not_valid_is_refused(
    double: PayPalSandbox, how: dict[str, Any]
) -> None:
    double.courier.signer = make_signer(**how)
    body, headers = double.parcel(an_event(double))
    assert refused(double, body, headers) == "bad signature"


def test_certificate_that_nobody_vouches_for_makes_us_ask_paypal(
    double: PayPalSandbox, monkeypatch: pytest.MonkeyPatch, spoken: Asked
) -> None:
    stranger = make_signer()
    monkeypatch.setattr(certificates, "_authorities", lambda _double: stranger.root)
    body, headers = double.parcel(an_event(double))
    assert verify(double, body, headers)
    assert "POST /v1/notifications/verify-webhook-signature" in spoken
    assert refused(double, body.replace(b"APPROVED", b"APPROVEX"), headers) == "bad signature"


def test_paypal_is_not_asked_for_everybody_who_comes(
    double: PayPalSandbox, monkeypatch: pytest.MonkeyPatch, spoken: Asked
) -> None:
    stranger = make_signer()
    monkeypatch.setattr(certificates, "_authorities", lambda _double: stranger.root)
    monkeypatch.setattr(signatures, "_questions", certificates.Allowance(3))
    body, headers = double.parcel(an_event(double))
    for _ in range(9):
        refused(double, body.replace(b"APPROVED", b"APPROVEX"), headers)
    assert spoken.count("POST /v1/notifications/verify-webhook-signature") == 3


def test_address_without_a_certificate_is_asked_for_once(
    double: PayPalSandbox, spoken: Asked
) -> None:
    body, headers = double.parcel(an_event(double))
    url = f"{double.url}/v1/notifications/certs/CERT-none"
    for _ in range(5):
        assert refused(double, body, headers | {"PAYPAL-CERT-URL": url}) == "bad signature"
    assert len(spoken) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com:8443/v1/notifications/certs/CERT-1",
        "https://user@api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/elsewhere/CERT-1",
        "https://evil.example/v1/notifications/certs/CERT-1",
        "https://paypal.com.evil.example/v1/notifications/certs/CERT-1",
        "https://evilpaypal.com/v1/notifications/certs/CERT-1",
        "https://[::1/v1/notifications/certs/CERT-1",
        "file:///etc/passwd",
    ],
)
def test_nobody_elses_address_is_ever_asked(url: str, spoken: Asked) -> None:
    with pytest.raises(certificates.NotPayPals):
        certificates.key_at(url, now())
    assert spoken == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"nothing", "not json"),
        (b"[]", "no event"),
        (b"{}", "no event"),
        (b'{"id": 1}', "no event"),
    ],
)
def test_signed_nonsense_is_refused(double: PayPalSandbox, body: bytes, reason: str) -> None:
    headers = double.courier.headers(body, "whsec_sandbox")
    assert refused(double, body, headers) == reason


@pytest.mark.parametrize(
    ("kind", "resource", "name"),
    [
        ("PAYMENT.SALE.COMPLETED", {"id": "S1", "billing_agreement_id": "I-1"}, "I-1:S1"),
        ("PAYMENT.SALE.DENIED", {"id": "S1", "billing_agreement_id": "I-1"}, "I-1"),
        ("PAYMENT.CAPTURE.COMPLETED", {"id": "C1"}, "C1"),
        ("CUSTOMER.DISPUTE.CREATED", {"dispute_id": "PP-D-1"}, "PP-D-1"),
        ("BILLING.SUBSCRIPTION.UPDATED", {"id": "I-1"}, "I-1"),
        ("SOMETHING.ELSE", None, ""),
    ],
)
def test_notification_says_where_to_look(kind: str, resource: Any, name: str) -> None:
    event = {"id": "WH-1", "event_type": kind, "resource": resource}
    assert signatures.notification(event, "test").object_id == name
