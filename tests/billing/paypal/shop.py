"""What a day with PayPal is made of."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

from billing.gateways.base import RecurringGateway
from billing.models import Subscription
from sandbox.paypal.testing import PayPalSandbox
from tests.billing.till import RenewingTill

PLACE = {"gateway": "paypal", "environment": "sandbox"}
CHARGED = {"APPROVED", "ACTIVE"}


def dollars(amount: int | None) -> dict[str, str] | None:
    if amount is None:
        return None
    return {"currency_code": "USD", "value": str(Decimal(amount) / 100)}


class Shop(RenewingTill):
    sandbox: PayPalSandbox
    gateway: RecurringGateway
    key = "paypal"
    books_after = 4
    """PayPal's lists come up to three hours late."""
    paid_with = "PayPal payer@example.com"

    def pay(self, url: str) -> str:
        """Approved there and collected by us, of which nobody here has heard yet."""
        sent_to = self.sandbox.pay(url)
        self._collect(url)
        return sent_to

    def decline(self, url: str) -> None:
        self.sandbox.pay(url, funding="declined")
        self._collect(url)

    def _collect(self, url: str) -> None:
        self.gateway.find_payment(parse_qs(urlsplit(url).query)["token"][0])

    def refund(self, charge_id: str, amount: int | None = None) -> None:
        self.sandbox.refund(charge_id, dollars(amount))

    def dispute(self, charge_id: str) -> str:
        return str(self.sandbox.dispute(charge_id)["dispute_id"])

    def close_dispute(self, name: str, status: str) -> None:
        self.sandbox.close_dispute(name, status)

    # Looking at PayPal

    def subscription(self, ours: Subscription) -> dict[str, Any]:
        return self.at("subscription", id=ours.external_id)[0]

    def running(self) -> list[str]:
        return [one["id"] for one in self.at("subscription") if one["status"] in CHARGED]
