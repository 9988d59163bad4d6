"""The double as a program: levers, deliveries, faults, its state on the disk, and where it refuses to run."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.paypal.__main__ import objection
from sandbox.paypal.testing import PayPalSandbox
from tests.environment import free_port
from tests.sandbox.paypal.seller import START, Seller, page_of

ROOT = Path(__file__).parents[3]


def pull(sandbox: PayPalSandbox, lever: str, given: Any = None) -> Any:
    head = {"Content-Type": "application/json"}
    status, _, body = sandbox.request("POST", f"/_sandbox/{lever}", json.dumps(given or {}), **head)
    assert status == 200, body
    return json.loads(body)


def test_levers_work_over_http(sandbox: PayPalSandbox, seller: Seller) -> None:
    capture = seller.paid()
    one = seller.subscription(seller.plan(), start_time="2026-02-20T12:00:00Z")
    pull(sandbox, "funding", {"subscription": one, "behaviour": "fail"})
    pull(sandbox, "clock", {"now": "2026-02-20T12:00:00+00:00"})
    assert seller.sandbox.events("BILLING.SUBSCRIPTION.PAYMENT.FAILED")
    money = {"currency_code": "USD", "value": "1.00"}
    assert pull(sandbox, "refunds", {"capture": capture, "amount": money})["amount"] == money
    dispute = pull(sandbox, "disputes", {"capture": capture, "stage": "INQUIRY"})["dispute_id"]
    pull(sandbox, f"disputes/{dispute}/escalate")
    closed = pull(sandbox, f"disputes/{dispute}/close", {"outcome": "lost"})
    assert closed["dispute_outcome"]["outcome_code"] == "RESOLVED_BUYER_FAVOUR"
    assert pull(sandbox, f"events/{sandbox.events()[0]['id']}/redeliver") == {"queued": 1}
    assert pull(sandbox, "faults", {"faults": [{"kind": "drop"}]}) == {"result": 1}
    assert pull(sandbox, "deliver")["dropped"] == 1
    pull(sandbox, "reset")
    assert sandbox.events() == []


def test_unknown_lever_and_object_are_said(sandbox: PayPalSandbox) -> None:
    for lever, given in (("nothing", {}), ("refunds", {"capture": "x"}), ("clock", {})):
        status, _, _ = sandbox.request("POST", f"/_sandbox/{lever}", json.dumps(given))
        assert status in {400, 404}


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_pages_elsewhere_cannot_pull_a_lever(sandbox: PayPalSandbox, origin: str) -> None:
    status, _, _ = sandbox.request("POST", "/_sandbox/reset", "{}", Origin=origin)
    assert status == 403


def test_deliveries_meet_their_faults(sandbox: PayPalSandbox, seller: Seller) -> None:
    seller.paid()
    taken: list[str] = []

    def take(_url: str, body: bytes, _headers: Mapping[str, str]) -> int:
        taken.append(json.loads(body)["event_type"])
        return 200

    sandbox.fault("reorder")
    sandbox.fault("duplicate", type="PAYMENT.*")
    outcome = sandbox.deliver(take)
    assert (outcome.delivered, sandbox.pending_events()) == (2, [])
    assert taken == [
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.COMPLETED",
        "CHECKOUT.ORDER.APPROVED",
    ]


def test_what_is_not_taken_waits(sandbox: PayPalSandbox, seller: Seller) -> None:
    seller.paid()
    assert sandbox.deliver(lambda *_: 500).failed == 2
    assert len(sandbox.pending_events()) == 2
    assert sandbox.deliver(lambda *_: 200).delivered == 2


def test_faults_of_the_api(sandbox: PayPalSandbox, seller: Seller) -> None:
    seller.log_in()
    sandbox.fault("500", path="/v1/billing/plans")
    assert seller.ask("GET", "/v1/billing/plans")[0] == 500
    sandbox.fault("after", path="/v1/catalogs/products")
    with pytest.raises(OSError):
        seller.ask("POST", "/v1/catalogs/products", {"name": "Team"})
    assert len(sandbox.world.store.all("product")) == 1


def test_state_outlives_the_process(tmp_path: Path) -> None:
    file = tmp_path / "paypal.json"
    with PayPalSandbox(START, state=file) as first:
        one = Seller(first).subscription(Seller(first).plan(), start_time="2026-02-20T12:00:00Z")
        pending = len(first.pending_events())
    with PayPalSandbox(START, state=file) as second:
        assert Seller(second).show(one)["status"] == "ACTIVE"
        assert len(second.pending_events()) == pending
        second.advance(days=21)
        assert len(Seller(second).transactions(one)) == 1


@pytest.mark.parametrize("env", [{}, {"TENANTRY_ENV": "production"}])
def test_it_refuses_to_run_elsewhere(env: dict[str, str]) -> None:
    assert objection(env)
    assert objection({"TENANTRY_ENV": "demo"}) is None
    found = subprocess.run(
        [sys.executable, "-m", "sandbox.paypal"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        check=False,
    )
    assert found.returncode == 2


def test_it_runs_as_a_program(tmp_path: Path) -> None:
    port = free_port()
    state = tmp_path / "paypal.json"
    command = [sys.executable, "-m", "sandbox.paypal", "--port", str(port), "--state", str(state)]
    program = subprocess.Popen(
        [*command, "--webhook", "http://localhost:9/webhooks/paypal/"],
        cwd=ROOT,
        env=os.environ | {"TENANTRY_ENV": "test", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
    )
    assert program.stdout
    try:
        assert program.stdout.readline() == f"PayPal sandbox at http://localhost:{port}\n".encode()
    finally:
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
        program.stdout.close()
    assert "webhook_endpoint" in json.loads(state.read_text())["objects"]


def test_pages_say_what_they_are(sandbox: PayPalSandbox, seller: Seller) -> None:
    order = seller.order()
    url = page_of(order).removeprefix(sandbox.url)
    status, headers, body = sandbox.request("GET", url)
    assert status == 200
    assert "stands in for PayPal" in body
    assert "Stripe" not in body
    assert "style-src 'self'" in headers["content-security-policy"]
    assert "http://aurora.localhost" in headers["content-security-policy"]
    assert sandbox.request("GET", "/checkoutnow?token=none")[0] == 404
    assert sandbox.request("GET", "/myaccount/autopay/")[0] == 200
