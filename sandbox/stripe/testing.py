"""Stripe's double in a test."""

from contextlib import suppress
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import stripe

from sandbox.double import Double, clock_at
from sandbox.stripe.cards import attach, new_method
from sandbox.stripe.clocks import Clock
from sandbox.stripe.control import Control
from sandbox.stripe.endpoints import forget_old, register, rotate
from sandbox.stripe.errors import Json
from sandbox.stripe.faults import Plan
from sandbox.stripe.http import Server
from sandbox.stripe.render import show
from sandbox.stripe.webhooks import Courier, Receiver, post
from sandbox.stripe.world import Settings, World

KEY = "sk_test_sandbox"
SECRET = "whsec_sandbox"
NOWHERE = "http://localhost:9/webhooks/stripe/"


class StripeSandbox(Double):
    """`with StripeSandbox(now=…) as sandbox:`; see README.md for what it offers."""

    name = "stripe"
    world: World
    control: Control

    def __init__(
        self,
        now: datetime | Clock | None = None,
        *,
        webhook_url: str = NOWHERE,
        webhook_secret: str = SECRET,
        receiver: Receiver | None = None,
        settings: Settings | None = None,
        state: Path | None = None,
        clock_signs: bool = False,
        port: int = 0,
    ) -> None:
        clock = clock_at(now)
        world, plan = World(clock, settings=settings or Settings()), Plan()
        courier = Courier(world, plan, receiver or post, clock_signs=clock_signs)
        super().__init__(
            clock,
            Server(port, Control(world, plan, courier)),
            state=state,
            register=lambda: register(world, webhook_url, ["*"], secret=webhook_secret),
        )
        self.webhook_secret = webhook_secret
        self._clients: list[Any] = []

    def __exit__(self, *unused: object) -> None:
        for client in self._clients:
            with suppress(AttributeError):
                client.close()
        super().__exit__(*unused)

    def client(
        self, key: str = KEY, *, timeout: float = 10, retries: int = 0
    ) -> stripe.StripeClient:
        """Stripe's own client, pointed here."""
        http = stripe.RequestsClient(timeout=timeout)
        self._clients.append(http)
        return stripe.StripeClient(
            key,
            base_addresses={"api": self.url},
            http_client=http,
            max_network_retries=retries,
        )

    # Pages

    def pay(self, session_url: str, card: str = "4242", email: str = "") -> str:
        """Press *Pay* on a Checkout page; the success address. AssertionError when the card was declined."""
        where = self._press(session_url, {"card": card, "email": email, "action": "pay"})
        if where.startswith("/"):
            raise AssertionError("The card was declined.")
        return where

    def decline(self, session_url: str, card: str = "4242") -> None:
        """Press *Decline* on a Checkout page: the bank refuses, the page stays open."""
        self._press(session_url, {"card": card, "action": "decline"})

    def replace_card(self, portal_url: str, card: str = "4242") -> None:
        """Press *Replace card* on a billing portal page."""
        self._press(portal_url, {"card": card})

    # Events

    def events(self, kind: str = "*") -> list[Json]:
        """All events of a type (`invoice.*`), oldest first."""
        with self.world.lock:
            rows = [show(self.world.store, each) for each in self.world.store.all("event")]
        return [each for each in rows if fnmatchcase(each["type"], kind)]

    def pending_events(self) -> list[Json]:
        """Events that wait to be delivered, oldest first."""
        return [each for each in self.events() if each["pending_webhooks"]]

    def rotate_secret(self, secret: str = "") -> str:
        """The endpoint gets a new secret; until `forget_old_secret` both sign."""
        self.webhook_secret = rotate(self.world.store.all("webhook_endpoint")[0], secret)
        return self.webhook_secret

    def forget_old_secret(self) -> None:
        forget_old(self.world.store.all("webhook_endpoint")[0])

    # Levers: see control.py

    def add_card(self, customer: str, card: str = "4242") -> str:
        """Keep a card for the customer, as Checkout does; the payment method's id."""
        with self.world.lock:
            method = new_method(self.world, card)
            attach(self.world, method, self.world.store.get("customer", customer))
            return str(method["id"])

    def set_cards(self, customer: str, behaviour: str) -> None:
        self.control.set_cards(customer, behaviour)

    def dispute(
        self, payment_intent: str, amount: int | None = None, reason: str = "fraudulent"
    ) -> Json:
        return self.control.dispute(payment_intent, amount, reason)

    def close_dispute(self, key: str, status: str) -> Json:
        return self.control.close_dispute(key, status)

    def refund(self, payment_intent: str, amount: int | None = None) -> Json:
        return self.control.refund(payment_intent, amount)
