"""Short ways to money for tests: plans with prices, funds, and one press of “Pay”."""

import itertools
from datetime import UTC, datetime

from billing import ledger
from billing.ledger import Kind, Why
from billing.models import Payment
from billing.services import checkout
from billing.services.checkout import Press
from plans.models import Plan
from tenants.models import Tenant, User

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
_presses = itertools.count(1)


def press(by: User, due: int, *, gateway: str = "balance", token: str = "") -> Press:
    """A press of a button that nobody has pressed before, unless `token` is given."""
    return Press(gateway, due, token or f"press-{next(_presses):012d}", by)


def give_funds(tenant: Tenant, amount: int, *, key: str = "test", now: datetime = NOW) -> None:
    from django.db import transaction

    with transaction.atomic():
        ledger.deposit(tenant.lock(), amount, Why(Kind.ADJUSTMENT, f"{key}:{amount}"), now=now)


def buy(
    tenant: Tenant, plan: Plan, by: User, *, cycle: str = "monthly", due: int, now: datetime = NOW
) -> Payment:
    """A plan from the balance, as it stands afterwards."""
    payment = checkout.order_plan(tenant, plan.pk, cycle, press(by, due), now=now)
    return checkout.begin(payment, now=now).payment
