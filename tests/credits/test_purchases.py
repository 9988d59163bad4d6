"""Packs that are bought: paid like anything else, usable at once, and taken back as far as money goes back (D18)."""

from datetime import timedelta

import pytest

from billing.gateways.base import RefundFact
from billing.ledger import NotEnough, balance_of
from billing.models import Payment, Status
from billing.services import checkout
from billing.services.checkout import PriceChanged
from billing.services.fulfilment import purpose
from billing.services.settlement import apply
from credits.models import CreditEntry, CreditPack, PackPurchase
from credits.services import packs, purchases
from credits.services.purchases import NotOnOffer, TooManyAtOnce
from sandbox.stripe.testing import StripeSandbox
from tenants.metering import Charge
from tenants.models import PlanChange, Tenant, User
from tests.billing.money import NOW, card_fact, give_funds, press
from tests.billing.stripe.conftest import gateway as gateway
from tests.billing.stripe.conftest import sandbox as sandbox
from tests.billing.stripe.conftest import shop as shop
from tests.billing.stripe.shop import Shop
from tests.credits.accounting import account, adds_up, spend, stand

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def by_card(tenant: Tenant, pack: CreditPack, by: User, *, quantity: int = 1) -> Payment:
    """A purchase whose money the gateway says it has."""
    due = pack.price * quantity
    payment = purchases.order_pack(tenant, pack, quantity, press(by, due), now=NOW)
    Payment.objects.filter(pk=payment.pk).update(gateway="stripe", environment="sandbox")
    payment.refresh_from_db()
    apply(card_fact(payment), gateway="stripe", environment="sandbox", now=NOW)
    payment.refresh_from_db()
    return payment


def refund(payment: Payment, amount: int, name: str = "re_1", *, won: bool = False) -> str:
    fact = RefundFact(name, payment.charge_id, amount, NOW, is_dispute=won, is_reversed=won)
    return apply(fact, gateway="stripe", environment="sandbox", now=LATER)


@pytest.mark.req(110, 113, 114)
def test_pack_from_the_balance_is_usable_at_once_and_the_plan_is_untouched(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    give_funds(tenant, 5000)
    before = (tenant.plan, tenant.expires_at, PlanChange.objects.count())
    spend(tenant, 3)
    assert spend(tenant, 1, "a") is None
    way = purchases.buy(tenant, pack.pk, 1, press(ana, 1900), now=NOW)
    assert (way.payment.status, way.url) == (Status.PAID, "")
    assert way.payment.invoice.total == 1900
    assert balance_of(tenant).balance == 3100
    assert spend(tenant, 1, "a") == Charge(0, 1)
    assert stand(tenant) == (3, 499, 0)
    tenant.refresh_from_db()
    assert (tenant.plan, tenant.expires_at, PlanChange.objects.count()) == before
    assert not tenant.subscriptions.exists()
    adds_up(account(tenant))


@pytest.mark.req(111, 113)
def test_pack_by_card_is_a_one_time_payment_on_stripes_page(
    tenant: Tenant, pack: CreditPack, ana: User, shop: Shop, sandbox: StripeSandbox
) -> None:
    way = purchases.buy(tenant, pack.pk, 2, press(ana, 3800, gateway="stripe"), now=NOW)
    assert way.payment.is_pending
    session = shop.at("checkout.session")[0]
    assert (session["mode"], session["amount_total"]) == ("payment", 3800)
    sandbox.pay(way.url)
    shop.hear()
    way.payment.refresh_from_db()
    assert (way.payment.status, way.payment.title) == (Status.PAID, "2 × 500 SMS")
    assert stand(tenant) == (0, 1000, 0)
    assert shop.at("subscription") == []
    shop.hear()
    assert stand(tenant) == (0, 1000, 0)


def test_too_little_on_the_balance_leaves_everything_as_it_was(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    give_funds(tenant, 1899)
    with pytest.raises(NotEnough):
        purchases.buy(tenant, pack.pk, 1, press(ana, 1900), now=NOW)
    assert not PackPurchase.objects.exists()
    assert balance_of(tenant).balance == 1899


def test_same_press_buys_once_and_another_choice_is_another_order(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    give_funds(tenant, 9000)
    for _twice in range(2):
        purchases.buy(tenant, pack.pk, 1, press(ana, 1900, token="one"), now=NOW)
    assert stand(tenant) == (0, 500, 0)
    purchases.buy(tenant, pack.pk, 2, press(ana, 3800, token="one"), now=NOW)
    assert stand(tenant) == (0, 1500, 0)


def test_pack_that_was_taken_off_sale_is_refused_from_an_old_page(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    give_funds(tenant, 5000)
    packs.edit_pack(pack.pk, name=pack.name, description="", is_active=False)
    with pytest.raises(NotOnOffer, match="not on offer any more"):
        purchases.buy(tenant, pack.pk, 1, press(ana, 1900), now=NOW)
    packs.delete_pack(pack.pk)
    with pytest.raises(NotOnOffer):
        purchases.buy(tenant, pack.pk, 1, press(ana, 1900), now=NOW)
    assert not Payment.objects.exists()


def test_another_price_than_the_page_showed_is_refused(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    with pytest.raises(PriceChanged, match=r"\$19.00"):
        purchases.buy(tenant, pack.pk, 1, press(ana, 1800), now=NOW)


@pytest.mark.parametrize("quantity", [0, -1, 100])
def test_impossible_quantity_is_refused(
    tenant: Tenant, pack: CreditPack, ana: User, quantity: int
) -> None:
    with pytest.raises(TooManyAtOnce, match="1 to 99"):
        purchases.buy(tenant, pack.pk, quantity, press(ana, 1900 * quantity), now=NOW)


def test_what_was_ordered_is_granted_whatever_became_of_the_pack(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    payment = purchases.order_pack(tenant, pack, 1, press(ana, 1900), now=NOW)
    packs.delete_pack(pack.pk)
    give_funds(tenant, 1900)
    checkout.begin(payment, now=NOW)
    assert stand(tenant) == (0, 500, 0)


def test_refund_takes_back_down_to_what_is_left_and_the_rest_is_debt(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    payment = by_card(tenant, pack, ana)
    for n in range(4):
        spend(tenant, 100, f"k{n}")
    assert stand(tenant) == (3, 103, 0)
    assert [str(one) for one in purpose("credits").foretell(payment, 1900)] == [  # type: ignore[misc]
        "500 credits go with it, and only 103 are left: 397 become a debt.",
        "The next credits that they buy settle the debt first.",
    ]
    for _twice in range(2):
        refund(payment, 1900)
    assert stand(tenant) == (3, 0, 397)
    by_card(tenant, pack, ana)
    assert stand(tenant) == (3, 103, 0)
    adds_up(account(tenant))


def test_parts_that_go_back_add_up_to_all_of_it(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    payment = by_card(tenant, pack, ana)
    for n, amount in enumerate([333, 1, 566, 1000]):
        refund(payment, amount, f"re_{n}")
    payment.refresh_from_db()
    assert payment.status == Status.REFUNDED
    assert stand(tenant) == (0, 0, 0)
    assert (
        -sum(CreditEntry.objects.filter(kind="taken_back").values_list("purchased", flat=True))
        == 500
    )
    adds_up(account(tenant))


def test_dispute_that_is_won_brings_the_credits_back(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    payment = by_card(tenant, pack, ana)
    refund(payment, 700, "re_1")
    lost = RefundFact("dp_1", payment.charge_id, 1200, NOW, is_dispute=True)
    apply(lost, gateway="stripe", environment="sandbox", now=NOW)
    assert stand(tenant) == (0, 0, 0)
    refund(payment, 1200, "dp_1", won=True)
    assert stand(tenant) == (0, 500 - 500 * 700 // 1900, 0)
    adds_up(account(tenant))
