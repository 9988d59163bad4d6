"""The levers over HTTP, the state on the disk, and where the sandbox refuses to run."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stripe

from sandbox.stripe.__main__ import objection
from sandbox.stripe.clocks import FileClock, MovableClock
from sandbox.stripe.testing import StripeSandbox
from tests.environment import free_port
from tests.sandbox.shop import START, Shop

ROOT = Path(__file__).parents[2]


def pull(sandbox: StripeSandbox, lever: str, given: Any = None, **headers: str) -> Any:
    status, _, body = sandbox.request(
        "POST", f"/_sandbox/{lever}", json.dumps(given or {}), **headers
    )
    assert status == 200, body
    return json.loads(body)


def test_levers_work_over_http(sandbox: StripeSandbox, shop: Shop) -> None:
    subscription = shop.subscription(customer=shop.customer())
    pull(sandbox, "cards", {"customer": subscription.customer, "behaviour": "fail"})
    moved = pull(sandbox, "clock", {"now": (START + timedelta(days=28)).isoformat()})
    assert moved == {"result": 1}
    assert shop.again(subscription).status == "past_due"
    payment = shop.payment(1000).payment_intent.id
    assert pull(sandbox, "refunds", {"payment_intent": payment, "amount": 100})["amount"] == 100
    dispute = pull(
        sandbox, "disputes", {"payment_intent": payment, "amount": 900, "reason": "general"}
    )
    assert pull(sandbox, f"disputes/{dispute['id']}/close", {"status": "lost"})["status"] == "lost"
    assert pull(sandbox, f"events/{sandbox.events()[0]['id']}/redeliver") == {"queued": 1}
    assert pull(
        sandbox, "faults", {"faults": [{"kind": "drop"}, {"kind": "500", "path": "/v1/x"}]}
    ) == {"result": 2}
    assert pull(sandbox, "run_due") == {"result": 0}
    status, _, body = sandbox.request("GET", "/_sandbox/state")
    state = json.loads(body)
    assert (status, state["counts"]["subscription"], len(state["faults"])) == (200, 1, 2)
    _, _, body = sandbox.request("GET", "/_sandbox/state?type=subscription")
    assert json.loads(body)["data"][0]["id"] == subscription.id
    assert pull(sandbox, "deliver")["dropped"] == 1
    pull(sandbox, "reset")
    assert sandbox.events() == []
    assert sandbox.world.answers == {}
    assert len(sandbox.client().v1.webhook_endpoints.list().data) == 1


def test_wrong_lever_is_told(sandbox: StripeSandbox) -> None:
    assert sandbox.request("POST", "/_sandbox/fire")[0] == 404
    assert (
        sandbox.request("POST", "/_sandbox/cards", '{"customer": "cus_no", "behaviour": "fail"}')[0]
        == 404
    )
    assert (
        sandbox.request("POST", "/_sandbox/cards", '{"customer": "cus_no", "behaviour": "burn"}')[0]
        == 400
    )
    assert sandbox.request("POST", "/_sandbox/faults", "not json")[0] == 400


def test_page_from_elsewhere_cannot_pull_a_lever(sandbox: StripeSandbox) -> None:
    assert sandbox.request("POST", "/_sandbox/reset", "{}", Origin="https://evil.example")[0] == 403


def test_server_listens_on_the_loopback_address_alone(sandbox: StripeSandbox) -> None:
    assert sandbox.server.server_address[0] == "127.0.0.1"


# State


def test_restarted_sandbox_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with StripeSandbox(START, state=path) as sandbox:
        shop = Shop(sandbox, sandbox.client())
        subscription = shop.subscription()
        product = sandbox.client().v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"})
        pending = [each["id"] for each in sandbox.pending_events()]
    assert not list(tmp_path.glob("*.new"))
    with StripeSandbox(START + timedelta(hours=1), state=path) as again:
        client = again.client()
        assert (
            client.v1.products.create({"name": "Solo"}, {"idempotency_key": "k1"}).id == product.id
        )
        again.advance(days=28)
        invoices = client.v1.invoices.list({"subscription": subscription.id})
        assert [each.billing_reason for each in invoices] == [
            "subscription_cycle",
            "subscription_create",
        ]
        assert [each["id"] for each in again.pending_events()][: len(pending)] == pending
        assert again.deliver(lambda url, body, headers: 200).delivered > len(pending)


def test_state_is_written_while_it_runs(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with StripeSandbox(START, state=path) as sandbox:
        sandbox.client().v1.products.create({"name": "Solo"})
        sandbox.keeper.save()  # type: ignore[union-attr]
        before = path.stat().st_mtime_ns
        sandbox.client().v1.products.list()
        sandbox.keeper.save()  # type: ignore[union-attr]
        assert path.stat().st_mtime_ns == before
        assert "Solo" in path.read_text()


# Clocks


def test_clock_file_shifts_the_time_and_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    clock = FileClock(path)
    assert clock.shift() == 0
    path.write_text("86400\n")
    assert clock.shift() == 86400
    assert abs(clock.now() - datetime.now(UTC) - timedelta(days=1)) < timedelta(seconds=5)
    path.write_text("172800")
    os.utime(path, ns=(1, 1))
    assert clock.shift() == 172800
    path.write_text("half wr")
    assert clock.shift() == 172800
    path.unlink()
    assert clock.shift() == 0


def test_tests_clock_never_goes_back() -> None:
    clock = MovableClock(START)
    with pytest.raises(ValueError, match="does not go back"):
        clock.move_to(START - timedelta(seconds=1))
    with pytest.raises(ValueError, match="aware"):
        MovableClock(datetime(2026, 1, 31))


# Running


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "only where TENANTRY_ENV is demo or test"),
        ({"TENANTRY_ENV": "production"}, "only where TENANTRY_ENV is demo or test"),
        ({"TENANTRY_ENV": "demo", "STRIPE_KEY": "sk_live_x"}, "beside a live key: see STRIPE_KEY"),
        ({"TENANTRY_ENV": "test", "OTHER": "rk_live_x"}, "beside a live key: see OTHER"),
    ],
)
def test_sandbox_refuses_to_run(environment: dict[str, str], sentence: str) -> None:
    assert sentence in str(objection(environment))


def test_refusal_is_one_sentence_and_code_two() -> None:
    environment = {"PATH": os.environ["PATH"], "TENANTRY_ENV": "production"}
    command = [sys.executable, "-m", "sandbox.stripe", "--port", "0"]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "The Stripe sandbox runs only where TENANTRY_ENV is demo or test.\n"


def test_program_serves_renews_by_the_clock_file_and_keeps_its_state(tmp_path: Path) -> None:
    port, state, clock = free_port(), tmp_path / "state.json", tmp_path / "clock"
    command = [
        sys.executable, "-m", "sandbox.stripe", "--port", str(port), "--state", str(state), "--clock", str(clock),
        "--webhook", "http://localhost:9/", "--webhook-secret", "whsec_demo", "--business", "Tenantry",
    ]  # fmt: skip
    environment = {"PATH": os.environ["PATH"], "TENANTRY_ENV": "demo"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            assert running.stdout
            assert running.stdout.readline() == f"Stripe sandbox at http://localhost:{port}\n"
            http = stripe.RequestsClient(timeout=5)
            client = stripe.StripeClient(
                "sk_test_x", base_addresses={"api": f"http://localhost:{port}"}, http_client=http
            )
            client.v1.products.create({"name": "Solo"})
            before = client.v1.events.list().data[0].created
            clock.write_text("864000")
            later = client.v1.customers.create({}).created
            http.close()
            assert 864000 <= later - before < 864060
        finally:
            running.send_signal(signal.SIGTERM)
            assert running.wait(10) == 0
    saved = json.loads(state.read_text())
    assert [each["name"] for each in saved["objects"]["product"].values()] == ["Solo"]
    assert next(iter(saved["objects"]["webhook_endpoint"].values()))["_secrets"] == ["whsec_demo"]
