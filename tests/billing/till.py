"""What a day at any gateway is made of: orders are begun, pages paid, notifications taken in, money goes back.

A gateway's own `Till` says how its double is moved; what is asked of all of them is in `tests/billing/gateways/`.
"""

from datetime import UTC, datetime
from typing import Any

from billing.gateways.base import HostedGateway, Notification, Order
from billing.models import Payment
from billing.services import checkout
from billing.services.settlement import apply
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
        checkout.begin(payment, now=self.now)
        return payment

    def funds(self, tenant: Tenant, by: User, amount: int) -> Payment:
        """The same for the balance."""
        pressed = press(by, amount, gateway=self.key)
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
            said.extend(apply(fact, **self.place, now=self.now) for fact in self.gateway.read(told))
            return 200

        self.sandbox.deliver(take)
        return said

    def tell(self, kind: str, object_id: str) -> list[Any]:
        """What a notification of that kind about that object leads to."""
        return self.gateway.read(Notification("evt_test", kind, object_id, "sandbox", {}))


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
