"""Stripe as a gateway: the methods that billing calls, each in one line of what it does."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import stripe
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
from billing.gateways.stripe import (
    catalogue,
    changes,
    checkout,
    facts,
    reading,
    saved_cards,
    signatures,
)
from billing.gateways.stripe.amounts import to_stripe
from billing.gateways.stripe.client import client_for, plain, speaking


class StripeGateway:
    """Stripe for one environment with its keys. All methods but `verify` speak to it over the network."""

    key = "stripe"
    settles_at_once = False
    is_recurring = True

    def __init__(self, environment: str, secrets: Mapping[str, str], base_url: str = "") -> None:
        self.environment = environment
        self._secrets = dict(secrets)
        self._base_url = base_url

    def __repr__(self) -> str:
        return f"<StripeGateway {self.environment}>"

    @property
    def _client(self) -> stripe.StripeClient:
        return client_for(self._secrets["secret_key"], self._base_url)

    def test_connection(self) -> str:
        """The name of the account that the keys open."""
        with speaking():
            try:
                account = plain(self._client.v1.accounts.retrieve_current())
            except stripe.PermissionError:
                # A restricted key need not see the account; what it has to see are the plans.
                self._client.v1.products.list({"limit": 1})
                return _("an account that this restricted key does not name")
        dashboard = (account.get("settings") or {}).get("dashboard") or {}
        profile = account.get("business_profile") or {}
        return str(dashboard.get("display_name") or profile.get("name") or account["id"])

    def start(self, order: Order) -> Started:
        with speaking():
            return checkout.start(self._client, order)

    def find_payment(self, external_id: str) -> PaymentFact | None:
        with speaking():
            return reading.find_payment(self._client, external_id)

    def abandon(self, external_id: str) -> None:
        with speaking():
            checkout.abandon(self._client, external_id)

    def refund(self, charge_id: str, amount: int, currency: str, *, key: str) -> RefundFact:
        kind = "charge" if charge_id.startswith(("ch_", "py_")) else "payment_intent"
        params: Any = {kind: charge_id, "amount": to_stripe(amount, currency)}
        with speaking():
            made = self._client.v1.refunds.create(params, {"idempotency_key": key})
            return facts.refund_fact(plain(made))

    def verify(self, body: bytes, headers: Mapping[str, str], now: datetime) -> Notification:
        event = signatures.verified(body, headers, self._secrets, now)
        return signatures.notification(event, self.environment)

    def read(self, notification: Notification) -> list[Fact]:
        with speaking():
            return reading.read(self._client, notification)

    def paid_since(self, since: datetime) -> Iterator[PaymentFact]:
        with speaking():
            yield from reading.paid_since(self._client, since)

    def gone_since(self, since: datetime) -> Iterator[RefundFact]:
        with speaking():
            yield from reading.gone_since(self._client, since)

    def find_subscription(self, external_id: str) -> SubscriptionFact | None:
        with speaking():
            return reading.find_subscription(self._client, external_id)

    def push(self, wish: SubscriptionWish) -> SubscriptionFact | None:
        with speaking():
            return changes.push(self._client, wish)

    def card_page(self, customer_id: str, return_url: str) -> str:
        with speaking():
            return checkout.card_page(self._client, customer_id, return_url)

    def charge_saved(self, order: Order) -> PaymentFact:
        with speaking():
            return saved_cards.charge(self._client, order)

    def sync_plan(self, plan: PlanPrices) -> dict[str, str]:
        with speaking():
            return catalogue.sync_plan(self._client, plan)

    def archive_plan(self, known: dict[str, str]) -> None:
        with speaking():
            catalogue.archive_plan(self._client, known)
