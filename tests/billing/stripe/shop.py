"""What a day with Stripe is made of: plans are sent, orders begun, pages paid, notifications taken in."""

from typing import Any

from billing.gateways.base import PlanPrices, RecurringGateway
from billing.models import PlanSync, Subscription
from billing.services import plan_sync, pushing
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.till import Till
from tests.billing.till import an_order as an_order

PLACE = {"gateway": "stripe", "environment": "sandbox"}


class Shop(Till):
    """Stripe's till, and the plans that it renews by itself."""

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

    # Plans

    def send(self, *plans: Plan) -> None:
        for plan in plans:
            plan_sync.sync(plan.pk, self.now)
            plan.refresh_from_db()

    def sell(self, plan: Plan) -> dict[str, str]:
        """The plan's ids at Stripe."""
        self.send(plan)
        return dict(plan.gateway_ids["stripe:sandbox"])

    # Buying

    def buy(
        self, tenant: Tenant, plan: Plan, by: User, *, due: int, cycle: str = "monthly"
    ) -> Subscription:
        """The subscription that runs once the page was paid and everything was told."""
        payment = self.order(tenant, plan, by, due=due, cycle=cycle)
        self.sandbox.pay(payment.pay_url)
        self.hear()
        running = live_subscription(tenant)
        assert running
        return running

    def push_all(self) -> int:
        """Everything that Stripe has to be told is told; how many subscriptions that were."""
        return sum(pushing.push(pk, self.now) for pk in pushing.due(self.now, 100))

    # Looking at Stripe

    def at_stripe(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        return [dict(each) for each in self.sandbox.world.store.all(kind, **wanted)]

    def running(self) -> list[str]:
        """The subscriptions for which Stripe would charge somebody again."""
        return [
            each["id"]
            for each in self.at_stripe("subscription")
            if each["status"] not in {"canceled", "incomplete_expired"}
            and not each["cancel_at_period_end"]
        ]

    def price(self, price_id: str) -> dict[str, Any]:
        return next(each for each in self.at_stripe("price") if each["id"] == price_id)


def state_of(plan: Plan) -> tuple[str, str]:
    """How far the plan is at Stripe: (state, reason)."""
    row = PlanSync.objects.get(plan=plan, **PLACE)
    return row.state, row.reason


def as_prices(plan: Plan, **known: str) -> PlanPrices:
    amounts = {"monthly": plan.monthly_price, "annual": plan.annual_price}
    return PlanPrices(plan.pk, plan.name, "", "USD", amounts, known)
