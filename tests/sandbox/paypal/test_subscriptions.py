"""Subscriptions in the double: fees, renewals from their anchor, failures, and what only PayPal's rules forbid."""

from datetime import UTC, datetime

import pytest

from sandbox.paypal.testing import PayPalSandbox
from tests.sandbox.paypal.seller import BACK, START, Seller, page_of, usd

PRICE = "/plan/billing_cycles/@sequence==1/pricing_scheme/fixed_price"


def values(seller: Seller, subscription: str) -> list[str]:
    found = reversed(seller.transactions(subscription))
    return [one["amount_with_breakdown"]["gross_amount"]["value"] for one in found]


def test_fee_is_taken_at_once_and_cycles_begin_when_they_are_said_to(
    sandbox: PayPalSandbox, seller: Seller
) -> None:
    fee = {"payment_preferences": {"setup_fee": usd("12.00"), "setup_fee_failure_action": "CANCEL"}}
    one = seller.subscription(seller.plan(), plan=fee, start_time="2026-02-28T12:00:00Z")
    assert values(seller, one) == ["12.00"]
    assert seller.show(one)["billing_info"]["next_billing_time"] == "2026-02-28T12:00:00Z"
    sandbox.advance_to(datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert values(seller, one) == ["12.00", "29.00", "29.00"]


def test_months_are_counted_from_their_anchor(sandbox: PayPalSandbox, seller: Seller) -> None:
    one = seller.subscription(seller.plan())
    sandbox.run_due()
    sandbox.advance_to(datetime(2026, 3, 31, 12, tzinfo=UTC))
    times = [each["time"][:10] for each in reversed(seller.transactions(one))]
    assert times == ["2026-01-31", "2026-02-28", "2026-03-31"]


def test_fee_that_fails_ends_it(sandbox: PayPalSandbox, seller: Seller) -> None:
    fee = {"payment_preferences": {"setup_fee": usd("12.00"), "setup_fee_failure_action": "CANCEL"}}
    one = seller.subscription(
        seller.plan(), "declined", plan=fee, start_time="2026-02-28T12:00:00Z"
    )
    assert (seller.show(one)["status"], values(seller, one)) == ("CANCELLED", [])


def test_failed_payment_is_tried_after_five_days_and_suspends_at_last(
    sandbox: PayPalSandbox, seller: Seller
) -> None:
    one = seller.subscription(seller.plan(), "later", start_time="2026-02-01T12:00:00Z")
    sandbox.advance_to(datetime(2026, 2, 1, 12, tzinfo=UTC))
    found = seller.show(one)
    assert found["status"] == "ACTIVE"
    assert found["billing_info"]["outstanding_balance"] == usd("29.00")
    assert (
        found["billing_info"]["last_failed_payment"]["next_payment_retry_time"]
        == "2026-02-06T12:00:00Z"
    )
    sandbox.advance(days=5)
    assert seller.show(one)["status"] == "SUSPENDED"
    path = f"/v1/billing/subscriptions/{one}"
    issue = seller.refused("POST", f"{path}/activate", {"reason": "x"})
    assert issue == (422, "SUBSCRIPTION_CANNOT_BE_ACTIVATED")
    given = {"note": "x", "capture_type": "OUTSTANDING_BALANCE", "amount": usd("29.00")}
    assert seller.refused("POST", f"{path}/capture", given) == (422, "PAYMENT_DENIED")
    sandbox.set_funding(one, "work")
    seller.post(f"{path}/capture", given)
    seller.post(f"{path}/activate", {"reason": "x"})
    assert values(seller, one) == ["29.00"]


def test_nothing_is_taken_while_it_is_suspended_nor_afterwards_for_that_time(
    sandbox: PayPalSandbox, seller: Seller
) -> None:
    one = seller.subscription(seller.plan(), start_time="2026-02-01T12:00:00Z")
    path = f"/v1/billing/subscriptions/{one}"
    seller.post(f"{path}/suspend", {"reason": "x"})
    sandbox.advance_to(datetime(2026, 2, 10, tzinfo=UTC))
    assert "next_billing_time" not in seller.show(one)["billing_info"]
    seller.post(f"{path}/activate", {"reason": "x"})
    assert values(seller, one) == []
    assert seller.show(one)["billing_info"]["next_billing_time"] == "2026-03-01T12:00:00Z"


@pytest.mark.parametrize(("ahead", "charged"), [(20, "9.00"), (5, "29.00")])
def test_price_changes_only_ten_days_ahead(
    sandbox: PayPalSandbox, seller: Seller, ahead: int, charged: str
) -> None:
    begins = START.replace(month=2, day=1 + ahead)
    one = seller.subscription(seller.plan(), start_time=begins.isoformat())
    change = {"op": "replace", "path": PRICE, "value": usd("9.00")}
    assert seller.ask("PATCH", f"/v1/billing/subscriptions/{one}", [change])[0] == 204
    sandbox.advance_to(begins)
    assert values(seller, one) == [charged]


def test_other_plan_needs_the_payers_word_and_the_same_product(
    sandbox: PayPalSandbox, seller: Seller
) -> None:
    plan = seller.plan()
    product = seller.get(f"/v1/billing/plans/{plan}")["product_id"]
    other, stranger = seller.plan("99.00", product_id=product), seller.plan()
    one = seller.subscription(plan, start_time="2026-02-20T12:00:00Z")
    path = f"/v1/billing/subscriptions/{one}/revise"
    issue = seller.refused("POST", path, {"plan_id": stranger})
    assert issue == (422, "PLAN_PRODUCT_NOT_COMPATIBLE")
    revised = seller.post(path, {"plan_id": other})
    assert seller.show(one)["plan_id"] == plan
    sandbox.agree(page_of(revised))
    assert seller.show(one)["plan_id"] == other
    sandbox.advance_to(datetime(2026, 2, 20, 12, tzinfo=UTC))
    assert values(seller, one) == ["99.00"]


def test_what_is_over_stays_over(sandbox: PayPalSandbox, seller: Seller) -> None:
    one = seller.subscription(seller.plan())
    path = f"/v1/billing/subscriptions/{one}"
    seller.post(f"{path}/cancel", {"reason": "x"})
    for action in ("cancel", "suspend", "activate"):
        issue = seller.refused("POST", f"{path}/{action}", {"reason": "x"})
        assert issue == (422, "SUBSCRIPTION_STATUS_INVALID")


def test_page_that_was_left_open_is_over(sandbox: PayPalSandbox, seller: Seller) -> None:
    given = {"plan_id": seller.plan(), "application_context": BACK}
    made = seller.post("/v1/billing/subscriptions", given)
    sandbox.advance(hours=3)
    with pytest.raises(AssertionError):
        sandbox.pay(page_of(made))
