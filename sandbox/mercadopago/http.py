"""The server: API, pages, control, all on one port of the loopback address."""

import json
import sys
import traceback
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.mercadopago.api import Answer, Request, answer
from sandbox.mercadopago.control import Control
from sandbox.mercadopago.errors import Refusal
from sandbox.mercadopago.hosted import hosted
from sandbox.serving import LocalHandler, LocalServer
from sandbox.stripe.faults import Fault
from sandbox.stripe.pages import Page

API = ("/v1/", "/users/", "/checkout/preferences")
BROKEN = Refusal("Internal error (a fault, on purpose)", status=500).body()


class Server(LocalServer):
    """Mercado Pago on a port."""

    def __init__(self, port: int, control: Control) -> None:
        self.control = control
        super().__init__(port, Handler)

    def close(self) -> None:
        self.control.world.closing.set()
        super().close()


class Handler(LocalHandler):
    """Reads a request and hands it to where it belongs."""

    server: Server

    def respond(self) -> None:
        """A defect of the sandbox's own is told to the client and on the terminal, never silent."""
        try:
            self.dispatch()
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        except Exception:  # noqa: BLE001
            report = traceback.format_exc()
            sys.stderr.write(report)
            self.send_json(Answer(500, Refusal(report, status=500).body()))

    def dispatch(self) -> None:
        body, parts = self.read_body().decode(), urlsplit(self.path)
        if parts.path.startswith("/_sandbox/"):
            self.respond_control(parts.path, body)
        elif parts.path.startswith(API):
            self.respond_api(body)
        else:
            world = self.server.control.world
            self.send_page(hosted(world, self.command, parts.path, _form(parts.query), _form(body)))

    def respond_api(self, body: str) -> None:
        control = self.server.control
        request = Request(self.command, self.path, self.headers_by_name(), body)
        fault = control.plan.strike_request(request.method, request.path)
        if fault and fault.kind in {"500", "timeout", "connection"}:
            self.fail(fault)
            return
        reply = answer(
            control.world, request, fault.seconds if fault and fault.kind == "slow" else 0
        )
        if fault and fault.kind == "after":
            self.hang_up()
        else:
            self.send_json(reply)

    def fail(self, fault: Fault) -> None:
        """Nothing is done."""
        if fault.kind == "500":
            self.send_json(Answer(500, BROKEN))
            return
        if fault.kind == "timeout":
            self.server.control.world.closing.wait(fault.seconds)
        self.hang_up()

    def respond_control(self, path: str, body: str) -> None:
        """Only for programs on this machine: a page in a browser elsewhere cannot reach it."""
        if not self.is_from_here():
            self.send_json(Answer(403, {"error": "Only from this machine."}))
            return
        try:
            given = json.loads(body or "{}")
            lever, query = path.removeprefix("/_sandbox/"), urlsplit(self.path).query
            result = self.server.control.act(self.command, lever, given, query)
        except Refusal as refusal:
            self.send_json(Answer(refusal.status, refusal.body()))
        except (ValueError, TypeError, KeyError) as mistake:
            self.send_json(Answer(400, {"error": f"{type(mistake).__name__}: {mistake}"}))
        else:
            self.send_json(Answer(200, result))

    # Answers

    def send_json(self, reply: Answer) -> None:
        body = json.dumps(reply.body, indent=2).encode()
        self.send(reply.status, body, {"Content-Type": "application/json"})

    def send_page(self, page: Page) -> None:
        self.send(page.status, page.body, page.headers)

    def date_time_string(self, timestamp: Any = None) -> str:
        """The time that it is here, in the header of every answer: whether a page is over depends on that."""
        moment = self.server.control.world.now() if timestamp is None else timestamp
        return formatdate(moment, usegmt=True)


def _form(text: str) -> dict[str, str]:
    return {key: values[-1] for key, values in parse_qs(text, keep_blank_values=True).items()}
