"""Short ways to what the sandbox's tests need before they begin."""

from datetime import UTC, datetime
from typing import Any

from stripe import StripeClient

from sandbox.stripe.testing import StripeSandbox

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Shop:
    """Short ways to what tests need before they begin."""

    def __init__(self, sandbox: StripeSandbox, client: StripeClient) -> None:
        self.sandbox, self.client = sandbox, client
        self.product = client.v1.products.create({"name": "Team"})
        self.monthly = self.price(2900)

    def price(self, amount: int, interval: str | None = "month", currency: str = "usd") -> str:
        given: Any = {"product": self.product.id, "currency": currency, "unit_amount": amount}
        if interval:
            given["recurring"] = {"interval": interval}
        return self.client.v1.prices.create(given).id

    def customer(self, **given: Any) -> str:
        return self.client.v1.customers.create({"email": "ana@example.com"} | given).id

    def session(self, **given: Any) -> Any:
        """A subscription to *Team* for $29.00 a month, unless `given` says otherwise."""
        whole: Any = {
            "mode": "subscription",
            "line_items": [{"price": self.monthly, "quantity": 1}],
            "success_url": "http://aurora.localhost/paid?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://aurora.localhost/plans",
        }
        return self.client.v1.checkout.sessions.create(whole | given)

    def subscription(self, card: str = "4242", **given: Any) -> Any:
        """The subscription that a paid Checkout session has made."""
        session = self.session(**given)
        self.sandbox.pay(session.url, card)
        paid = self.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription"]})
        return paid.subscription

    def again(self, subscription: Any, *expand: str) -> Any:
        return self.client.v1.subscriptions.retrieve(subscription.id, {"expand": list(expand)})

    def payment(self, amount: int = 1000, **given: Any) -> Any:
        """A paid one-time session with its intent expanded."""
        data = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "1,000 SMS"}}
        session = self.session(
            mode="payment", line_items=[{"price_data": data, "quantity": 1}], **given
        )
        self.sandbox.pay(session.url)
        return self.client.v1.checkout.sessions.retrieve(
            session.id, {"expand": ["payment_intent.latest_charge"]}
        )
