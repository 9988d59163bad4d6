"""The server: API, certificates, hosted pages and levers, all on one port of the loopback address."""

import json
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from sandbox.paypal.api import Answer, Request, answer
from sandbox.paypal.authority import Signer, signer
from sandbox.paypal.control import PayPalControl
from sandbox.paypal.hosted import hosted
from sandbox.paypal.webhooks import CERTS
from sandbox.stripe import http
from sandbox.stripe.faults import Fault

BROKEN = {
    "name": "INTERNAL_SERVER_ERROR",
    "message": "An internal server error has occurred (a fault, on purpose).",
    "debug_id": "sandbox",
}
PEM = {"Content-Type": "application/x-pem-file"}


class Server(http.Server):
    """That of Stripe's double, with another handler."""

    def __init__(self, port: int, control: PayPalControl) -> None:
        super().__init__(port, control)
        self.RequestHandlerClass = Handler  # type: ignore[assignment]


class Handler(http.Handler):
    """Reads a request and hands it to where it belongs."""

    def do_PATCH(self) -> None:  # noqa: N802 - the name that http.server calls
        self.respond()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The double's own time: the product takes it from there."""
        return formatdate(timestamp or self.server.control.world.now(), usegmt=True)

    def dispatch(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path == "/_sandbox/authority.pem":
            self.send(200, self.signer.root, PEM)
        elif path.startswith("/_sandbox/"):
            self.respond_control(path, body.decode())
        elif path.startswith(CERTS):
            is_there = path == CERTS + self.signer.name
            self.send(200 if is_there else 404, self.signer.pem if is_there else b"", PEM)
        elif path.startswith(("/v1/", "/v2/")):
            self.respond_request(body)
        else:
            self.respond_page(path, body.decode())

    @property
    def signer(self) -> Signer:
        return getattr(self.server.control.courier, "signer", None) or signer()

    def respond_page(self, path: str, body: str) -> None:
        form = {key: values[-1] for key, values in parse_qs(body, keep_blank_values=True).items()}
        query = dict(parse_qsl(urlsplit(self.path).query))
        world: Any = self.server.control.world
        self.send_page(hosted(world, self.command, path, query, form))

    def respond_request(self, body: bytes) -> None:
        control = self.server.control
        world: Any = control.world
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
        fault = control.plan.strike_request(request.method, request.path)
        if fault and fault.kind in {"500", "timeout", "connection"}:
            self.fail(fault)
            return
        reply = answer(world, request, fault.seconds if fault and fault.kind == "slow" else 0)
        if fault and fault.kind == "after":
            self.hang_up()
        else:
            self.send_answer(reply)

    def fail(self, fault: Fault) -> None:
        """Nothing is done."""
        if fault.kind == "500":
            self.send_answer(Answer(500, BROKEN))
            return
        if fault.kind == "timeout":
            self.server.control.world.closing.wait(fault.seconds)
        self.hang_up()

    def send_answer(self, reply: Answer) -> None:
        body = b"" if reply.body is None else json.dumps(reply.body).encode()
        self.send(reply.status, body, {"Content-Type": "application/json"} | dict(reply.headers))
