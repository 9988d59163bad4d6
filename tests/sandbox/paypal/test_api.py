"""PayPal's API as the double speaks it: keys, orders, refunds, plans, the search. What it does not know it refuses."""

import pytest

from sandbox.paypal.testing import PayPalSandbox
from tests.sandbox.paypal.seller import Seller, page_of, usd


def test_token_needs_the_right_keys_and_ends(sandbox: PayPalSandbox, seller: Seller) -> None:
    assert seller.log_in(secret="wrong") == (
        401,
        {"error": "invalid_client", "error_description": "Client Authentication failed"},
    )
    status, said = seller.log_in()
    assert (status, said["expires_in"]) == (200, 32400)
    seller.token, seller.keeps_token = "nothing", True
    assert seller.refused("GET", "/v1/billing/plans") == (401, "INVALID_TOKEN")
    seller.token = said["access_token"]
    assert seller.get("/v1/billing/plans") == {"plans": []}
    sandbox.advance(hours=10)
    assert seller.refused("GET", "/v1/billing/plans") == (401, "INVALID_TOKEN")


def test_unknown_address_and_parameter_are_refused(seller: Seller) -> None:
    assert seller.refused("GET", "/v1/unknown") == (404, "INVALID_RESOURCE_ID")
    assert seller.refused("POST", "/v1/catalogs/products", {"nome": "x"})[0] == 400


def test_order_is_approved_then_captured(sandbox: PayPalSandbox, seller: Seller) -> None:
    order = seller.order(invoice_id="inv_1")
    path = f"/v2/checkout/orders/{order['id']}"
    assert order["status"] == "PAYER_ACTION_REQUIRED"
    assert seller.refused("POST", f"{path}/capture", {}) == (422, "ORDER_NOT_APPROVED")
    where = sandbox.pay(page_of(order))
    assert where.startswith(f"http://aurora.localhost/paid?token={order['id']}&PayerID=")
    assert seller.get(path)["status"] == "APPROVED"
    done = seller.post(f"{path}/capture")
    capture = done["purchase_units"][0]["payments"]["captures"][0]
    assert (done["status"], capture["status"]) == ("COMPLETED", "COMPLETED")
    assert seller.refused("POST", f"{path}/capture", {}) == (422, "ORDER_ALREADY_CAPTURED")
    kinds = [event["event_type"] for event in sandbox.events()]
    assert kinds == ["CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED"]


def test_same_request_id_is_carried_out_once(sandbox: PayPalSandbox, seller: Seller) -> None:
    assert seller.order(key="k")["id"] == seller.order(key="k")["id"]
    assert seller.order(key="l")["id"] != seller.order(key="k")["id"]


def test_order_is_forgotten_after_three_hours(sandbox: PayPalSandbox, seller: Seller) -> None:
    order = seller.order()
    sandbox.advance(hours=3)
    assert seller.refused("GET", f"/v2/checkout/orders/{order['id']}")[0] == 404


def test_one_invoice_id_is_paid_once(sandbox: PayPalSandbox, seller: Seller) -> None:
    orders = [seller.order(invoice_id="inv_1") for _ in range(2)]
    for order in orders:
        sandbox.pay(page_of(order))
    seller.post(f"/v2/checkout/orders/{orders[0]['id']}/capture")
    issue = seller.refused("POST", f"/v2/checkout/orders/{orders[1]['id']}/capture", {})
    assert issue == (422, "DUPLICATE_INVOICE_ID")


def test_declined_order_can_be_approved_anew(sandbox: PayPalSandbox, seller: Seller) -> None:
    order = seller.order()
    path = f"/v2/checkout/orders/{order['id']}/capture"
    sandbox.pay(page_of(order), "declined")
    assert seller.refused("POST", path, {}) == (422, "INSTRUMENT_DECLINED")
    sandbox.pay(page_of(order), "works")
    assert seller.post(path)["status"] == "COMPLETED"


@pytest.mark.parametrize(
    "money",
    [
        {"currency_code": "JPY", "value": "10.50"},
        {"currency_code": "USD", "value": "1.005"},
        {"currency_code": "ARS", "value": "10.00"},
        {"currency_code": "USD", "value": 10},
        {"currency_code": "USD"},
    ],
)
def test_amount_that_paypal_would_not_take_is_refused(seller: Seller, money: object) -> None:
    given = {
        "intent": "CAPTURE",
        "purchase_units": [{"amount": money}],
        "payment_source": {"paypal": {}},
    }
    assert seller.refused("POST", "/v2/checkout/orders", given)[0] in {400, 422}


def test_refunds_stop_at_what_was_paid(sandbox: PayPalSandbox, seller: Seller) -> None:
    capture = seller.paid("10.00")
    path = f"/v2/payments/captures/{capture}/refund"
    first = seller.post(path, {"amount": usd("4.00")}, "k")
    assert seller.post(path, {"amount": usd("4.00")}, "k")["id"] == first["id"]
    assert seller.get(f"/v2/payments/captures/{capture}")["status"] == "PARTIALLY_REFUNDED"
    assert seller.refused("POST", path, {"amount": usd("6.01")}) == (422, "REFUND_AMOUNT_EXCEEDED")
    seller.post(path)
    assert seller.refused("POST", path, {}) == (422, "CAPTURE_FULLY_REFUNDED")
    assert [event["resource"]["amount"]["value"] for event in sandbox.events("*REFUNDED")] == [
        "4.00",
        "6.00",
    ]


def test_plan_cannot_be_bought_once_it_is_inactive(seller: Seller) -> None:
    plan = seller.plan()
    seller.post(f"/v1/billing/plans/{plan}/deactivate")
    given = {"plan_id": plan}
    assert seller.refused("POST", "/v1/billing/subscriptions", given)[1] == "PLAN_STATUS_INVALID"
    assert seller.refused("POST", f"/v1/billing/plans/{plan}/deactivate")[0] == 422
    seller.post(f"/v1/billing/plans/{plan}/activate")
    assert seller.get(f"/v1/billing/plans/{plan}")["status"] == "ACTIVE"


def test_product_has_one_owner_of_its_id(seller: Seller) -> None:
    seller.post("/v1/catalogs/products", {"id": "TEAM-1", "name": "Team"})
    given = {"id": "TEAM-1", "name": "Team"}
    found = seller.refused("POST", "/v1/catalogs/products", given)
    assert found == (422, "DUPLICATE_RESOURCE_IDENTIFIER")


def test_search_lists_what_moved_and_refuses_too_much(
    sandbox: PayPalSandbox, seller: Seller
) -> None:
    capture = seller.paid()
    seller.post(f"/v2/payments/captures/{capture}/refund", {"amount": usd("1.00")})
    path = "/v1/reporting/transactions"
    span = "start_date=2026-01-30T00:00:00Z&end_date=2026-01-31T12:00:00Z"
    found = seller.get(f"{path}?{span}")["transaction_details"]
    rows = [one["transaction_info"] for one in found]
    assert [
        (one["transaction_event_code"], one["transaction_amount"]["value"]) for one in rows
    ] == [
        ("T0006", "10.00"),
        ("T1107", "-1.00"),
    ]
    long = "start_date=2025-12-01T00:00:00Z&end_date=2026-01-31T12:00:00Z"
    assert seller.refused("GET", f"{path}?{long}")[0] == 400
    ahead = "start_date=2026-01-30T00:00:00Z&end_date=2026-02-01T12:00:00Z"
    assert seller.refused("GET", f"{path}?{ahead}")[0] == 400


def test_disputes_are_listed_page_by_page(sandbox: PayPalSandbox, seller: Seller) -> None:
    made = [sandbox.dispute(seller.paid())["dispute_id"] for _ in range(3)]
    path = "/v1/customer/disputes"
    first = seller.get(f"{path}?start_time=2026-01-01T00:00:00Z&page_size=2")
    where = first["links"][0]["href"].partition(path)[2]
    second = seller.get(f"{path}{where}")
    assert [one["dispute_id"] for one in first["items"] + second["items"]] == made
    assert second["links"] == []
