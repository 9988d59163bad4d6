"""PayPal as a gateway: the methods that billing calls, each in one line of what it does."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from billing.gateways.base import (
    Fact,
    Notification,
    Order,
    PaymentFact,
    PlanPrices,
    RefundFact,
    Started,
    SubscriptionFact,
    SubscriptionWish,
)
from billing.gateways.paypal import books, catalogue, changes, checkout, gone, reading, signatures
from billing.gateways.paypal.amounts import to_paypal
from billing.gateways.paypal.client import ADDRESSES, Client, Refused, client_for
from billing.models import Environment

AUTOPAY = "/myaccount/autopay/"
SITES = {
    Environment.LIVE.value: "https://www.paypal.com",
    Environment.TEST.value: "https://www.sandbox.paypal.com",
}


class PayPalGateway:
    """PayPal for one environment with its keys. All methods but `verify` speak to it over the network.

    `verify` does so where it has not seen PayPal's certificate yet, or cannot judge it.
    """

    key = "paypal"
    settles_at_once = False
    is_recurring = True

    def __init__(self, environment: str, secrets: Mapping[str, str], base_url: str = "") -> None:
        self.environment = environment
        self._secrets = dict(secrets)
        self._base_url = base_url or ADDRESSES.get(environment, "")
        self._site = base_url or SITES.get(environment, "")

    def __repr__(self) -> str:
        return f"<PayPalGateway {self.environment}>"

    @property
    def _client(self) -> Client:
        return client_for(self._secrets["client_id"], self._secrets["secret_key"], self._base_url)

    def test_connection(self) -> str:
        """What the keys open. Plans are looked for, too: without them nothing could be sold."""
        self._client.get("/v1/billing/plans", {"page_size": 1})
        try:
            found = self._client.get("/v1/identity/oauth2/userinfo", {"schema": "paypalv1.1"})
        except Refused:  # an app that may not see whose it is
            found = {}
        return str(found.get("name") or found.get("payer_id") or _("a PayPal business account"))

    def start(self, order: Order) -> Started:
        return checkout.start(self._client, order)

    def find_payment(self, external_id: str) -> PaymentFact | None:
        return reading.find_payment(self._client, external_id)

    def abandon(self, external_id: str) -> None:
        checkout.abandon(self._client, external_id)

    def refund(self, charge_id: str, amount: int, currency: str, *, key: str) -> RefundFact:
        made = self._client.post(
            f"/v2/payments/captures/{charge_id}/refund",
            {"amount": to_paypal(amount, currency)},
            key=key,
        )
        return gone.refund_fact(made, charge_id)

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Notification:
        event = signatures.verified(
            body, headers, self._secrets, now, client=self._client, is_double=self._is_double
        )
        return signatures.notification(event, self.environment)

    @property
    def _is_double(self) -> bool:
        return self.environment == Environment.SANDBOX

    def read(self, notification: Notification) -> list[Fact]:
        return reading.read(self._client, notification)

    def paid_since(self, since: datetime) -> Iterator[PaymentFact]:
        yield from books.paid_since(self._client, since)

    def gone_since(self, since: datetime) -> Iterator[RefundFact]:
        yield from books.gone_since(self._client, since)

    def find_subscription(self, external_id: str) -> SubscriptionFact | None:
        return reading.find_subscription(self._client, external_id)

    def push(self, wish: SubscriptionWish) -> SubscriptionFact | None:
        return changes.push(self._client, wish)

    def card_page(self, customer_id: str, return_url: str) -> str:
        """PayPal's own page of automatic payments, where payers choose what pays for each. It leads nowhere back."""
        return f"{self._site}{AUTOPAY}"

    def sync_plan(self, plan: PlanPrices) -> dict[str, str]:
        return catalogue.sync_plan(self._client, plan)

    def archive_plan(self, known: dict[str, str]) -> None:
        catalogue.archive_plan(self._client, known)
