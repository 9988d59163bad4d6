"""What a day with Stripe is made of: plans are sent, orders begun, pages paid, notifications taken in."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from billing.gateways.base import Notification, Order, PlanPrices, RecurringGateway
from billing.models import Payment, PlanSync, Subscription
from billing.services import checkout, plan_sync, pushing
from billing.services.settlement import apply
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.money import press

PLACE = {"gateway": "stripe", "environment": "sandbox"}


@dataclass
class Shop:
    sandbox: StripeSandbox
    gateway: RecurringGateway

    @property
    def now(self) -> datetime:
        return self.sandbox.now()

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

    def order(
        self, tenant: Tenant, plan: Plan, by: User, *, due: int, cycle: str = "monthly"
    ) -> Payment:
        """A payment that waits on Stripe's page."""
        pressed = press(by, due, gateway="stripe")
        payment = checkout.order_plan(tenant, plan.pk, cycle, pressed, now=self.now)
        checkout.begin(payment, now=self.now)
        return payment

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

    def funds(self, tenant: Tenant, by: User, amount: int) -> Payment:
        pressed = press(by, amount, gateway="stripe")
        payment = checkout.order(
            tenant, "funds", title="Funds", ordered={}, press=pressed, now=self.now
        )
        checkout.begin(payment, now=self.now)
        return payment

    # Hearing

    def hear(self) -> list[str]:
        """All that waits to be delivered is verified, read and taken in; what each came to."""
        said: list[str] = []

        def take(_url: str, body: bytes, headers: Any) -> int:
            told = self.gateway.verify(body, headers, datetime.now(UTC))
            said.extend(apply(fact, **PLACE, now=self.now) for fact in self.gateway.read(told))
            return 200

        self.sandbox.deliver(take)
        return said

    def tell(self, kind: str, object_id: str) -> list[Any]:
        """What a notification of that kind about that object leads to."""
        return self.gateway.read(Notification("evt_test", kind, object_id, "sandbox", {}))

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


def an_order(reference: str = "pay_1", **changes: object) -> Order:
    known = {
        "reference": reference,
        "amount": 2900,
        "currency": "USD",
        "title": "Funds",
        "tenant_id": 7,
        "tenant_name": "Salon Aurora",
        "email": "ana@aurora.example",
        "return_url": "http://salon-aurora.localhost/back/",
        "cancel_url": "http://salon-aurora.localhost/back/?back=1",
    }
    return Order(**(known | changes))  # type: ignore[arg-type]
