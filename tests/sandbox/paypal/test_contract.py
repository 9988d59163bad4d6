"""The double against PayPal's published interfaces."""

import pytest

from sandbox.paypal import api  # registers the routes
from sandbox.paypal.routing import ROUTES, Route
from sandbox.paypal.testing import PayPalSandbox
from tests.sandbox.paypal.contract import (
    ABSENT,
    CONTRACTS,
    body_of,
    check_answer,
    operation,
    properties,
    resolved,
)
from tests.sandbox.paypal.seller import Seller, page_of, usd

OLD = ("/v1/payments/sale/{}", "/v1/payments/refund/{}", "/v1/identity/oauth2/userinfo")
"""Of interfaces that PayPal has not published in this form: its first one for payments, and that of log-in."""

pytestmark = pytest.mark.skipif(not CONTRACTS.exists(), reason=ABSENT)
assert api


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_route_is_one_of_paypals(route: Route) -> None:
    if route.path in OLD:
        pytest.skip("Not among the published documents.")
    found = operation(route.method, route.path)
    assert found
    document, about = found
    if route.known is None:
        return
    names = {resolved(document, one)["name"] for one in about.get("parameters", ())}
    if "requestBody" in about:
        names |= set(properties(document, body_of(document, about)))
    assert route.known - names == set(), "parameters that PayPal does not have"


def test_answers_are_in_paypals_words(sandbox: PayPalSandbox, seller: Seller) -> None:
    fee = {"payment_preferences": {"setup_fee": usd("12.00"), "setup_fee_failure_action": "CANCEL"}}
    plan = seller.plan()
    one = seller.subscription(plan, plan=fee, start_time="2026-02-28T12:00:00Z")
    order = seller.order()
    check_answer("POST", "/v2/checkout/orders", order)
    sandbox.pay(page_of(order))
    path = f"/v2/checkout/orders/{order['id']}"
    check_answer("GET", "/v2/checkout/orders/{}", seller.get(path))
    done = seller.post(f"{path}/capture")
    check_answer("POST", "/v2/checkout/orders/{}/capture", done)
    capture = done["purchase_units"][0]["payments"]["captures"][0]["id"]
    found = seller.get(f"/v2/payments/captures/{capture}")
    check_answer("GET", "/v2/payments/captures/{}", found)
    assert found["supplementary_data"]["related_ids"]["order_id"] == order["id"]
    refund = seller.post(f"/v2/payments/captures/{capture}/refund", {"amount": usd("1.00")})
    check_answer("POST", "/v2/payments/captures/{}/refund", refund)
    check_answer("GET", "/v1/billing/plans/{}", seller.get(f"/v1/billing/plans/{plan}"))
    check_answer("GET", "/v1/billing/subscriptions/{}", seller.show(one))
    dispute = sandbox.dispute(capture)["dispute_id"]
    sandbox.close_dispute(dispute, "lost")
    found = seller.get(f"/v1/customer/disputes/{dispute}")
    check_answer("GET", "/v1/customer/disputes/{}", found)
    span = "start_date=2026-01-30T00:00:00Z&end_date=2026-01-31T12:00:00Z"
    found = seller.get(f"/v1/reporting/transactions?{span}")
    check_answer("GET", "/v1/reporting/transactions", found)
    span = "start_time=2020-01-01T00:00:00Z&end_time=2040-01-01T00:00:00Z"
    found = seller.get(f"/v1/billing/subscriptions/{one}/transactions?{span}")
    check_answer("GET", "/v1/billing/subscriptions/{}/transactions", found)
