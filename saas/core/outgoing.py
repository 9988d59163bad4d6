"""Calling an address that a tenant has chosen, without being made to call anything else (SSRF).

The checked IP is connected to, and no other; the certificate must be the name’s; redirects are not followed; proxies
from the environment are not used, and of the answer nothing is kept but its status.
"""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from threading import Timer

from saas.core.outgoing_addresses import AddressRefused as AddressRefused
from saas.core.outgoing_addresses import NotFound, Target, find_target
from saas.core.outgoing_addresses import check_address as check_address

CONNECTING = 5.0
WHOLE = 10.0
"""Seconds, for a connection, and for everything from its beginning to the end of the answer."""
MOST_READ = 64 * 1024
LONGEST_PAUSE = 24 * 3600


@dataclass(frozen=True)
class Answer:
    """The status of the answer, and how long it asks us to wait."""

    status: int
    retry_after: timedelta = timedelta(0)


class Unreachable(Exception):
    """There was no answer. `definite`: nothing of the request has left, so it certainly was not heard."""

    def __init__(self, *, definite: bool) -> None:
        super().__init__("nothing was sent" if definite else "no answer")
        self.definite = definite


def post(url: str, body: bytes, headers: Mapping[str, str], *, whole: float = WHOLE) -> Answer:
    """POST `body`, once; over after `whole` seconds, whatever the other side does.

    Raises AddressRefused, and Unreachable.
    """
    ends = time.monotonic() + whole
    try:
        target = find_target(url)
    except NotFound:
        raise Unreachable(definite=True) from None
    with _connect(target, ends) as plain, _over_at(ends, plain):
        return _ask(target, plain, body, headers, ends)


def _connect(target: Target, ends: float) -> socket.socket:
    """A connection to one of the checked IPs. Raises Unreachable."""
    for ip in target.ips:
        left = ends - time.monotonic()
        if left <= 0:
            break
        with suppress(OSError):
            return socket.create_connection((ip, target.port), timeout=min(CONNECTING, left))
    raise Unreachable(definite=True)


def _ask(
    target: Target, plain: socket.socket, body: bytes, headers: Mapping[str, str], ends: float
) -> Answer:
    connection = HTTPConnection(target.host, target.port)
    connection.auto_open = 0
    connection.default_port = 443 if target.is_encrypted else 80
    connection.sock = _encrypted(target, plain) if target.is_encrypted else plain
    try:
        connection.sock.settimeout(max(0.01, ends - time.monotonic()))
        connection.request("POST", target.path, body, {**headers, "Connection": "close"})
        with connection.getresponse() as answer:
            if time.monotonic() >= ends:
                raise TimeoutError  # its head was cut off by us, which looks like its end
            _drain(answer)
            return Answer(answer.status, _pause(answer.getheader("Retry-After", "")))
    except (OSError, HTTPException, ValueError):
        raise Unreachable(definite=False) from None
    finally:
        connection.close()


def _encrypted(target: Target, plain: socket.socket) -> ssl.SSLSocket:
    """Raises Unreachable: without a good certificate nothing is sent."""
    try:
        return _context().wrap_socket(plain, server_hostname=target.host.removesuffix("."))
    except (OSError, ValueError):
        raise Unreachable(definite=True) from None


@lru_cache(maxsize=1)
def _context() -> ssl.SSLContext:
    """The certificates that this machine trusts."""
    return ssl.create_default_context()


def _drain(answer: HTTPResponse) -> None:
    """Read a little and forget it, so that a server which minds being left is content."""
    with suppress(OSError, HTTPException, ValueError):
        answer.read(MOST_READ)


def _pause(said: str) -> timedelta:
    """Of a Retry-After in seconds; nothing where it is a date or nonsense."""
    seconds = int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0
    return timedelta(seconds=min(seconds, LONGEST_PAUSE))


@contextmanager
def _over_at(ends: float, plain: socket.socket) -> Iterator[None]:
    """At `ends` the connection is closed under whoever reads from it: time-outs only count each single read."""
    handle = plain.dup()  # TLS takes `plain` over
    guard = Timer(ends - time.monotonic(), _hang_up, [handle])
    guard.daemon = True
    guard.start()
    try:
        yield
    finally:
        guard.cancel()
        guard.join()
        handle.close()


def _hang_up(handle: socket.socket) -> None:
    with suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)
