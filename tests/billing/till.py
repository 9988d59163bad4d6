"""What a day at any gateway is made of: orders are begun, pages paid, notifications taken in, money goes back.

A gateway's own `Till` says how its double is moved; what is asked of all of them is in `tests/billing/gateways/`.
"""

from datetime import UTC, datetime
from typing import Any

from billing.gateways.base import HostedGateway, Notification, Order
from billing.models import Payment, Subscription
from billing.services import checkout, plan_sync, pushing
from billing.services.settlement import apply
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.money import press


class Till:
    """`sandbox` is the double, `gateway` is ours on it."""

    key: str
    books_after = 1
    """Hours after which its lists are complete."""
    paid_with = "Visa 4242"

    def __init__(self, sandbox: Any, gateway: HostedGateway) -> None:
        self.sandbox, self.gateway = sandbox, gateway

    @property
    def now(self) -> datetime:
        return self.sandbox.now()

    @property
    def place(self) -> dict[str, str]:
        return {"gateway": self.key, "environment": "sandbox"}

    # What is special to a gateway

    def pay(self, url: str) -> str:
        """Somebody pays on the page; where the browser is sent."""
        raise NotImplementedError

    def decline(self, url: str) -> None:
        """A card is refused; the page stays open."""
        raise NotImplementedError

    def refund(self, charge_id: str, amount: int | None = None) -> None:
        """As if in the company's own console; all of it by default."""
        raise NotImplementedError

    def dispute(self, charge_id: str) -> str:
        """The payer's bank takes the money; the name of the dispute."""
        raise NotImplementedError

    def close_dispute(self, name: str, status: str) -> None:
        """`won` or `lost`, by us."""
        raise NotImplementedError

    # Buying

    def order(
        self, tenant: Tenant, plan: Plan, by: User, *, due: int, cycle: str = "monthly"
    ) -> Payment:
        """A payment that waits on the gateway's page."""
        pressed = press(by, due, gateway=self.key)
        payment = checkout.order_plan(tenant, plan.pk, cycle, pressed, now=self.now)
        return checkout.begin(payment, now=self.now).payment

    def funds(self, tenant: Tenant, by: User, amount: int) -> Payment:
        """The same for the balance."""
        pressed = press(by, amount, gateway=self.key)
        payment = checkout.order(
            tenant, "funds", title="Funds", ordered={}, press=pressed, now=self.now
        )
        return checkout.begin(payment, now=self.now).payment

    # Hearing

    def hear(self) -> list[str]:
        """All that waits to be delivered is verified, read and taken in; what each came to."""
        said: list[str] = []

        def take(_url: str, body: bytes, headers: Any) -> int:
            told = self.gateway.verify(body, headers, datetime.now(UTC))
            said.extend(apply(fact, **self.place, now=self.now) for fact in self.gateway.read(told))
            return 200

        self.sandbox.deliver(take)
        return said

    def tell(self, kind: str, object_id: str) -> list[Any]:
        """What a notification of that kind about that object leads to."""
        return self.gateway.read(Notification("evt_test", kind, object_id, "sandbox", {}))

    # Looking there

    def at(self, kind: str, **wanted: Any) -> list[dict[str, Any]]:
        """Objects there, as they are now."""
        return [dict(one) for one in self.sandbox.world.store.all(kind, **wanted)]


class RenewingTill(Till):
    """A gateway that renews plans by itself: they are sent there, bought, and changed."""

    def send(self, *plans: Plan) -> None:
        for plan in plans:
            plan_sync.sync(plan.pk, self.now)
            plan.refresh_from_db()

    def sell(self, plan: Plan) -> dict[str, str]:
        """The plan's ids there."""
        self.send(plan)
        return dict(plan.gateway_ids[f"{self.key}:sandbox"])

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
        """Everything that the gateway has to be told is told; how many subscriptions that were."""
        return sum(pushing.push(pk, self.now) for pk in pushing.due(self.now, 100))

    def running(self) -> list[str]:
        """The subscriptions for which somebody would be charged again."""
        raise NotImplementedError


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
