"""Checkout sessions: what is bought, paid, declined, expired."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import stripe
from stripe import StripeClient

from sandbox.stripe.testing import StripeSandbox
from tests.sandbox.shop import START, Shop

DAY = 24 * 60 * 60


def types(sandbox: StripeSandbox) -> list[str]:
    return [each["type"] for each in sandbox.events()]


def test_one_time_payment_succeeds(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    data = {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "1,000 SMS"}}
    session = shop.session(
        mode="payment",
        line_items=[{"price_data": data, "quantity": 2}],
        client_reference_id="payment-7",
        metadata={"payment": "7"},
        payment_intent_data={"metadata": {"payment": "7"}},
    )
    assert (session.status, session.payment_status) == ("open", "unpaid")
    assert session.payment_intent is None
    assert sandbox.pay(session.url) == f"http://aurora.localhost/paid?session={session.id}"
    paid = client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge", "line_items"]}
    )
    assert (paid.status, paid.payment_status, paid.amount_total) == ("complete", "paid", 2000)
    assert (paid.url, paid.client_reference_id, paid.customer) == (None, "payment-7", None)
    assert paid.payment_intent.metadata["payment"] == "7"
    charge = paid.payment_intent.latest_charge
    assert (charge.amount, charge.paid, charge.metadata["payment"]) == (2000, True, "7")
    card = charge.payment_method_details.card
    assert (card.brand, card.last4) == ("visa", "4242")
    assert [(line.description, line.quantity) for line in paid.line_items.data] == [
        ("1,000 SMS", 2)
    ]
    assert types(sandbox)[-4:] == [
        "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed",
    ]  # fmt: skip


def test_decline_leaves_the_session_open_for_another_try(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    line = {"price": shop.price(1000, None), "quantity": 1}
    session = shop.session(mode="payment", line_items=[line])
    sandbox.decline(session.url)
    with pytest.raises(AssertionError, match="declined"):
        sandbox.pay(session.url, "0002")
    tried = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (tried.status, tried.payment_status) == ("open", "unpaid")
    assert tried.payment_intent.status == "requires_payment_method"
    assert tried.payment_intent.last_payment_error.code == "card_declined"
    sandbox.pay(session.url)
    assert client.v1.payment_intents.retrieve(tried.payment_intent.id).status == "succeeded"
    assert types(sandbox).count("payment_intent.payment_failed") == 2
    assert types(sandbox).count("payment_intent.created") == 1


def test_card_is_kept_only_when_that_was_asked_for(client: StripeClient, shop: Shop) -> None:
    customer = shop.customer()
    shop.payment(customer=customer)
    assert client.v1.customers.payment_methods.list(customer).data == []
    shop.payment(customer=customer, payment_intent_data={"setup_future_usage": "off_session"})
    kept = client.v1.customers.payment_methods.list(customer).data
    assert [each.card.last4 for each in kept] == ["4242"]
    guest = shop.payment(payment_intent_data={"setup_future_usage": "off_session"})
    assert guest.customer.startswith("cus_")


def test_subscription_begins_when_it_is_paid(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    customer = shop.customer()
    coupon = client.v1.coupons.create({"amount_off": 900, "currency": "usd", "duration": "once"})
    session = shop.session(
        customer=customer,
        discounts=[{"coupon": coupon.id}],
        subscription_data={"metadata": {"tenant": "1"}},
    )
    assert session.subscription is None
    sandbox.pay(session.url)
    paid = client.v1.checkout.sessions.retrieve(
        session.id,
        {"expand": ["subscription", "invoice.payments", "invoice.discounts", "customer"]},
    )
    assert (paid.payment_status, paid.customer.id, paid.amount_total) == ("paid", customer, 2000)
    subscription, invoice = paid.subscription, paid.invoice
    assert (subscription.status, subscription.metadata["tenant"]) == ("active", "1")
    assert subscription.default_payment_method.startswith("pm_")
    assert (invoice.status, invoice.billing_reason) == ("paid", "subscription_create")
    assert (invoice.subtotal, invoice.total, invoice.amount_paid) == (2900, 2000, 2000)
    assert invoice.total_discount_amounts[0].amount == 900
    assert invoice.discounts[0].source.coupon == coupon.id
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert invoice.parent.subscription_details.metadata["tenant"] == "1"
    assert invoice.payments.data[0].payment.payment_intent.startswith("pi_")
    assert invoice.status_transitions.paid_at == int(START.timestamp())
    assert invoice.lines.data[0].pricing.price_details.price == shop.monthly


def test_declined_subscription_leaves_no_subscription(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    session = shop.session(customer=shop.customer())
    sandbox.decline(session.url)
    assert client.v1.subscriptions.list({"status": "all"}).data == []
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert "payment_intent.payment_failed" in types(sandbox)


def test_discount_of_the_whole_price_needs_no_payment(client: StripeClient, shop: Shop) -> None:
    coupon = client.v1.coupons.create({"percent_off": 100, "duration": "once"})
    subscription = shop.subscription(discounts=[{"coupon": coupon.id}])
    session = client.v1.checkout.sessions.list({"subscription": subscription.id}).data[0]
    assert (session.payment_status, session.amount_total) == ("no_payment_required", 0)
    assert subscription.status == "active"


def test_trial_costs_nothing_until_it_ends(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription = shop.subscription(subscription_data={"trial_period_days": 14})
    assert subscription.status == "trialing"
    assert subscription["items"].data[0].current_period_end == int(START.timestamp()) + 14 * DAY
    assert [each.total for each in client.v1.invoices.list({"subscription": subscription.id})] == [
        0
    ]
    sandbox.advance(days=14)
    renewed = shop.again(subscription, "latest_invoice")
    assert (renewed.status, renewed.latest_invoice.amount_paid) == ("active", 2900)
    assert renewed.latest_invoice.billing_reason == "subscription_cycle"


def test_session_expires_after_a_day_or_as_asked(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    early = int((START + timedelta(hours=1)).timestamp())
    session, short = shop.session(), shop.session(expires_at=early)
    sandbox.advance(hours=23, minutes=59)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert client.v1.checkout.sessions.retrieve(short.id).status == "expired"
    sandbox.advance(minutes=1)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "expired"
    told = [
        (e["data"]["object"]["id"], e["created"])
        for e in sandbox.events("checkout.session.expired")
    ]
    assert told == [(short.id, early), (session.id, int(START.timestamp()) + DAY)]


def test_session_is_expired_by_hand_once(client: StripeClient, shop: Shop) -> None:
    session = shop.session()
    expired = client.v1.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url, expired.expires_at) == (
        "expired",
        None,
        session.expires_at,
    )
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        client.v1.checkout.sessions.expire(session.id)


def test_sessions_are_found_by_what_they_made(client: StripeClient, shop: Shop) -> None:
    paid, subscription = shop.payment(), shop.subscription()
    by_intent = client.v1.checkout.sessions.list({"payment_intent": paid.payment_intent.id})
    assert [each.id for each in by_intent] == [paid.id]
    by_subscription = client.v1.checkout.sessions.list({"subscription": subscription.id})
    assert len(by_subscription.data) == 1
    assert client.v1.checkout.sessions.list({"status": "open"}).data == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"mode": "payment"}, "recurring price"),
        ({"customer": "cus_no"}, "No such customer"),
        ({"customer_email": "a@example.com", "customer": "cus_no"}, "only specify one"),
        ({"success_url": "javascript:alert(1)"}, "Not a valid URL"),
        ({"expires_at": 1}, "between 30 minutes and 24 hours"),
        ({"payment_intent_data": {"metadata": {"a": "b"}}}, "can not pass `payment_intent_data`"),
        ({"line_items": []}, "Missing required param: line_items"),
    ],
)
def test_session_that_makes_no_sense_is_refused(shop: Shop, given: dict, sentence: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=sentence):
        shop.session(**given)


def test_too_small_an_amount_is_refused(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        shop.session(mode="payment", line_items=[{"price": shop.price(49, None), "quantity": 1}])
    assert refusal.value.code == "amount_too_small"


def test_many_pay_at_the_same_moment(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    sessions = [shop.session().url for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        pressed = list(pool.map(lambda url: attempt(sandbox, url), sessions * 2))
    assert pressed.count(True) == 8
    assert len(client.v1.subscriptions.list({"limit": 100}).data) == 8
    assert len(sandbox.events("checkout.session.completed")) == 8


def attempt(sandbox: StripeSandbox, url: str) -> bool:
    """Whether this press was the one that paid."""
    try:
        sandbox.pay(url)
    except AssertionError:
        return False
    return True


def test_coupon_for_one_is_redeemed_by_one_of_two_sessions(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    coupon = client.v1.coupons.create(
        {"amount_off": 900, "currency": "usd", "duration": "once", "max_redemptions": 1}
    )
    first, second = (shop.session(discounts=[{"coupon": coupon.id}]).url for _ in range(2))
    sandbox.pay(first)
    with pytest.raises(AssertionError, match="declined"):
        sandbox.pay(second)
    assert "has been used up elsewhere" in sandbox.request("GET", urlsplit(second).path)[2]
    assert client.v1.coupons.retrieve(coupon.id).times_redeemed == 1
    assert len(sandbox.events("charge.*")) == 1
