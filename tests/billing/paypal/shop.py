"""What a day with PayPal is made of: plans are sent, orders begun, pages approved, notifications taken in."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from billing.gateways.base import Notification, RecurringGateway
from billing.models import Payment, Subscription
from billing.services import checkout, plan_sync, pushing
from billing.services.settlement import apply
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from sandbox.paypal.testing import PayPalSandbox
from tenants.models import Tenant, User
from tests.billing.money import press

PLACE = {"gateway": "paypal", "environment": "sandbox"}
CHARGED = {"APPROVED", "ACTIVE"}


@dataclass
class Shop:
    sandbox: PayPalSandbox
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
        """The plan's ids at PayPal."""
        self.send(plan)
        return dict(plan.gateway_ids["paypal:sandbox"])

    # Buying

    def order(
        self, tenant: Tenant, plan: Plan, by: User, *, due: int, cycle: str = "monthly"
    ) -> Payment:
        """A payment that waits on PayPal's page."""
        pressed = press(by, due, gateway="paypal")
        payment = checkout.order_plan(tenant, plan.pk, cycle, pressed, now=self.now)
        checkout.begin(payment, now=self.now)
        return payment

    def buy(
        self, tenant: Tenant, plan: Plan, by: User, *, due: int, cycle: str = "monthly"
    ) -> Subscription:
        """The subscription that runs once the page was approved and everything was told."""
        payment = self.order(tenant, plan, by, due=due, cycle=cycle)
        self.sandbox.pay(payment.pay_url)
        self.hear()
        running = live_subscription(tenant)
        assert running
        return running

    def funds(self, tenant: Tenant, by: User, amount: int) -> Payment:
        pressed = press(by, amount, gateway="paypal")
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
        return self.gateway.read(Notification("WH-test", kind, object_id, "sandbox", {}))

    def push_all(self) -> int:
        """Everything that PayPal has to be told is told; how many subscriptions that were."""
        return sum(pushing.push(pk, self.now) for pk in pushing.due(self.now, 100))

    # Looking at PayPal

    def at_paypal(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        return [dict(each) for each in self.sandbox.world.store.all(kind, **wanted)]

    def subscription(self, ours: Subscription) -> dict[str, Any]:
        return self.at_paypal("subscription", id=ours.external_id)[0]

    def running(self) -> list[str]:
        """The subscriptions for which PayPal would charge somebody again."""
        return [each["id"] for each in self.at_paypal("subscription") if each["status"] in CHARGED]
