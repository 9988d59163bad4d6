"""What a day with Stripe is made of."""

from typing import Any

from billing.gateways.base import PlanPrices, RecurringGateway
from billing.models import PlanSync
from plans.models import Plan
from sandbox.stripe.testing import StripeSandbox
from tests.billing.till import RenewingTill
from tests.billing.till import an_order as an_order

PLACE = {"gateway": "stripe", "environment": "sandbox"}


class Shop(RenewingTill):
    sandbox: StripeSandbox
    gateway: RecurringGateway
    key = "stripe"

    def pay(self, url: str) -> str:
        return self.sandbox.pay(url)

    def decline(self, url: str) -> None:
        self.sandbox.decline(url)

    def refund(self, charge_id: str, amount: int | None = None) -> None:
        self.sandbox.refund(charge_id, amount)

    def dispute(self, charge_id: str) -> str:
        return str(self.sandbox.dispute(charge_id)["id"])

    def close_dispute(self, name: str, status: str) -> None:
        self.sandbox.close_dispute(name, status)

    # Looking at Stripe

    def running(self) -> list[str]:
        """The subscriptions for which Stripe would charge somebody again."""
        return [
            each["id"]
            for each in self.at("subscription")
            if each["status"] not in {"canceled", "incomplete_expired"}
            and not each["cancel_at_period_end"]
        ]

    def price(self, price_id: str) -> dict[str, Any]:
        return next(each for each in self.at("price") if each["id"] == price_id)


def state_of(plan: Plan) -> tuple[str, str]:
    """How far the plan is at Stripe: (state, reason)."""
    row = PlanSync.objects.get(plan=plan, **PLACE)
    return row.state, row.reason


def as_prices(plan: Plan, **known: str) -> PlanPrices:
    amounts = {"monthly": plan.monthly_price, "annual": plan.annual_price}
    return PlanPrices(plan.pk, plan.name, "", "USD", amounts, known)
