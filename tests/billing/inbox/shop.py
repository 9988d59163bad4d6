"""Short ways for tests of the inbox: deliveries with any signature, and plans sold at the double's hosted page."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client

from billing.models import GatewayPrice, Payment, WebhookEvent
from billing.services import checkout
from billing.services.inbox import working as inbox
from plans.models import Plan
from sandbox.stripe.testing import SECRET, StripeSandbox
from tenants.models import Tenant, User
from tests.billing.money import NOW, press

PATH = "/webhooks/stripe/"


def an_event(name: str = "evt_1", kind: str = "invoice.paid", **changes: Any) -> dict[str, Any]:
    """An event of test mode, about an object that nobody knows."""
    thing = {"id": "in_unknown", "object": "invoice"}
    whole = {
        "id": name,
        "object": "event",
        "type": kind,
        "created": 1_700_000_000,
        "livemode": False,
    }
    return {**whole, "data": {"object": thing}, **changes}


def signature(body: bytes, *secrets: str, stamp: int | None = None) -> str:
    """The header as Stripe makes it; several secrets sign while one is being replaced."""
    at = int(time.time()) if stamp is None else stamp
    marks = [
        hmac.new(s.encode(), b"%d.%s" % (at, body), hashlib.sha256).hexdigest() for s in secrets
    ]
    return ",".join([f"t={at}", *(f"v1={mark}" for mark in marks)])


class Post:
    """Deliveries through Django's test client."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def raw(self, body: bytes, headers: Mapping[str, str], path: str = PATH) -> HttpResponse:
        return self.client.post(path, body, content_type="application/json", headers=dict(headers))

    def event(
        self, event: dict[str, Any], *secrets: str, stamp: int | None = None, path: str = PATH
    ) -> HttpResponse:
        body = json.dumps(event).encode()
        header = signature(body, *(secrets or (SECRET,)), stamp=stamp)
        return self.raw(body, {"Stripe-Signature": header}, path)

    def receive(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """What `StripeSandbox.deliver` calls."""
        mark = {"Stripe-Signature": headers["Stripe-Signature"]}
        return self.raw(body, mark).status_code


class Shop:
    """Plans that the double knows, and people who buy them."""

    def __init__(self, sandbox: StripeSandbox) -> None:
        self.sandbox, self.client = sandbox, sandbox.client()

    def offer(self, plan: Plan, cycle: str = "monthly") -> GatewayPrice:
        """The plan has a price at the double."""
        interval = {"monthly": "month", "annual": "year"}[cycle]
        product = self.client.v1.products.create(
            {"name": plan.name, "metadata": {"plan_id": str(plan.pk)}}
        )
        amount = plan.monthly_price if cycle == "monthly" else plan.annual_price
        price = self.client.v1.prices.create(
            {
                "product": product.id,
                "currency": "usd",
                "unit_amount": amount,
                "recurring": {"interval": interval},  # type: ignore[typeddict-item]
            }
        )
        return GatewayPrice.objects.create(
            gateway="stripe", environment="sandbox", external_id=price.id, plan=plan,
            cycle=cycle, amount=amount, currency="USD",
        )  # fmt: skip

    def order(self, tenant: Tenant, plan: Plan, by: User, *, now: datetime = NOW) -> Payment:
        """Ordered and on its way: the payer stands before the double's page."""
        pressed = press(by, plan.monthly_price, gateway="stripe")
        payment = checkout.order_plan(tenant, plan.pk, "monthly", pressed, now=now)
        return checkout.begin(payment, now=now).payment

    def buy(self, tenant: Tenant, plan: Plan, by: User, *, now: datetime = NOW) -> Payment:
        """Paid at the double; we have not heard of it."""
        payment = self.order(tenant, plan, by, now=now)
        self.sandbox.pay(payment.pay_url)
        return payment


def store(name: str = "evt_1", *, now: datetime = NOW, **fields: Any) -> WebhookEvent:
    """A notification in the inbox, as `accept` leaves it."""
    known: dict[str, Any] = {
        "gateway": "stripe", "environment": "sandbox", "kind": "invoice.paid", "object_id": "in_1",
        "payload": an_event(name), "received_at": now, "due_at": now,
    }  # fmt: skip
    return WebhookEvent.objects.create(event_id=name, **{**known, **fields})


def work(now: datetime = NOW, at_most: int = 100) -> None:
    """What a worker does with everything that is due."""
    while events := inbox.claim(now, at_most):
        for event in events:
            inbox.process(event, now)
