"""Products, prices and coupons."""

import pytest
import stripe
from stripe import StripeClient

from sandbox.stripe.testing import StripeSandbox
from tests.sandbox.shop import Shop


def test_product_is_created_changed_and_listed(client: StripeClient) -> None:
    product = client.v1.products.create({"name": "Solo", "metadata": {"plan": "1", "old": "x"}})
    client.v1.products.update(product.id, {"name": "Solo 2", "metadata": {"old": "", "new": "y"}})
    again = client.v1.products.retrieve(product.id)
    assert again.name == "Solo 2"
    assert again.metadata.to_dict() == {"plan": "1", "new": "y"}
    client.v1.products.create({"name": "Archived", "active": False})
    assert [each.name for each in client.v1.products.list({"active": True})] == ["Solo 2"]


def test_product_gets_one_of_its_own_prices_as_default(client: StripeClient, shop: Shop) -> None:
    other = client.v1.products.create({"name": "Other"})
    with pytest.raises(stripe.InvalidRequestError, match="does not belong"):
        client.v1.products.update(other.id, {"default_price": shop.monthly})
    client.v1.products.update(shop.product.id, {"default_price": shop.monthly})
    product = client.v1.products.retrieve(shop.product.id, {"expand": ["default_price"]})
    assert isinstance(product.default_price, stripe.Price)
    assert product.default_price.unit_amount == 2900
    with pytest.raises(stripe.InvalidRequestError, match="default price"):
        client.v1.prices.update(shop.monthly, {"active": False})


@pytest.mark.parametrize(
    "change",
    [
        {"unit_amount": 3900},
        {"currency": "eur"},
        {"recurring": {"interval": "year"}},
        {"product": "x"},
    ],
)
def test_what_a_price_costs_never_changes(client: StripeClient, shop: Shop, change: dict) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.v1.prices.update(shop.monthly, change)  # type: ignore[arg-type]
    assert refusal.value.code == "parameter_unknown"
    assert refusal.value.http_status == 400
    assert client.v1.prices.retrieve(shop.monthly).unit_amount == 2900


def test_price_is_archived_and_renamed(client: StripeClient, shop: Shop) -> None:
    changed = client.v1.prices.update(
        shop.monthly, {"active": False, "nickname": "old", "metadata": {"a": "1"}}
    )
    assert (changed.active, changed.nickname) == (False, "old")
    annual = shop.price(29000, "year")
    listed = client.v1.prices.list({"product": shop.product.id, "active": True})
    assert [each.id for each in listed] == [annual]
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        shop.session()


def test_lookup_key_belongs_to_one_price_until_it_is_transferred(
    client: StripeClient, shop: Shop
) -> None:
    client.v1.prices.update(shop.monthly, {"lookup_key": "team-monthly"})
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        client.v1.prices.update(shop.price(3900), {"lookup_key": "team-monthly"})
    newer = shop.price(4900)
    client.v1.prices.update(newer, {"lookup_key": "team-monthly", "transfer_lookup_key": True})
    assert client.v1.prices.retrieve(shop.monthly).lookup_key is None
    assert [p.id for p in client.v1.prices.list({"lookup_keys": ["team-monthly"]})] == [newer]


def test_coupon_takes_off_once_and_is_used_up(
    client: StripeClient, shop: Shop, sandbox: StripeSandbox
) -> None:
    coupon = client.v1.coupons.create(
        {
            "amount_off": 900,
            "currency": "usd",
            "duration": "once",
            "max_redemptions": 1,
            "name": "Credit",
        }
    )
    session = shop.session(discounts=[{"coupon": coupon.id}])
    assert (session.amount_subtotal, session.amount_total) == (2900, 2000)
    sandbox.pay(session.url)
    spent = client.v1.coupons.retrieve(coupon.id)
    assert (spent.times_redeemed, spent.valid) == (1, False)
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.session(discounts=[{"coupon": coupon.id}])
    assert refusal.value.code == "coupon_expired"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"duration": "once"}, "exactly one of"),
        ({"duration": "once", "amount_off": 5}, "pass currency"),
        ({"duration": "once", "percent_off": 101}, "at most 100"),
        ({"duration": "forever", "percent_off": 10}, "must be one of once"),
    ],
)
def test_coupon_that_makes_no_sense_is_refused(
    client: StripeClient, given: dict, sentence: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=sentence):
        client.v1.coupons.create(given)  # type: ignore[arg-type]


def test_changes_are_told_as_events_with_the_values_before(
    client: StripeClient, sandbox: StripeSandbox
) -> None:
    product = client.v1.products.create({"name": "Solo"})
    client.v1.products.update(product.id, {"name": "Solo"})
    client.v1.products.update(product.id, {"name": "Solo 2"})
    assert [each["type"] for each in sandbox.events()] == ["product.created", "product.updated"]
    assert sandbox.events("product.updated")[0]["data"]["previous_attributes"] == {"name": "Solo"}
