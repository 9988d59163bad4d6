"""Mercado Pago as a gateway: the methods that billing calls, each in one line of what it does."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from billing.gateways.base import (
    Fact,
    Notification,
    Order,
    PaymentFact,
    RefundFact,
    Started,
)
from billing.gateways.mercadopago import checkout, facts, reading, signatures
from billing.gateways.mercadopago.amounts import to_mercadopago
from billing.gateways.mercadopago.client import Client, client_for


class MercadoPagoGateway:
    """Mercado Pago for one environment with its keys. All methods but `verify` speak to it over the network."""

    key = "mercadopago"
    settles_at_once = False
    is_recurring = False

    def __init__(self, environment: str, secrets: Mapping[str, str], base_url: str = "") -> None:
        self.environment = environment
        self._secrets = dict(secrets)
        self._base_url = base_url

    def __repr__(self) -> str:
        return f"<MercadoPagoGateway {self.environment}>"

    @property
    def _client(self) -> Client:
        return client_for(self._secrets["access_token"], self._base_url)

    def test_connection(self) -> str:
        """The name of the account that the token opens, and its country's site."""
        account = self._client.account()
        name = account.get("nickname") or account.get("email") or account.get("id") or "?"
        site = account.get("site_id")
        return f"{name} ({site})" if site else str(name)

    def start(self, order: Order) -> Started:
        return checkout.start(self._client, order, self.environment)

    def find_payment(self, external_id: str) -> PaymentFact | None:
        return reading.find_payment(self._client, external_id)

    def abandon(self, external_id: str) -> None:
        checkout.abandon(self._client, external_id)

    def refund(self, charge_id: str, amount: int, currency: str, *, key: str) -> RefundFact:
        made = self._client.refund(charge_id, to_mercadopago(amount, currency), key)
        return facts.refund_fact(made, charge_id, currency)

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Notification:
        content, object_id = signatures.verified(body, headers, self._secrets, now)
        return signatures.notification(content, object_id, headers, self.environment)

    def read(self, notification: Notification) -> list[Fact]:
        return reading.read(self._client, notification)

    def paid_since(self, since: datetime) -> Iterator[PaymentFact]:
        return reading.paid_since(self._client, since)

    def gone_since(self, since: datetime) -> Iterator[RefundFact]:
        return reading.gone_since(self._client, since)
