"""Short ways to what the tests of PayPal's double need before they begin."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from sandbox.paypal.testing import KEYS, PayPalSandbox

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
BACK = {"return_url": "http://aurora.localhost/paid", "cancel_url": "http://aurora.localhost/plans"}


class Seller:
    def __init__(self, sandbox: PayPalSandbox) -> None:
        self.sandbox = sandbox
        self.token = ""
        self.keeps_token = False

    def log_in(self, client_id: str = KEYS[0], secret: str = KEYS[1]) -> tuple[int, Any]:
        keys = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        head = {"Authorization": f"Basic {keys}"}
        status, _headers, body = self.sandbox.request("POST", "/v1/oauth2/token", "", **head)
        return status, json.loads(body)

    def ask(self, method: str, path: str, given: Any = None, key: str = "") -> tuple[int, Any]:
        if not self.keeps_token:
            self.token = self.log_in()[1]["access_token"]
        head = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        head |= {"PayPal-Request-Id": key} if key else {}
        body = json.dumps(given) if given is not None else ""
        status, _headers, said = self.sandbox.request(method, path, body, **head)
        return status, json.loads(said) if said else None

    def get(self, path: str) -> Any:
        status, said = self.ask("GET", path)
        assert status == 200, said
        return said

    def post(self, path: str, given: Any = None, key: str = "") -> Any:
        status, said = self.ask("POST", path, given or {}, key)
        assert status < 300, said
        return said

    def refused(self, method: str, path: str, given: Any = None) -> tuple[int, str]:
        status, said = self.ask(method, path, given)
        assert status >= 400, said
        return status, said["details"][0]["issue"]

    # What is sold

    def order(self, value: str = "10.00", key: str = "", **unit: Any) -> Any:
        money = {"currency_code": "USD", "value": value}
        return self.post(
            "/v2/checkout/orders",
            {
                "intent": "CAPTURE",
                "purchase_units": [{"amount": money, "custom_id": "pay_1"} | unit],
                "payment_source": {"paypal": {"experience_context": BACK}},
            },
            key,
        )

    def paid(self, value: str = "10.00") -> str:
        """The id of a capture."""
        order = self.order(value)
        self.sandbox.pay(page_of(order))
        done = self.post(f"/v2/checkout/orders/{order['id']}/capture")
        return str(done["purchase_units"][0]["payments"]["captures"][0]["id"])

    def plan(self, value: str = "29.00", unit: str = "MONTH", **more: Any) -> str:
        product = self.post("/v1/catalogs/products", {"name": "Team"})["id"]
        cycle = {
            "frequency": {"interval_unit": unit, "interval_count": 1},
            "tenure_type": "REGULAR",
            "sequence": 1,
            "total_cycles": 0,
            "pricing_scheme": {"fixed_price": {"currency_code": "USD", "value": value}},
        }
        whole = {"product_id": product, "name": "Team", "billing_cycles": [cycle]}
        whole["payment_preferences"] = {"payment_failure_threshold": 2}
        return str(self.post("/v1/billing/plans", whole | more)["id"])

    def subscription(self, plan: str, funding: str = "works", /, **more: Any) -> str:
        """The id of one that was approved."""
        given = {"plan_id": plan, "custom_id": "pay_1", "application_context": BACK} | more
        made = self.post("/v1/billing/subscriptions", given)
        self.sandbox.pay(page_of(made), funding)
        return str(made["id"])

    def show(self, subscription: str) -> Any:
        return self.get(f"/v1/billing/subscriptions/{subscription}?fields=plan,last_failed_payment")

    def transactions(self, subscription: str) -> list[Any]:
        span = "start_time=2020-01-01T00:00:00Z&end_time=2040-01-01T00:00:00Z"
        found = self.get(f"/v1/billing/subscriptions/{subscription}/transactions?{span}")
        return list(found["transactions"])


def page_of(made: Any) -> str:
    links = {link["rel"]: link["href"] for link in made["links"]}
    return str(links.get("payer-action") or links["approve"])


def usd(value: str) -> dict[str, str]:
    return {"currency_code": "USD", "value": value}
