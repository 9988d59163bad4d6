"""What a day with Mercado Pago is made of: `tests.billing.till`, and what only its page can do."""

import hashlib
import hmac
import json
import time
import uuid
from decimal import Decimal
from typing import Any

from billing.gateways.mercadopago import MercadoPagoGateway
from billing.models import Payment
from sandbox.mercadopago.testing import SECRET, MercadoPagoSandbox
from tests.billing.till import Till

PLACE = {"gateway": "mercadopago", "environment": "sandbox"}
PATH = "/webhooks/mercadopago/"


class Shop(Till):
    sandbox: MercadoPagoSandbox
    gateway: MercadoPagoGateway
    key = "mercadopago"

    def pay(self, url: str) -> str:
        return self.sandbox.pay(url)

    def decline(self, url: str) -> None:
        self.sandbox.decline(url)

    def refund(self, charge_id: str, amount: int | None = None) -> None:
        self.sandbox.refund(charge_id, None if amount is None else Decimal(amount) / 100)

    def dispute(self, charge_id: str) -> str:
        return str(self.sandbox.chargeback(charge_id)["id"])

    def close_dispute(self, name: str, status: str) -> None:
        self.sandbox.close_chargeback(name, status)

    def pay_somehow(self, payment: Payment, method: str) -> str:
        """Pressed on its page, which may be over; the number of what came of it."""
        payment.refresh_from_db()
        return str(self.sandbox.control.pay(payment.external_id, method)["id"])


def a_notification(about: object = 1, name: int = 12345678901, **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "live_mode": False,
        "type": "payment",
        "date_created": "2026-11-25T05:00:00.000-04:00",
        "user_id": 1,
        "api_version": "v1",
        "action": "payment.updated",
        "data": {"id": str(about)},
        **changes,
    }


def signed(
    content: dict[str, Any],
    secret: str = SECRET,
    *,
    stamp: int | None = None,
    about: str | None = None,
) -> tuple[bytes, dict[str, str]]:
    """Body and headers as Mercado Pago makes them, with a stamp in milliseconds; `about` is what is signed."""
    stamp = int(time.time() * 1000) if stamp is None else stamp
    number = str(uuid.uuid4())
    about = content["data"]["id"] if about is None else about
    manifest = f"id:{about};request-id:{number};ts:{stamp};"
    mark = hmac.new(secret.encode(), manifest.encode(), hashlib.sha256).hexdigest()
    headers = {"x-request-id": number, "x-signature": f"ts={stamp},v1={mark}"}
    return json.dumps(content).encode(), headers
