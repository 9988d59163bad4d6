"""Mercado Pago's double in a test."""

from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from sandbox.double import Double, clock_at
from sandbox.mercadopago.control import Control
from sandbox.mercadopago.courier import Courier
from sandbox.mercadopago.errors import Json
from sandbox.mercadopago.http import Server
from sandbox.mercadopago.world import Settings, World, register, shown
from sandbox.stripe.clocks import Clock
from sandbox.stripe.faults import Plan
from sandbox.stripe.webhooks import Receiver, post

TOKEN = "TEST-sandbox"
SECRET = "whsec_sandbox"
NOWHERE = "http://localhost:9/webhooks/mercadopago/"


class MercadoPagoSandbox(Double):
    """`with MercadoPagoSandbox(now=…) as sandbox:`; see README.md for what it offers."""

    name = "mercadopago"
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
            register=lambda: register(world, webhook_url, webhook_secret),
        )
        self.webhook_secret = webhook_secret

    # Pages

    def pay(self, page_url: str, method: str = "visa") -> str:
        """Press *Pay* on a page; where the browser is sent. AssertionError when that is not back to the shop."""
        where = self._press(page_url, {"method": method})
        if where.startswith("/"):
            raise AssertionError("The card was rejected.")
        return where

    def decline(self, page_url: str) -> None:
        """Press *Pay* with a card without funds: rejected, the page stays open."""
        self._press(page_url, {"method": "poor"})

    def slip(self, page_url: str) -> int:
        """Choose to pay by a slip; the payment's number."""
        where = self._press(page_url, {"method": "slip"})
        return int(where.rpartition("/")[2])

    # Notifications

    def events(self, kind: str = "*") -> list[Json]:
        """All notifications of a type (`payment.*`), oldest first."""
        with self.world.lock:
            rows = [shown(one) for one in self.world.store.all("event")]
        return [one for one in rows if fnmatchcase(one["type"], kind)]

    def pending_events(self) -> list[Json]:
        """Those that wait to be delivered, oldest first."""
        return [one for one in self.events() if one["pending_webhooks"]]

    def change_secret(self, secret: str) -> None:
        """From now on this one signs."""
        self.webhook_secret = secret
        self.world.store.all("webhook_endpoint")[0]["_secrets"] = [secret]

    # Levers: see control.py

    def payments(self, **wanted: Any) -> list[Json]:
        """What was tried, oldest first."""
        with self.world.lock:
            return [shown(one) for one in self.world.store.all("payment", **wanted)]

    def pay_slip(self, payment: object) -> None:
        self.control.pay_slip(payment)

    def refund(self, payment: object, amount: float | None = None) -> Json:
        return self.control.refund(payment, amount)

    def chargeback(self, payment: object) -> Json:
        return self.control.chargeback(payment)

    def close_chargeback(self, key: str, status: str) -> Json:
        return self.control.close_chargeback(key, status)
