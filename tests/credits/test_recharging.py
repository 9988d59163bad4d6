"""Packs that are bought by themselves (B8): one at a time, within the cap, and paused with a word when it fails."""

from datetime import timedelta

import pytest
from django.conf import settings as project
from django.core import mail

from billing.models import Payment, Status
from billing.services import checkout
from credits.models import AutoRecharge, CreditPack, PackPurchase
from credits.services import packs, recharge_letters, recharge_wishes, recharging
from credits.services.purchases import NotOnOffer
from credits.services.recharge_wishes import NotPossible, Wish
from plans.models import Plan
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.money import NOW, give_funds
from tests.billing.stripe.conftest import gateway as gateway
from tests.billing.stripe.conftest import sandbox as sandbox
from tests.billing.stripe.conftest import shop as shop
from tests.billing.stripe.shop import Shop
from tests.credits.accounting import account, adds_up, have, spend, stand
from tests.races.test_money import PEOPLE, all_at_once
from tests.tenants.allowance.month import with_limit

pytestmark = pytest.mark.django_db
BALANCE, CARD = AutoRecharge.Source.BALANCE, AutoRecharge.Source.CARD


def wants(
    tenant: Tenant,
    pack: CreditPack,
    by: User,
    *,
    below: int = 2,
    source: str = BALANCE,
    cap: int = 10_000,
) -> AutoRecharge:
    wish = Wish(pack.pk, below, source, cap)
    return recharge_wishes.switch_on(tenant, "sms", wish, by=by, now=NOW)


def wish_now(tenant: Tenant) -> AutoRecharge:
    return AutoRecharge.objects.get(account__tenant=tenant)


def run(tenant: Tenant, *, later: timedelta = timedelta()) -> list[bool]:
    now = NOW + later
    return [recharging.recharge(pk, now) for pk in recharging.due(now)]


def test_pack_is_bought_from_the_balance_when_few_are_left(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    give_funds(tenant, 5000)
    have(tenant, 10)
    wants(tenant, pack, ana)
    spend(tenant, 10)
    assert run(tenant) == []
    spend(tenant, 1)
    assert run(tenant) == [True]
    assert stand(tenant) == (3, 502, 0)
    payment = Payment.objects.get(purpose="credits")
    assert (payment.status, payment.by, payment.ordered["by_itself"]) == (Status.PAID, ana, True)
    assert run(tenant) == []
    adds_up(account(tenant))


def test_it_buys_at_once_where_few_are_left_already_and_nothing_where_it_is_off(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    give_funds(tenant, 5000)
    spend(tenant, 2)
    recharge_wishes.switch_off(tenant, "sms", NOW)
    spend(tenant, 1)
    assert recharging.due(NOW) == []
    wants(tenant, pack, ana)
    assert run(tenant) == [True]
    recharge_wishes.switch_off(tenant, "sms", NOW)
    spend(tenant, 500)
    assert recharging.due(NOW) == []


def test_small_packs_are_bought_until_enough_are_there(
    tenant: Tenant, ana: User, pack: CreditPack
) -> None:
    give_funds(tenant, 5000)
    small = packs.create_pack(
        "sms", name="2", description="", price=100, credits=2, is_active=True, now=NOW
    )
    spend(tenant, 3)
    wants(tenant, small, ana, below=5)
    bought = 0
    while done := run(tenant):
        bought += sum(done)
    assert bought == 3
    assert stand(tenant) == (3, 6, 0)


def test_cap_of_the_month_holds_and_the_next_month_goes_on(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    give_funds(tenant, 9000)
    spend(tenant, 3)
    wants(tenant, pack, ana, cap=3000)
    assert run(tenant) == [True]
    spend(tenant, 500)
    assert run(tenant) == [False]
    assert wish_now(tenant).paused_at is None
    assert run(tenant, later=timedelta(hours=2)) == []
    spend(tenant, 1)
    assert recharging.due(NOW) == []
    assert run(tenant, later=timedelta(days=7)) == [
        False
    ]  # the month has renewed: 3 are there again
    now = NOW + timedelta(days=7)
    spend(tenant, 3, now=now)
    assert [recharging.recharge(pk, now) for pk in recharging.due(now)] == [True]


def test_balance_that_is_not_enough_pauses_it_and_the_owners_are_told_once(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    give_funds(tenant, 1800)
    spend(tenant, 3)
    wants(tenant, pack, ana)
    assert run(tenant) == [False]
    wish = wish_now(tenant)
    assert "not enough" in wish.pause_reason
    assert (wish.paused_at, wish.due_at) == (NOW, None)
    spend(tenant, 1)
    assert recharging.due(NOW + timedelta(days=30)) == []
    assert recharge_letters.write_due(NOW) == 1
    assert recharge_letters.write_due(NOW) == 0
    (letter,) = mail.outbox
    assert letter.to == ["ana@aurora.example"]
    assert "$18.00 is not enough for $19.00" in letter.body
    give_funds(tenant, 1000, key="more")
    wants(tenant, pack, ana)
    assert run(tenant) == [True]


def test_pack_that_is_not_sold_any_more_pauses_it(
    tenant: Tenant, pack: CreditPack, ana: User
) -> None:
    give_funds(tenant, 5000)
    spend(tenant, 3)
    wants(tenant, pack, ana)
    packs.edit_pack(pack.pk, name="x", description="", is_active=False)
    assert run(tenant) == [False]
    assert wish_now(tenant).pause_reason == "The top-up plan is not on offer any more."


def test_pack_that_was_deleted_pauses_it(tenant: Tenant, pack: CreditPack, ana: User) -> None:
    spend(tenant, 3)
    wants(tenant, pack, ana)
    packs.delete_pack(pack.pk)
    assert run(tenant) == [False]
    assert wish_now(tenant).paused_at == NOW


def test_what_needs_none_any_more_is_let_go(tenant: Tenant, pack: CreditPack, ana: User) -> None:
    spend(tenant, 3)
    wants(tenant, pack, ana)
    have(tenant, 50)
    assert run(tenant) == [False]
    assert not Payment.objects.exists()
    assert wish_now(tenant).due_at is None


def test_wishes_that_cannot_be_are_refused(tenant: Tenant, pack: CreditPack, ana: User) -> None:
    with pytest.raises(NotPossible, match=r"\$19.00"):
        wants(tenant, pack, ana, cap=1899)
    with pytest.raises(NotPossible, match="no saved card"):
        wants(tenant, pack, ana, source=CARD)
    mails = packs.create_pack(
        "email", name="2", description="", price=100, credits=2, is_active=True, now=NOW
    )
    with pytest.raises(NotOnOffer):
        wants(tenant, mails, ana)
    assert not AutoRecharge.objects.exists()


class TestSavedCard:
    """The card of the subscription is charged while nobody is there."""

    @pytest.fixture
    def paying(self, shop: Shop, tenant: Tenant, ana: User) -> Tenant:
        plan = Plan.objects.create(
            name="Team+",
            monthly_price=5900,
            capabilities=tenant.plan.capabilities,
            limits=tenant.plan.limits,
        )
        shop.send(plan)
        shop.buy(tenant, plan, ana, due=5900)
        tenant.refresh_from_db()
        found = with_limit(tenant, 3)
        spend(found, 3)
        return found

    def test_pack_is_collected_and_granted_once(
        self, paying: Tenant, pack: CreditPack, ana: User, shop: Shop
    ) -> None:
        wants(paying, pack, ana, source=CARD)
        assert run(paying) == [True]
        assert stand(paying)[1] == 500
        shop.hear()
        assert stand(paying)[1] == 500
        payment = Payment.objects.get(purpose="credits")
        assert payment.paid_with == "Visa 4242"
        intents = [one for one in shop.at("payment_intent") if one["amount"] == 1900]
        assert len(intents) == 1

    def test_answer_that_is_lost_charges_once(
        self, paying: Tenant, pack: CreditPack, ana: User, shop: Shop, sandbox: StripeSandbox
    ) -> None:
        wants(paying, pack, ana, source=CARD)
        sandbox.fault("after", method="POST", path="/v1/payment_intents", times=2)
        assert run(paying) == [False]
        assert wish_now(paying).paused_at is None
        assert stand(paying)[1] == 0
        assert run(paying, later=timedelta(minutes=16)) == [True]
        assert stand(paying)[1] == 500
        intents = [one for one in shop.at("payment_intent") if one["amount"] == 1900]
        assert len(intents) == 1

    def test_notification_alone_grants_it_too(
        self, paying: Tenant, pack: CreditPack, ana: User, shop: Shop, sandbox: StripeSandbox
    ) -> None:
        """The worker has died before it heard the answer."""
        wants(paying, pack, ana, source=CARD)
        sandbox.fault("after", method="POST", path="/v1/payment_intents", times=2)
        run(paying)
        shop.hear()
        assert stand(paying)[1] == 500
        assert run(paying, later=timedelta(minutes=16)) == [True]
        assert PackPurchase.objects.count() == 1

    def test_card_that_is_declined_pauses_it(
        self, paying: Tenant, pack: CreditPack, ana: User, shop: Shop, sandbox: StripeSandbox
    ) -> None:
        customer = shop.at("customer")[0]["id"]
        sandbox.set_cards(customer, "fail")
        wants(paying, pack, ana, source=CARD)
        assert run(paying) == [False]
        assert wish_now(paying).pause_reason == "Your card has insufficient funds."
        assert Payment.objects.get(purpose="credits").status == Status.FAILED
        shop.hear()
        assert stand(paying)[1] == 0

    def test_stripe_that_does_not_answer_is_asked_again(
        self, paying: Tenant, pack: CreditPack, ana: User, sandbox: StripeSandbox
    ) -> None:
        wants(paying, pack, ana, source=CARD)
        sandbox.fault("500", method="GET", path="/v1/payment_intents", times=2)
        assert run(paying) == [False]
        assert run(paying) == []
        assert run(paying, later=timedelta(minutes=16)) == [True]
        assert PackPurchase.objects.count() == 1

    def test_refund_of_it_at_stripe_takes_the_credits_back(
        self, paying: Tenant, pack: CreditPack, ana: User, shop: Shop, sandbox: StripeSandbox
    ) -> None:
        wants(paying, pack, ana, source=CARD)
        run(paying)
        shop.hear()
        sandbox.refund(Payment.objects.get(purpose="credits").charge_id)
        shop.hear()
        assert stand(paying)[1] == 0
        assert Payment.objects.get(purpose="credits").status == Status.REFUNDED

    def test_reconciliation_finds_it_at_the_gateway(
        self, paying: Tenant, pack: CreditPack, ana: User, shop: Shop
    ) -> None:
        wants(paying, pack, ana, source=CARD)
        run(paying)
        facts = list(shop.gateway.paid_since(NOW - timedelta(days=1)))
        ours = Payment.objects.get(purpose="credits")
        assert [one.amount for one in facts if one.reference == ours.reference] == [1900]


@pytest.mark.race
@pytest.mark.django_db(transaction=True, available_apps=project.INSTALLED_APPS)
def test_many_workers_buy_once(aurora: Tenant, pack: CreditPack, ana: User) -> None:
    aurora.plan.capabilities |= {"workflows": True, "workflows.sms": True}
    tenant = with_limit(aurora, 3)
    give_funds(tenant, 50_000)
    spend(tenant, 3)
    wants(tenant, pack, ana)

    def act(_number: int) -> None:
        recharging.recharge(account(tenant).pk, NOW)

    assert all_at_once(act) == {"done": PEOPLE}
    assert PackPurchase.objects.count() == 1
    assert stand(tenant) == (3, 500, 0)


def test_worker_that_died_after_ordering_leaves_an_order_that_the_next_one_pays(
    tenant: Tenant, pack: CreditPack, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_funds(tenant, 5000)
    spend(tenant, 3)
    wants(tenant, pack, ana)

    def die(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(checkout, "begin", die)
    with pytest.raises(KeyboardInterrupt):
        run(tenant)
    monkeypatch.undo()
    assert run(tenant, later=timedelta(minutes=1)) == []
    assert run(tenant, later=timedelta(minutes=7)) == [True]
    assert Payment.objects.filter(purpose="credits").count() == 1
    assert stand(tenant) == (3, 500, 0)
