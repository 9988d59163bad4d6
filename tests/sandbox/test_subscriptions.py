"""Subscriptions on the clock: renewals, failures, recoveries, cancellations."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from stripe import StripeClient

from sandbox.stripe.testing import StripeSandbox
from sandbox.stripe.world import Settings
from tests.sandbox.shop import START, Shop


def date(stamp: int) -> str:
    return f"{datetime.fromtimestamp(stamp, UTC):%Y-%m-%d}"


def period(subscription: Any) -> tuple[str, str]:
    item = subscription["items"].data[0]
    return date(item.current_period_start), date(item.current_period_end)


def test_thirteen_months_are_counted_from_the_anchor(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription = shop.subscription()
    assert period(subscription) == ("2026-01-31", "2026-02-28")
    sandbox.advance_to(START + timedelta(days=400))
    invoices = list(client.v1.invoices.list({"subscription": subscription.id, "limit": 100}))[::-1]
    starts = [date(each.lines.data[0].period.start) for each in invoices]
    assert starts == [
        "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31",
        "2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28",
    ]  # fmt: skip
    assert [date(each.created) for each in invoices] == starts
    assert {each.billing_reason for each in invoices[1:]} == {"subscription_cycle"}
    assert all((each.status, each.amount_paid) == ("paid", 2900) for each in invoices)
    assert period(shop.again(subscription)) == ("2027-02-28", "2027-03-31")
    paid = [date(each["created"]) for each in sandbox.events("invoice.paid")]
    assert paid == starts
    stamps = [each["created"] for each in sandbox.events()]
    assert stamps == sorted(stamps)


def test_leap_day_is_the_anchor_of_annual_periods() -> None:
    with StripeSandbox(datetime(2028, 2, 29, 12, tzinfo=UTC)) as sandbox:
        shop = Shop(sandbox, sandbox.client())
        subscription = shop.subscription(
            line_items=[{"price": shop.price(29000, "year"), "quantity": 1}]
        )
        ends = [period(subscription)[1]]
        for _ in range(4):
            sandbox.advance_to(datetime.fromisoformat(f"{ends[-1]}T12:00:00+00:00"))
            ends.append(period(shop.again(subscription))[1])
    assert ends == ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29", "2033-02-28"]


def test_failed_renewal_is_retried_and_then_canceled(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription = shop.subscription("4444")
    sandbox.advance_to(START + timedelta(days=28))
    due = shop.again(subscription, "latest_invoice")
    assert (due.status, period(due)) == ("past_due", ("2026-02-28", "2026-03-31"))
    invoice = due.latest_invoice
    assert (invoice.status, invoice.attempt_count, invoice.amount_due) == ("open", 1, 2900)
    assert date(invoice.next_payment_attempt) == "2026-03-01"
    sandbox.advance(days=5)
    over = shop.again(subscription, "latest_invoice")
    assert (over.status, over.cancellation_details.reason) == ("canceled", "payment_failed")
    assert (over.latest_invoice.status, over.latest_invoice.attempt_count) == ("open", 4)
    assert over.latest_invoice.next_payment_attempt is None
    tries = [date(each["created"]) for each in sandbox.events("invoice.payment_failed")]
    assert tries == ["2026-02-28", "2026-03-01", "2026-03-03", "2026-03-05"]
    assert date(sandbox.events("customer.subscription.deleted")[0]["created"]) == "2026-03-05"
    assert client.v1.customers.retrieve(subscription.customer).delinquent


def test_days_of_the_retries_can_be_set() -> None:
    with StripeSandbox(START, settings=Settings(retry_days=(2,))) as sandbox:
        shop = Shop(sandbox, sandbox.client())
        shop.subscription("4444")
        sandbox.advance(days=35)
        tries = [date(each["created"]) for each in sandbox.events("invoice.payment_failed")]
    assert tries == ["2026-02-28", "2026-03-02"]


def test_another_card_recovers_at_the_next_retry(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription = shop.subscription("4444")
    sandbox.advance_to(START + timedelta(days=28))
    portal = client.v1.billing_portal.sessions.create(
        {"customer": subscription.customer, "return_url": "http://aurora.localhost/panel/billing/"}
    )
    sandbox.replace_card(portal.url, "4242")
    sandbox.advance(days=1)
    recovered = shop.again(subscription, "latest_invoice", "default_payment_method")
    assert (recovered.status, recovered.latest_invoice.status) == ("active", "paid")
    assert recovered.default_payment_method.card.last4 == "4242"
    assert not client.v1.customers.retrieve(subscription.customer).delinquent
    statuses = [
        each["data"]["object"]["status"]
        for each in sandbox.events("customer.subscription.updated")
        if "status" in each["data"]["previous_attributes"]
    ]
    assert statuses == ["past_due", "active"]


def test_open_invoice_is_paid_by_hand(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription = shop.subscription("4444")
    sandbox.advance_to(START + timedelta(days=28))
    invoice = shop.again(subscription).latest_invoice
    with pytest.raises(stripe.CardError) as refusal:
        client.v1.invoices.pay(invoice)
    assert refusal.value.error.payment_intent.status == "requires_payment_method"
    good = sandbox.add_card(subscription.customer)
    assert client.v1.invoices.pay(invoice, {"payment_method": good}).status == "paid"
    assert shop.again(subscription).status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        client.v1.invoices.pay(invoice)


def test_subscription_ends_with_its_period(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription = shop.subscription()
    wish: Any = {
        "cancel_at_period_end": True,
        "cancellation_details": {"comment": "moving", "feedback": "unused"},
    }
    asked = client.v1.subscriptions.update(subscription.id, wish)
    assert (asked.status, date(asked.cancel_at or 0)) == ("active", "2026-02-28")
    assert asked.canceled_at == int(START.timestamp())
    assert asked.cancellation_details.reason == "cancellation_requested"  # type: ignore[union-attr]
    client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert shop.again(subscription).cancel_at is None
    client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    sandbox.advance(days=60)
    over = shop.again(subscription)
    assert (over.status, date(over.ended_at)) == ("canceled", "2026-02-28")
    assert over.cancellation_details.comment == "moving"
    assert len(client.v1.invoices.list({"subscription": subscription.id}).data) == 1


def test_subscription_is_canceled_at_once(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription = shop.subscription()
    details: Any = {"cancellation_details": {"comment": "replaced"}}
    canceled = client.v1.subscriptions.cancel(subscription.id, details)
    assert (canceled.status, canceled.ended_at) == ("canceled", int(START.timestamp()))
    with pytest.raises(stripe.InvalidRequestError) as again:
        client.v1.subscriptions.cancel(subscription.id)
    assert again.value.http_status == 404
    with pytest.raises(stripe.InvalidRequestError, match="can only update"):
        client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    client.v1.subscriptions.update(subscription.id, {"metadata": {"note": "x"}})
    sandbox.advance(days=60)
    assert len(client.v1.invoices.list({"subscription": subscription.id}).data) == 1


def test_subscription_starts_on_a_saved_card(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    customer = shop.customer()
    items: Any = [{"price": shop.monthly}]
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        client.v1.subscriptions.create({"customer": customer, "items": items})
    card = sandbox.add_card(customer)
    started = client.v1.subscriptions.create(
        {
            "customer": customer,
            "items": items,
            "default_payment_method": card,
            "off_session": True,
            "metadata": {"a": "1"},
        }
    )
    assert (started.status, started.metadata["a"]) == ("active", "1")
    assert started["items"].data[0].price.id == shop.monthly
    assert started["items"].data[0].plan.amount == 2900


def test_first_payment_that_fails_leaves_it_incomplete(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    customer = shop.customer()
    given: Any = {
        "customer": customer, "items": [{"price": shop.monthly}],
        "default_payment_method": sandbox.add_card(customer, "4444"),
    }  # fmt: skip
    with pytest.raises(stripe.CardError):
        client.v1.subscriptions.create(given | {"payment_behavior": "error_if_incomplete"})
    assert client.v1.subscriptions.list({"status": "all"}).data == []
    started = client.v1.subscriptions.create(given)
    assert started.status == "incomplete"
    sandbox.advance(hours=23)
    assert shop.again(started).status == "incomplete_expired"
    assert client.v1.invoices.retrieve(started.latest_invoice).status == "void"  # type: ignore[arg-type]


def test_trial_ends_with_the_first_charge(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    customer = shop.customer()
    trial_end = int((START + timedelta(days=7)).timestamp())
    started = client.v1.subscriptions.create(
        {"customer": customer, "items": [{"price": shop.monthly}], "default_payment_method": sandbox.add_card(customer),
         "trial_end": trial_end}
    )  # fmt: skip
    assert (started.status, started.trial_end) == ("trialing", trial_end)
    sandbox.advance(days=6)
    assert shop.again(started).status == "trialing"
    sandbox.advance(days=1)
    renewed = shop.again(started, "latest_invoice")
    assert (renewed.status, renewed.latest_invoice.amount_paid) == ("active", 2900)
    assert period(renewed) == ("2026-02-07", "2026-03-07")


def test_price_changes_without_proration(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription, dearer = shop.subscription(), shop.price(4900)
    item = subscription["items"].data[0].id
    change: Any = {"items": [{"id": item, "price": dearer}]}
    with pytest.raises(stripe.InvalidRequestError, match="proration_behavior"):
        client.v1.subscriptions.update(subscription.id, change)
    changed = client.v1.subscriptions.update(
        subscription.id, change | {"proration_behavior": "none"}
    )
    assert changed["items"].data[0].price.unit_amount == 4900
    assert period(changed) == period(subscription)
    sandbox.advance(days=28)
    assert shop.again(subscription, "latest_invoice").latest_invoice.amount_paid == 4900


def test_another_interval_begins_a_new_period_at_once(
    sandbox: StripeSandbox, client: StripeClient, shop: Shop
) -> None:
    subscription, annual = shop.subscription(), shop.price(29000, "year")
    sandbox.advance(days=10)
    change: Any = {
        "items": [{"id": subscription["items"].data[0].id, "price": annual}],
        "proration_behavior": "none",
    }
    client.v1.subscriptions.update(subscription.id, change)
    changed = shop.again(subscription, "latest_invoice")
    assert period(changed) == ("2026-02-10", "2027-02-10")
    assert (changed.latest_invoice.billing_reason, changed.latest_invoice.amount_paid) == (
        "subscription_update",
        29000,
    )


def test_subscriptions_are_listed_by_status_customer_and_price(
    client: StripeClient, shop: Shop
) -> None:
    first, second = shop.subscription(customer=shop.customer()), shop.subscription()
    client.v1.subscriptions.cancel(first.id)

    def ids(**given: Any) -> list[str]:
        return [each.id for each in client.v1.subscriptions.list(given)]  # type: ignore[arg-type]

    assert ids() == [second.id]
    assert ids(status="all") == [second.id, first.id]
    assert ids(status="canceled", customer=first.customer) == [first.id]
    assert ids(price=shop.monthly) == [second.id]
    assert ids(price=shop.price(1)) == []


def test_paused_time_is_caught_up_in_the_order_of_events(
    sandbox: StripeSandbox, shop: Shop
) -> None:
    """Two subscriptions and a session, carried out in one go, as if somebody had waited for each."""
    shop.subscription()
    sandbox.advance(days=3)
    shop.subscription(customer=shop.customer())
    shop.session()
    sandbox.advance(days=60)
    kinds = [(date(e["created"]), e["type"]) for e in sandbox.events() if e["type"] in
             {"invoice.paid", "checkout.session.expired"}][2:]  # fmt: skip
    assert kinds == [
        ("2026-02-04", "checkout.session.expired"),
        ("2026-02-28", "invoice.paid"),
        ("2026-03-03", "invoice.paid"),
        ("2026-03-31", "invoice.paid"),
        ("2026-04-03", "invoice.paid"),
    ]
