"""A pack is paid on each company's own page, one time; and goes as far as its money goes back."""

import pytest

from billing.models import Payment, Status
from credits.models import CreditPack, PackPurchase
from credits.services import purchases
from tenants.models import Tenant, User
from tests.billing.gateways.conftest import till as till
from tests.billing.money import press
from tests.billing.till import Till
from tests.credits.accounting import account, adds_up, spend, stand

pytestmark = pytest.mark.django_db


def bought(till: Till, tenant: Tenant, pack: CreditPack, by: User) -> Payment:
    pressed = press(by, pack.price, gateway=till.key)
    way = purchases.buy(tenant, pack.pk, 1, pressed, now=till.now)
    assert way.payment.is_pending
    assert stand_of(tenant) == 0
    till.pay(way.url)
    till.hear()
    way.payment.refresh_from_db()
    return way.payment


def stand_of(tenant: Tenant) -> int:
    return stand(tenant)[1] if tenant.credit_accounts.exists() else 0


@pytest.mark.req(111, 112, 113)
def test_pack_is_paid_once_and_usable_at_once(
    till: Till, tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    payment = bought(till, tenant, pack, ana)
    assert (payment.status, payment.gateway) == (Status.PAID, till.key)
    assert stand(tenant) == (0, 500, 0)
    till.hear()
    assert stand(tenant) == (0, 500, 0)
    assert not tenant.subscriptions.exists()
    for _ in range(3):
        spend(tenant)
    charge = spend(tenant)
    assert charge
    assert charge.from_purchased == 1
    adds_up(account(tenant))


def test_refund_there_takes_the_credits_back(
    till: Till, tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    payment = bought(till, tenant, pack, ana)
    till.refund(payment.charge_id)
    till.hear()
    assert stand(tenant) == (0, 0, 0)
    payment.refresh_from_db()
    assert payment.status == Status.REFUNDED
    assert PackPurchase.objects.get().payment == payment
