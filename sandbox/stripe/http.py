"""The server: API, hosted pages, control, all on one port of the loopback address."""

import json
import sys
import traceback
from urllib.parse import parse_qs, urlsplit

from sandbox.serving import LocalHandler, LocalServer
from sandbox.stripe.api import Answer, Request, answer
from sandbox.stripe.control import Control
from sandbox.stripe.errors import StripeError
from sandbox.stripe.faults import Fault
from sandbox.stripe.hosted import hosted
from sandbox.stripe.pages import Page
from sandbox.stripe.store import random_text

BROKEN = {
    "error": {"type": "api_error", "message": "An unknown error occurred (a fault, on purpose)."}
}


class Server(LocalServer):
    """Stripe on a port."""

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
            self.send_json(Answer(500, {"error": {"type": "api_error", "message": report}}))

    def dispatch(self) -> None:
        body = self.read_body().decode()
        path = urlsplit(self.path).path
        if path.startswith("/_sandbox/"):
            self.respond_control(path, body)
        elif path.startswith("/v1/"):
            self.respond_api(body)
        else:
            form = {
                key: values[-1] for key, values in parse_qs(body, keep_blank_values=True).items()
            }
            self.send_page(hosted(self.server.control.world, self.command, path, form))

    def respond_api(self, body: str) -> None:
        control = self.server.control
        request = Request(self.command, self.path, self.headers_by_name(), body)
        fault = control.plan.strike_request(request.method, request.path)
        if fault and fault.kind in {"500", "timeout", "connection"}:
            self.fail(fault)
            return
        pause = fault.seconds if fault and fault.kind == "slow" else 0
        reply = answer(control.world, control.flights, request, pause)
        if fault and fault.kind == "after":
            self.hang_up()
        else:
            self.send_json(reply)

    def fail(self, fault: Fault) -> None:
        """Nothing is done."""
        if fault.kind == "500":
            self.send_json(Answer(500, BROKEN, {"Request-Id": f"req_{random_text(14)}"}))
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
            result = self.server.control.act(
                self.command, path.removeprefix("/_sandbox/"), given, urlsplit(self.path).query
            )
        except StripeError as refusal:
            self.send_json(Answer(refusal.status, refusal.body()))
        except (ValueError, TypeError, KeyError) as mistake:
            self.send_json(Answer(400, {"error": f"{type(mistake).__name__}: {mistake}"}))
        else:
            self.send_json(Answer(200, result))

    # Answers

    def send_json(self, reply: Answer) -> None:
        body = json.dumps(reply.body, indent=2).encode()
        self.send(reply.status, body, {"Content-Type": "application/json"} | dict(reply.headers))

    def send_page(self, page: Page) -> None:
        self.send(page.status, page.body, page.headers)
