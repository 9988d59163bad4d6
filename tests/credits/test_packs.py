"""What is sold: made once, changed in words alone, deleted without a trace on what was bought."""

import pytest

from credits.models import CreditEntry, CreditPack, PackPurchase
from credits.services import packs, purchases
from credits.services.accounts import UnknownChannel
from credits.services.packs import ImpossiblePack, PackGone
from plans.models import PlatformSettings
from tenants.models import Tenant, User
from tests.billing.money import give_funds, press
from tests.credits.accounting import stand
from tests.tenants.allowance.month import NOW, with_limit

pytestmark = pytest.mark.django_db


def make(channel: str = "sms", price: int = 1900, credits: int = 500) -> CreditPack:
    return packs.create_pack(
        channel,
        name=f"{credits} {channel}",
        description=" For busy weeks ",
        price=price,
        credits=credits,
        is_active=True,
        now=NOW,
    )


@pytest.mark.req(101, 102)
@pytest.mark.parametrize("channel", ["sms", "whatsapp", "email"])
def test_pack_is_made_for_each_channel(channel: str) -> None:
    pack = make(channel)
    pack.refresh_from_db()
    assert (pack.channel, pack.price, pack.currency, pack.credits) == (channel, 1900, "USD", 500)
    assert pack.description == "For busy weeks"


@pytest.mark.parametrize("credits", [0, -5, 10**10])
def test_impossible_number_of_credits_is_refused(credits: int) -> None:
    with pytest.raises(ImpossiblePack, match="1 to 10,000,000"):
        make(credits=credits)


@pytest.mark.parametrize(
    ("price", "said"), [(0, "costs something"), (-1, "costs something"), (10**9, "at most")]
)
def test_impossible_price_is_refused(price: int, said: str) -> None:
    with pytest.raises(ImpossiblePack, match=said):
        make(price=price)


def test_unknown_channel_is_refused() -> None:
    with pytest.raises(UnknownChannel):
        make("pigeon")


@pytest.mark.req(106, 107)
def test_words_and_status_change_and_nothing_else(pack: CreditPack) -> None:
    packs.edit_pack(pack.pk, name="Five hundred", description="New", is_active=False)
    pack.refresh_from_db()
    assert (pack.name, pack.description, pack.is_active) == ("Five hundred", "New", False)
    assert (pack.price, pack.credits) == (1900, 500)


@pytest.mark.req(108)
def test_deleted_pack_leaves_what_was_bought(pack: CreditPack, tenant: Tenant, ana: User) -> None:
    give_funds(tenant, 5000)
    purchases.buy(tenant, pack.pk, 1, press(ana, 1900), now=NOW)
    packs.delete_pack(pack.pk)
    assert stand(tenant) == (0, 500, 0)
    purchase = PackPurchase.objects.get()
    assert (purchase.pack, purchase.name, purchase.bought) == (None, "500 SMS", 500)
    assert CreditEntry.objects.get().purchase == purchase
    with pytest.raises(PackGone):
        packs.delete_pack(pack.pk)
    with pytest.raises(PackGone):
        packs.edit_pack(pack.pk, name="x", description="", is_active=True)


@pytest.mark.req(104)
def test_offer_is_what_is_active_by_price(pack: CreditPack, tenant: Tenant) -> None:
    dear, cheap = make(price=5000, credits=2000), make(price=900, credits=200)
    make("email")
    assert packs.on_offer(tenant, "sms") == [cheap, pack, dear]
    packs.edit_pack(cheap.pk, name="x", description="", is_active=False)
    assert packs.on_offer(tenant, "sms") == [pack, dear]


def test_pack_in_another_currency_is_not_offered(pack: CreditPack, tenant: Tenant) -> None:
    platform = PlatformSettings.load()
    platform.currency = "EUR"
    platform.save()
    found = with_limit(tenant, 3)
    assert packs.on_offer(found, "sms") == []
    assert not packs.can_top_up(found, "sms")


def test_top_up_is_offered_as_decided(pack: CreditPack, tenant: Tenant) -> None:
    """Decision D15: the channel is on, not unlimited, and something is on offer."""
    assert packs.channels_to_top_up(tenant) == ["sms"]
    assert packs.can_top_up(with_limit(tenant, 0), "sms")
    assert not packs.can_top_up(with_limit(tenant, -1), "sms")
    found = with_limit(tenant, 3)
    assert not packs.can_top_up(found, "email")
    found.plan.capabilities["workflows.sms"] = False
    found.plan.save()
    assert not packs.can_top_up(with_limit(found, 3), "sms")
