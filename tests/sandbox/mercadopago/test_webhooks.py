"""Notifications: signed, where they go, what goes wrong on purpose; the levers over HTTP; where it refuses to run."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from billing.gateways.base import GatewayUnavailable
from billing.gateways.mercadopago.client import Client
from sandbox.mercadopago.__main__ import objection
from sandbox.mercadopago.contract import contract
from sandbox.mercadopago.courier import signature
from sandbox.mercadopago.testing import NOWHERE, SECRET, MercadoPagoSandbox
from sandbox.mercadopago.world import Settings
from tests.sandbox.mercadopago.conftest import START, Hand, an_item

ROOT = Path(__file__).resolve().parents[3]
Json = dict[str, Any]


class Inbox:
    """Takes deliveries, as often as `status` says so."""

    def __init__(self, status: int = 200) -> None:
        self.status, self.came = status, list[tuple[str, Json, dict[str, str]]]()

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        self.came.append((url, json.loads(body), dict(headers)))
        return self.status

    @property
    def actions(self) -> list[str]:
        return [body.get("action", body["type"]) for _, body, _ in self.came]


def test_notification_is_signed_and_says_where_to_look(
    sandbox: MercadoPagoSandbox, preference: Json
) -> None:
    inbox = Inbox()
    number = str(sandbox.control.pay(preference["id"])["id"])
    assert vars(sandbox.deliver(inbox)) == {"delivered": 1, "failed": 0, "dropped": 0}
    url, body, headers = inbox.came[0]
    assert url.startswith(NOWHERE)
    assert parse_qs(urlsplit(url).query) == {"data.id": [number], "type": ["payment"]}
    assert (body["action"], body["data"], body["live_mode"]) == (
        "payment.created",
        {"id": number},
        False,
    )
    stamp = int(headers["x-signature"].partition(",")[0].removeprefix("ts="))
    assert headers["x-signature"] == signature(number, headers["x-request-id"], stamp, SECRET)
    assert stamp > 1_600_000_000_000
    assert sandbox.pending_events() == []


def test_notification_is_as_specified(sandbox: MercadoPagoSandbox, preference: Json) -> None:
    known = contract()
    if known is None:
        pytest.skip("NO CONTRACTS: Mercado Pago's specification is not there.")
    inbox = Inbox()
    number = sandbox.control.pay(preference["id"])["id"]
    sandbox.chargeback(number)
    sandbox.deliver(inbox)
    schema = {"$ref": "#/components/schemas/WebhookNotification"}
    beyond = {f"body.{name} is unknown" for name in ("live_mode", "application_id", "version")}
    for _, body, _ in inbox.came:
        assert set(known.differences(body, schema, "body")) == beyond


def test_stamp_may_be_in_seconds(tmp_path: Path) -> None:
    with MercadoPagoSandbox(START, settings=Settings(signs_seconds=True), clock_signs=True) as one:
        made = Client("TEST-1", one.url).make_preference({"items": [an_item()]})
        one.control.pay(made["id"])
        _, headers = one.parcel(one.events()[0]["id"])
        assert headers["x-signature"].startswith(f"ts={int(START.timestamp())},v1=")


def test_order_may_name_its_own_address(sandbox: MercadoPagoSandbox, client: Client) -> None:
    url = "http://localhost/webhooks/mercadopago/?source_news=webhooks"
    made = client.make_preference({"items": [an_item()], "notification_url": url})
    sandbox.control.pay(made["id"])
    inbox = Inbox()
    sandbox.deliver(inbox)
    assert inbox.came[0][0].startswith(f"{url}&data.id=")


def test_each_attempt_has_a_signature_of_its_own(
    sandbox: MercadoPagoSandbox, preference: Json
) -> None:
    inbox = Inbox(500)
    sandbox.control.pay(preference["id"])
    for _ in range(2):
        assert sandbox.deliver(inbox).failed == 1
    inbox.status = 200
    assert sandbox.deliver(inbox).delivered == 1
    assert len({headers["x-request-id"] for _, _, headers in inbox.came}) == 3
    assert len({body["id"] for _, body, _ in inbox.came}) == 1
    sandbox.redeliver(sandbox.events()[0]["id"])
    assert sandbox.deliver(inbox).delivered == 1


def test_other_secret_signs_from_now_on(sandbox: MercadoPagoSandbox, preference: Json) -> None:
    number = str(sandbox.control.pay(preference["id"])["id"])
    sandbox.change_secret("another")
    _, headers = sandbox.parcel(sandbox.events()[0]["id"])
    stamp = int(headers["x-signature"].partition(",")[0].removeprefix("ts="))
    assert headers["x-signature"] == signature(number, headers["x-request-id"], stamp, "another")


def test_duplicate_delay_drop_and_reorder(sandbox: MercadoPagoSandbox, preference: Json) -> None:
    number = sandbox.control.pay(preference["id"], "slip")["id"]
    sandbox.pay_slip(number)
    inbox = Inbox()
    sandbox.fault("reorder")
    sandbox.fault("duplicate", type="payment.created", copies=2)
    sandbox.deliver(inbox)
    assert inbox.actions == ["payment.updated", *["payment.created"] * 3]
    inbox.came.clear()
    sandbox.fault("drop", type="payment.*")
    sandbox.refund(number, 10)
    assert sandbox.deliver(inbox).dropped == 1
    sandbox.fault("delay", seconds=60)
    sandbox.refund(number, 10)
    sandbox.deliver(inbox)
    assert inbox.actions == []
    sandbox.advance(minutes=2)
    sandbox.deliver(inbox)
    assert inbox.actions == ["payment.updated"]


@pytest.mark.parametrize("kind", ["500", "connection", "timeout"])
def test_fault_does_nothing(kind: str, sandbox: MercadoPagoSandbox, client: Client) -> None:
    sandbox.fault(kind, seconds=0.1, times=9)
    with pytest.raises(GatewayUnavailable):
        client.make_preference({"items": [an_item()]})
    assert sandbox.world.store.all("preference") == []


def test_lost_answer_was_carried_out(sandbox: MercadoPagoSandbox, client: Client) -> None:
    sandbox.fault("after", method="POST")
    with pytest.raises(GatewayUnavailable):
        client.make_preference({"items": [an_item()]})
    assert len(sandbox.world.store.all("preference")) == 1


# Levers


def lever(hand: Hand, path: str, content: Any = None) -> Any:
    status, told = hand.ask("POST", f"/_sandbox/{path}", content or {})
    assert status == 200, told
    return told


def test_levers_over_http(sandbox: MercadoPagoSandbox, hand: Hand, preference: Json) -> None:
    hand.token = ""
    slip = lever(hand, f"preferences/{preference['id']}/pay", {"method": "slip"})
    lever(hand, f"payments/{slip['id']}/pay")
    lever(hand, f"payments/{slip['id']}/refund", {"amount": 10})
    review = lever(hand, f"preferences/{preference['id']}/pay", {"method": "review"})
    lever(hand, f"payments/{review['id']}/approve")
    taken = lever(hand, f"payments/{review['id']}/chargeback")
    lever(hand, f"chargebacks/{taken['id']}/close", {"status": "won"})
    assert lever(hand, f"events/{sandbox.events()[0]['id']}/redeliver") == {"queued": 1}
    lever(hand, "faults", {"faults": [{"kind": "drop", "times": 50}]})
    assert lever(hand, "deliver")["dropped"] > 5
    later = (START + timedelta(days=1)).isoformat()
    assert lever(hand, "clock", {"now": later}) == {"result": 0}
    assert lever(hand, "run_due") == {"result": 0}
    status, state = hand.ask("GET", "/_sandbox/state")
    assert (status, state["counts"]["payment"]) == (200, 2)
    assert len(hand.ask("GET", "/_sandbox/state?type=payment")[1]["data"]) == 2
    lever(hand, "reset")
    assert hand.ask("GET", "/_sandbox/state")[1]["counts"] == {"webhook_endpoint": 1}


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("nothing", {}, 404),
        ("payments/1/pay", {}, 404),
        ("faults", {"faults": [{"kind": "magic"}]}, 400),
        ("faults", {}, 400),
        ("clock", {"now": "soon"}, 400),
        ("preferences/x/pay", {"method": "barter"}, 404),
    ],
)
def test_lever_that_is_none(path: str, content: Any, status: int, hand: Hand) -> None:
    assert hand.ask("POST", f"/_sandbox/{path}", content)[0] == status


def test_levers_are_for_this_machine_alone(sandbox: MercadoPagoSandbox) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    assert sandbox.request("POST", "/_sandbox/reset", "{}", **headers)[0] == 403


# Where it runs


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "only where TENANTRY_ENV is demo or test"),
        ({"TENANTRY_ENV": "production"}, "only where TENANTRY_ENV is demo or test"),
        ({"TENANTRY_ENV": "demo", "MP": "APP_USR-1-2-3"}, "not run beside a live token: see MP"),
        ({"TENANTRY_ENV": "demo"}, ""),
    ],
)
def test_it_runs_only_in_its_habitat(environment: dict[str, str], words: str) -> None:
    found = objection(environment) or ""
    assert words in found
    assert "APP_USR" not in found
    assert bool(words) == bool(found)


def test_program_refuses_production_and_serves_the_demo(tmp_path: Path) -> None:
    command = [
        sys.executable, "-m", "sandbox.mercadopago", "--port", "0", "--state", str(tmp_path / "s.json"),
        "--webhook", NOWHERE, "--webhook-secret", SECRET,
    ]  # fmt: skip
    env = {**os.environ, "TENANTRY_ENV": "production"}
    refused = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2
    assert "runs only where TENANTRY_ENV" in refused.stderr
    env["TENANTRY_ENV"] = "demo"
    with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        port = int(running.stdout.readline().rpartition(":")[2])
        connection = HTTPConnection("localhost", port, timeout=10)
        connection.request("GET", "/")
        page = connection.getresponse().read().decode()
        connection.close()
        running.terminate()
        assert running.wait(timeout=20) == 0
    assert "Mercado Pago’s stand-in" in page
