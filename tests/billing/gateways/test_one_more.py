"""`docs/extending.md` shows a whole gateway: it is run here as it stands there, against a company of a few lines."""

import hashlib
import hmac
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from billing.gateways.base import GatewayUnavailable, HostedGateway, NotGenuine
from billing.gateways.catalogue import KINDS, KeyField, Kind
from billing.ledger import balance_of
from billing.models import Payment, Status
from billing.services import checkout, gateways
from billing.services.adding_funds import add_funds
from billing.services.settlement import apply
from tenants.models import Tenant, User
from tests.billing.money import NOW, press

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).parents[3] / "docs" / "extending.md"
SIGNING = "whsec_sandbox"
PLACE = {"gateway": "acme", "environment": "sandbox"}


class Acme(ThreadingHTTPServer):
    """Bills by their number, in memory."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Counter)
        self.bills: dict[str, dict[str, Any]] = {}
        self.is_down = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, method: str, path: str, given: dict[str, Any]) -> tuple[int, Any]:
        if self.is_down:
            return 503, {}
        parts = path.partition("?")[0].strip("/").split("/")
        match (method, *parts):
            case ("GET", "account"):
                return 200, {"name": "Acme of the tests"}
            case ("GET", "bills"):
                return 200, [one for one in self.bills.values() if one["state"] == "paid"]
            case ("PUT", "bills", number):
                return 200, self.bills.setdefault(number, self.made(number, given))
            case ("PUT", "bills", number, "refunds", key):
                return 200, self.refund(number, key, given["cents"])
            case ("DELETE", "bills", number):
                self.bills[number]["state"] = "closed"
                return 200, {}
            case ("GET", "bills", number) if number in self.bills:
                return 200, self.bills[number]
        return 404, {}

    def made(self, number: str, given: dict[str, Any]) -> dict[str, Any]:
        own = {"id": number, "page": f"{self.url}/pay/{number}", "state": "open", "paid_at": None}
        return {**given, **own, "refunds": []}

    def pay(self, number: str) -> None:
        self.bills[number] |= {"state": "paid", "paid_at": NOW.isoformat()}

    def refund(self, number: str, key: str, cents: int) -> dict[str, Any]:
        refunds = self.bills[number]["refunds"]
        known = next((one for one in refunds if one["id"] == key), None)
        if known is None:
            known = {"id": key, "bill": number, "cents": cents, "at": NOW.isoformat()}
            refunds.append(known)
        return known


class Counter(BaseHTTPRequestHandler):
    server: Acme

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Not in the tests' output."""

    def do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, answer = self.server.answer(self.command, self.path, json.loads(body or b"{}"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    do_GET = do_PUT = do_DELETE = do  # noqa: N815 - the library looks for these


@pytest.fixture
def acme(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Acme]:
    """The company answers, and its gateway is the one of the page."""
    code, entry = re.findall(r"```python\n(# billing/gateways/.*?)```", PAGE.read_text(), re.DOTALL)
    module: dict[str, Any] = {"__name__": "acme"}
    exec(compile(code, str(PAGE), "exec"), module)
    names = {"Kind": Kind, "KeyField": KeyField, "_": str, "AcmeGateway": module["AcmeGateway"]}
    monkeypatch.setitem(KINDS, "acme", eval(compile(entry, str(PAGE), "eval"), names))
    with Acme() as company:
        threading.Thread(target=company.serve_forever, daemon=True).start()
        settings.ACME_SANDBOX_URL = company.url
        yield company
        company.shutdown()


@pytest.fixture
def gateway(acme: Acme) -> HostedGateway:
    found = gateways.connect("acme", "funds")
    assert isinstance(found, HostedGateway)
    return found


def funds(tenant: Tenant, by: User) -> Payment:
    return add_funds(tenant, press(by, 5000, gateway="acme"), now=NOW).payment


def hear(gateway: HostedGateway, payment: Payment, number: int = 1) -> list[str]:
    body = json.dumps({"id": f"n{number}", "kind": "paid", "bill": payment.external_id}).encode()
    mark = hmac.new(SIGNING.encode(), body, hashlib.sha256).hexdigest()
    told = gateway.verify(body, {"acme-signature": mark}, NOW)
    return [apply(fact, **PLACE, now=NOW) for fact in gateway.read(told)]


def test_gateway_of_the_page_is_short() -> None:
    code = re.findall(r"```python\n(# billing/gateways/acme.*?)```", PAGE.read_text(), re.DOTALL)[0]
    assert len(code.splitlines()) <= 90


def test_it_is_connected_as_any_other(gateway: HostedGateway) -> None:
    assert gateway.test_connection() == "Acme of the tests"
    assert "acme" in {one.key for one in gateways.offered("credits")}


def test_money_that_is_paid_there_is_on_the_balance_once(
    acme: Acme, gateway: HostedGateway, aurora: Tenant, ana: User
) -> None:
    payment = funds(aurora, ana)
    assert payment.pay_url == f"{acme.url}/pay/{payment.reference}"
    assert hear(gateway, payment) == ["The gateway has not collected it yet."]
    acme.pay(payment.external_id)
    assert hear(gateway, payment) == ["Paid and carried out."]
    assert hear(gateway, payment, 2) == ["It was settled before."]
    assert balance_of(aurora).balance == 5000
    assert [one.amount for one in gateway.paid_since(NOW)] == [5000]


def test_refund_takes_it_off_again(
    acme: Acme, gateway: HostedGateway, aurora: Tenant, ana: User
) -> None:
    payment = funds(aurora, ana)
    acme.pay(payment.external_id)
    hear(gateway, payment)
    fact = gateway.refund(payment.external_id, 2000, "USD", key="refund-1")
    assert apply(fact, **PLACE, now=NOW) == "Taken back."
    assert hear(gateway, payment, 2) == ["It was settled before.", "It was taken in before."]
    assert balance_of(aurora).balance == 3000


def test_given_up_is_failed(acme: Acme, gateway: HostedGateway, aurora: Tenant, ana: User) -> None:
    payment = funds(aurora, ana)
    checkout.abandon(payment, now=NOW)
    payment.refresh_from_db()
    assert payment.status == Status.FAILED


def test_what_it_did_not_sign_is_not_heard(gateway: HostedGateway) -> None:
    with pytest.raises(NotGenuine):
        gateway.verify(b"{}", {"acme-signature": "nonsense"}, NOW)


def test_company_that_is_away_is_said(
    acme: Acme, gateway: HostedGateway, aurora: Tenant, ana: User
) -> None:
    acme.is_down = True
    with pytest.raises(GatewayUnavailable):
        funds(aurora, ana)
