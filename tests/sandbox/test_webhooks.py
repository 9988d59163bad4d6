"""Events and their deliveries."""

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from sandbox.stripe.testing import StripeSandbox
from sandbox.stripe.webhooks import signature
from tests.sandbox.shop import START, Shop


class Inbox:
    """A receiver that checks signatures with the SDK and keeps what arrived."""

    def __init__(self, sandbox: StripeSandbox, *, statuses: list[int] | None = None) -> None:
        self.sandbox, self.events, self.statuses = sandbox, [], statuses or []
        self.events: list[Any] = []

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        secret = self.sandbox.webhook_secret
        self.events.append(
            stripe.Webhook.construct_event(body, headers["Stripe-Signature"], secret)
        )
        return self.statuses.pop(0) if self.statuses else 200

    def names(self) -> list[str]:
        return [each.data.object["name"] for each in self.events]


@pytest.fixture
def inbox(sandbox: StripeSandbox) -> Inbox:
    return Inbox(sandbox)


def products(client: StripeClient, *names: str) -> None:
    for name in names:
        client.v1.products.create({"name": name})


def test_signature_is_the_one_that_was_computed_by_hand() -> None:
    mark = "0c8670ed117751cc551a20e35839447075c42800ea3cf3e8a2fbda99cd1e6edd"
    body = b'{"id":"evt_1","object":"event"}'
    assert signature(body, ["whsec_test_secret"], 1700000000) == f"t=1700000000,v1={mark}"


def test_events_arrive_signed_and_in_order(
    sandbox: StripeSandbox, client: StripeClient, inbox: Inbox
) -> None:
    products(client, "a", "b", "c")
    assert len(sandbox.pending_events()) == 3
    outcome = sandbox.deliver(inbox)
    assert (outcome.delivered, outcome.failed) == (3, 0)
    assert inbox.names() == ["a", "b", "c"]
    first = inbox.events[0]
    assert (first.type, first.livemode, first.api_version) == (
        "product.created",
        False,
        stripe.api_version,
    )
    assert (first.created, first.pending_webhooks) == (int(START.timestamp()), 1)
    assert first.request.id.startswith("req_")
    assert sandbox.pending_events() == []
    assert sandbox.deliver(inbox).delivered == 0


def test_tampered_body_and_wrong_secret_are_noticed(
    sandbox: StripeSandbox, client: StripeClient
) -> None:
    products(client, "a")
    body, headers = sandbox.parcel(sandbox.events()[0]["id"])
    mark = headers["Stripe-Signature"]
    for wrong in ((body + b" ", mark, sandbox.webhook_secret), (body, mark, "whsec_other")):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(*wrong)


def test_both_secrets_sign_during_a_rotation(sandbox: StripeSandbox, client: StripeClient) -> None:
    products(client, "a")
    event, old = sandbox.events()[0]["id"], sandbox.webhook_secret
    new = sandbox.rotate_secret()
    body, headers = sandbox.parcel(event)
    assert headers["Stripe-Signature"].count("v1=") == 2
    for secret in (old, new):
        assert stripe.Webhook.construct_event(body, headers["Stripe-Signature"], secret).id == event
    sandbox.forget_old_secret()
    body, headers = sandbox.parcel(event)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], old)


def test_refused_event_stays_pending_and_is_listed(
    sandbox: StripeSandbox, client: StripeClient
) -> None:
    products(client, "a", "b")
    inbox = Inbox(sandbox, statuses=[500])
    outcome = sandbox.deliver(inbox)
    assert (outcome.delivered, outcome.failed) == (1, 1)
    late = [each.data.object["name"] for each in client.v1.events.list({"delivery_success": False})]
    done = [each.data.object["name"] for each in client.v1.events.list({"delivery_success": True})]
    assert (late, done) == (["a"], ["b"])
    assert sandbox.deliver(inbox).delivered == 1
    assert inbox.names() == ["a", "b", "a"]


def test_event_that_nobody_takes_is_given_up_after_three_days(
    sandbox: StripeSandbox, client: StripeClient
) -> None:
    products(client, "a")
    inbox = Inbox(sandbox, statuses=[500] * 9)
    sandbox.deliver(inbox)
    sandbox.advance(days=4)
    sandbox.deliver(inbox)
    assert sandbox.deliver(inbox).failed == 0
    assert len(client.v1.events.list({"delivery_success": False}).data) == 1


def test_duplicate_delay_drop_and_reorder(
    sandbox: StripeSandbox, client: StripeClient, inbox: Inbox
) -> None:
    sandbox.fault("duplicate", copies=2)
    sandbox.fault("delay", seconds=60)
    sandbox.fault("drop")
    products(client, "twice", "late", "lost", "plain")
    outcome = sandbox.deliver(inbox)
    assert inbox.names() == ["twice"] * 3 + ["plain"]
    assert (outcome.delivered, outcome.dropped) == (2, 1)
    assert sandbox.deliver(inbox).delivered == 0
    sandbox.advance(seconds=60)
    sandbox.deliver(inbox)
    assert inbox.names()[-1] == "late"
    lost = client.v1.events.list({"delivery_success": False}).data
    assert [each.data.object["name"] for each in lost] == ["lost"]
    sandbox.redeliver(lost[0].id)
    sandbox.fault("reorder")
    products(client, "x", "y")
    sandbox.deliver(inbox)
    assert inbox.names()[-3:] == ["y", "x", "lost"]
    assert sandbox.pending_events() == []


def test_fault_strikes_only_its_type(sandbox: StripeSandbox, shop: Shop, inbox: Inbox) -> None:
    sandbox.fault("drop", type="invoice.*", times=2)
    shop.subscription()
    sandbox.deliver(inbox)
    assert [each["type"] for each in sandbox.pending_events()] == [
        "invoice.created",
        "invoice.finalized",
    ]


def test_what_comes_up_during_a_delivery_is_delivered_with_it(
    sandbox: StripeSandbox, client: StripeClient
) -> None:
    seen: list[str] = []

    def receiver(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        event = stripe.Webhook.construct_event(
            body, headers["Stripe-Signature"], sandbox.webhook_secret
        )
        seen.append(event.data.object["name"])
        if len(seen) < 3:
            products(client, f"after {seen[-1]}")
        return 200

    products(client, "a")
    assert sandbox.deliver(receiver).delivered == 3
    assert seen == ["a", "after a", "after after a"]


def test_events_are_listed_by_type(client: StripeClient, shop: Shop) -> None:
    shop.subscription()
    kinds = {each.type for each in client.v1.events.list({"type": "invoice.*", "limit": 100})}
    assert kinds == {
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
    }
    two = client.v1.events.list({"types": ["invoice.paid", "charge.succeeded"]})
    assert [each.type for each in two] == ["invoice.paid", "charge.succeeded"]
    assert client.v1.events.retrieve(two.data[0].id).data.object["status"] == "paid"
    assert client.v1.events.list({"created": {"gte": int(START.timestamp()) + 1}}).data == []


def test_events_are_kept_for_thirty_days(sandbox: StripeSandbox, client: StripeClient) -> None:
    products(client, "a")
    event = client.v1.events.list().data[0].id
    sandbox.advance(days=30)
    assert client.v1.events.retrieve(event).id == event
    sandbox.advance(seconds=1)
    assert client.v1.events.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="No such event"):
        client.v1.events.retrieve(event)


def test_endpoint_gets_only_the_types_that_it_wants(
    sandbox: StripeSandbox, client: StripeClient
) -> None:
    made = client.v1.webhook_endpoints.create(
        {"url": "http://localhost:9/", "enabled_events": ["customer.created"]}
    )
    assert made.secret.startswith("whsec_")  # type: ignore[union-attr]
    assert "secret" not in client.v1.webhook_endpoints.retrieve(made.id)
    products(client, "a")
    client.v1.customers.create({})
    assert [each["pending_webhooks"] for each in sandbox.events()] == [1, 2]
    client.v1.webhook_endpoints.update(made.id, {"disabled": True})
    client.v1.customers.create({})
    assert sandbox.events()[-1]["pending_webhooks"] == 1
    client.v1.webhook_endpoints.delete(made.id)
    assert len(client.v1.webhook_endpoints.list().data) == 1


def test_background_delivery_goes_over_http_and_tries_again() -> None:
    taken: list[bytes] = []
    enough = threading.Event()

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(500 if len(taken) == 1 else 204)
            self.end_headers()
            if len(taken) == 3:
                enough.set()

        def log_message(self, *unused: Any) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        with StripeSandbox(
            START, webhook_url=f"http://127.0.0.1:{server.server_port}/in"
        ) as sandbox:
            sandbox.courier.start(pause=0.02)
            products(sandbox.client(), "a", "b")
            assert enough.wait(60)
        server.shutdown()
    assert len(taken) == 3
    assert sandbox.pending_events() == []


def test_nobody_at_the_address_counts_as_failed(
    sandbox: StripeSandbox, client: StripeClient
) -> None:
    products(client, "a")
    assert sandbox.deliver().failed == 1
