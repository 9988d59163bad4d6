"""Both shops in one street: a tenant may go from one to the other, and somebody may be killed on the way."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from django.conf import settings as project

from billing.gateways.base import GatewayUnavailable
from billing.models import Payment
from billing.services import checkout, pushing
from plans.models import Plan
from tenants.models import Tenant, User
from tests.billing.inbox.shop import work
from tests.billing.money import press
from tests.billing.paypal.shop import Shop as PayPalShop
from tests.billing.stripe.shop import Shop as StripeShop
from tests.conftest import make_client

Shop = StripeShop | PayPalShop
SIGNED = ("stripe-signature", "paypal-")
WAIT = timedelta(minutes=7)
"""Longer than any lease of a worker."""


class Killed(BaseException):
    """The process is gone in this moment: no `except Exception` of ours sees that."""


@dataclass
class Street:
    shops: Mapping[str, Any]

    @property
    def now(self) -> datetime:
        return self.shops["stripe"].now

    def wait(self, by: timedelta = WAIT) -> None:
        for shop in self.shops.values():
            shop.sandbox.advance_to(shop.now + by)

    def running(self) -> list[str]:
        """Subscriptions for which anybody would charge the tenant again."""
        return [one for shop in self.shops.values() for one in shop.running()]

    def hear(self) -> None:
        """Everything that waits goes through the endpoint into the inbox, and is worked on."""
        client = make_client(project.PLATFORM_HOST)

        def receive(url: str, body: bytes, headers: Mapping[str, str]) -> int:
            marks = {k: v for k, v in headers.items() if k.lower().startswith(SIGNED)}
            path = f"/webhooks/{url.rstrip('/').rsplit('/', 1)[-1]}/"
            sent = client.post(path, body, content_type="application/json", headers=marks)
            return sent.status_code

        for shop in self.shops.values():
            outcome = shop.sandbox.deliver(receive)
            assert outcome.failed == 0
        work(self.now)

    def push_all(self) -> None:
        for pk in pushing.due(self.now, 100):
            pushing.push(pk, self.now)

    def move(self, tenant: Tenant, plan: Plan, by: User, to: str, due: int) -> None:
        """The tenant buys `plan` at the other gateway; every step is done again until it has worked."""
        pressed = press(by, due, gateway=to)
        payment: Payment = checkout.order_plan(tenant, plan.pk, "monthly", pressed, now=self.now)

        def begin() -> None:
            checkout.begin(Payment.objects.get(pk=payment.pk), now=self.now)

        def pay() -> None:
            self.shops[to].sandbox.pay(Payment.objects.get(pk=payment.pk).pay_url)

        def settle() -> None:
            self.hear()
            assert Payment.objects.get(pk=payment.pk).fulfilled_at

        def tell() -> None:
            self.push_all()
            assert pushing.due(self.now + timedelta(days=1), 100) == []

        for step in (begin, pay, settle, tell):
            self._until_done(step)

    def _until_done(self, step: Callable[[], None]) -> None:
        for _ in range(6):
            try:
                step()
            except (Killed, GatewayUnavailable, AssertionError):
                self.wait()
            else:
                return
        step()


@contextmanager
def killed_at(
    number: int, monkeypatch: pytest.MonkeyPatch, *, sent: bool, writes: bool = True
) -> Iterator[list[str]]:
    """Whoever asks the `number`-th question that changes something (`writes`), or only asks, is killed.

    Before it is sent, or (`sent`) before its answer is there. Yields those that were asked.
    """
    real, asked = requests.Session.send, []

    def deadly(self: Any, request: Any, **more: Any) -> Any:
        if (request.method != "GET") == writes:
            asked.append(f"{request.method} {request.path_url.partition('?')[0]}")
        if (request.method != "GET") != writes or len(asked) - 1 != number:
            return real(self, request, **more)
        if sent:
            real(self, request, **more)
        raise Killed(asked[-1])

    with monkeypatch.context() as patched:
        patched.setattr(requests.Session, "send", deadly)
        yield asked
