"""What we ask of PayPal, against its published interfaces."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from billing.gateways.base import PlanPrices, Recurring, SubscriptionWish
from tests.billing.paypal.shop import Shop
from tests.billing.stripe.shop import an_order
from tests.sandbox.paypal.contract import ABSENT, CONTRACTS, check_request

pytestmark = pytest.mark.skipif(not CONTRACTS.exists(), reason=ABSENT)
IDS = ("I-", "P-", "TENANTRY-")
BARE = ("/v1/oauth2/token",)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, Any]]:
    """(method, path, body) of everything that had a body."""
    found: list[tuple[str, str, Any]] = []
    real = requests.Session.send

    def watched(self: Any, request: Any, **more: Any) -> Any:
        path = urlsplit(request.url).path
        if request.body and path not in BARE:
            found.append((request.method, blank(path), json.loads(request.body)))
        return real(self, request, **more)

    monkeypatch.setattr(requests.Session, "send", watched)
    return found


def blank(path: str) -> str:
    """The path with “{}” where an id stands."""
    steps = path.split("/")
    return "/".join("{}" if is_id(step) else step for step in steps)


def is_id(step: str) -> bool:
    return step.startswith(IDS) or (len(step) == 17 and step.isupper())


def test_requests_are_in_paypals_words(
    shop: Shop, db: None, sent: list[tuple[str, str, Any]]
) -> None:
    prices = PlanPrices(1, "Team", "All of it", "USD", {"monthly": 2900, "annual": 29000}, {})
    ids = shop.gateway.sync_plan(prices)
    other = shop.gateway.sync_plan(replace(prices, name="Crew", amounts={"monthly": 900}))
    order = an_order(amount=2400)
    started = shop.gateway.start(order)
    shop.sandbox.pay(started.url)
    fact = shop.gateway.find_payment(started.external_id)
    assert fact
    shop.gateway.refund(fact.charge_id, 100, "USD", key="k")
    shop.gateway.abandon(shop.gateway.start(an_order("pay_2")).external_id)
    recurring = Recurring(other["monthly"], "monthly", 2900, 500, shop.now.replace(month=12))
    begun = shop.gateway.start(an_order("pay_3", amount=2400, recurring=recurring))
    shop.sandbox.pay(begun.url)
    name, price = begun.external_id, other["monthly"]
    shop.gateway.push(SubscriptionWish(name, False, True, price, price))
    shop.gateway.push(SubscriptionWish(name, False, False, price, ids["monthly"]))
    shop.gateway.push(SubscriptionWish(name, False, False, price, ids["annual"]))
    assert {path for _method, path, _body in sent} >= {
        "/v2/checkout/orders",
        "/v2/checkout/orders/{}",
        "/v2/payments/captures/{}/refund",
        "/v1/catalogs/products",
        "/v1/billing/plans",
        "/v1/billing/subscriptions",
        "/v1/billing/subscriptions/{}",
        "/v1/billing/subscriptions/{}/suspend",
        "/v1/billing/subscriptions/{}/activate",
        "/v1/billing/subscriptions/{}/revise",
        "/v1/billing/subscriptions/{}/cancel",
    }
    for method, path, body in sent:
        if body and not isinstance(body, list):
            check_request(method, path, body)
