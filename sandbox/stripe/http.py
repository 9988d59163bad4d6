"""The server: API, hosted pages, control, all on one port of the loopback address."""

import json
import socket
import sys
import traceback
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

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
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Server(ThreadingHTTPServer):
    """Threads that end with the process; `close` ends their connections, too."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, control: Control) -> None:
        self.control = control
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of ours."""

    def close(self) -> None:
        self.control.world.closing.set()
        self.shutdown()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """Reads a request and hands it to where it belongs."""

    protocol_version = "HTTP/1.1"
    server: Server
    timeout = 120
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.respond()

    do_POST = do_DELETE = do_GET  # noqa: N815 - the names that http.server calls

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
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
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
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, body)
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

    def hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def respond_control(self, path: str, body: str) -> None:
        """Only for programs on this machine: a page in a browser elsewhere cannot reach it."""
        origin = self.headers.get("Origin")
        if self.client_address[0] not in LOOPBACK or (
            origin and urlsplit(origin).hostname not in LOOPBACK
        ):
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

    def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Quiet: the tests' and the demo's output belongs to them."""
