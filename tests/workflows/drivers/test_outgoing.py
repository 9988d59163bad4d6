"""Calling an address that a tenant has chosen: what is not called, and what cannot be made to hang."""

import datetime
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from saas.core import outgoing
from saas.core.outgoing import AddressRefused, Unreachable, check_address, post

PUBLIC = "93.184.215.14"


class Receiver(ThreadingHTTPServer):
    """Notes what it gets, and answers by path: /status/NNN, /endless, /drip, /silent, /to (redirects)."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.forward = ""
        self.over = threading.Event()
        self.sent = 0

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.got.append((self.path, dict(self.headers.items()), body))
        with suppress(OSError):
            self.answer()

    def answer(self) -> None:
        if self.path == "/silent":
            self.server.over.wait(20)
        elif self.path == "/drip":
            self.drip()
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            while not self.server.over.is_set():
                self.wfile.write(b"x" * 1024)
                self.server.sent += 1024
                time.sleep(0.001)
        elif self.path == "/slow-body":
            self.send_response(200)
            self.end_headers()
            while not self.server.over.wait(0.1):
                self.wfile.write(b"x")
        else:
            status = 302 if self.path == "/to" else int(self.path.rpartition("/")[2])
            self.send_response(status)
            if self.path == "/to":
                self.send_header("Location", self.server.forward)
            self.send_header("Retry-After", "17")
            self.end_headers()

    def drip(self) -> None:
        """A head that never ends, a letter at a time, so that no single read times out."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.server.over.wait(0.1):
            self.wfile.write(b"X-A: b\r\n"[:4])

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


@pytest.fixture
def receivers() -> Iterator[Callable[[], Receiver]]:
    running: list[Receiver] = []

    def start() -> Receiver:
        server = Receiver()
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.over.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def receiver(receivers: Callable[[], Receiver], settings: Settings) -> Receiver:
    server = receivers()
    settings.OUTGOING_TRUSTED = frozenset({server.origin})
    return server


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """The names’ server says these, one after another, and the last one for ever. What it was asked is noted."""
    asked: list[str] = []
    left = list(answers)

    def resolve(host: str, port: Any, *_args: Any, **_more: Any) -> list[Any]:
        asked.append(host)
        ips = left.pop(0) if len(left) > 1 else left[0]
        if not ips:
            raise socket.gaierror(socket.EAI_NONAME, "nothing")
        return [
            (
                socket.AF_INET6 if ":" in ip else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (ip, port),
            )
            for ip in ips
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]


@pytest.mark.parametrize("ip", PRIVATE)
def test_a_private_address_is_not_called_by_number_nor_by_name(
    ip: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = names(monkeypatch, [ip])
    literal = f"[{ip}]" if ":" in ip else ip
    with pytest.raises(AddressRefused):
        post(f"https://{literal}/", b"", {})
    assert asked == []
    with pytest.raises(AddressRefused):
        post("https://hooks.example.org/", b"", {})
    assert asked == ["hooks.example.org."]


@pytest.mark.parametrize(
    "ip", [PUBLIC, "2606:4700::1111", "64:ff9b::5db8:d70e", "2002:5db8:d70e::1", f"::ffff:{PUBLIC}"]
)
def test_a_public_address_may_be_called(ip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, [ip])
    check_address("https://hooks.example.org/a?b=c")
    check_address("https://hooks.example.org:8443/")


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, [PUBLIC, "10.0.0.1"])
    with pytest.raises(AddressRefused, match="public internet"):
        check_address("https://hooks.example.org/")


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/",
        "https://127.1/",
        "https://0177.0.0.1/",
        "https://0x7f.0.0.1/",
        "https://0x7f000001/",
        "https://017700000001/",
        "https://127.0.0.1./",
        "https://127。0。0。1/",
        "https://①②⑦.⓪.⓪.①/",
        "https://[::1%25lo]/",
        "https://[fe80::1%eth0]/",
        "https://1.2.3.4.5/",
    ],
)
def test_other_spellings_of_an_ip_address_are_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the names’ server would say something public of them."""
    names(monkeypatch, [PUBLIC])
    with pytest.raises(AddressRefused):
        check_address(url)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://hooks.example.org/", "https"),
        ("ftp://hooks.example.org/", "no web address"),
        ("file:///etc/passwd", "no web address"),
        ("hooks.example.org", "no web address"),
        ("https://", "no web address"),
        ("https://hooks.example.org:22/", "8443"),
        ("https://hooks.example.org:99999/", "no web address"),
        ("https://ana:secret@hooks.example.org/", "password"),
        ("https://@hooks.example.org/", "password"),
        ("https://hooks.example.org\\@127.0.0.1/", "no web address"),
        ("https://hooks.example.org/\r\nX-Evil: 1", "no web address"),
        ("https://hooks example.org/", "no web address"),
        ("https://-hooks.example.org/", "no web address"),
        ("https://hooks..example.org/", "no web address"),
        ("https://localhost/", "ours"),
        ("https://aurora.localhost/", "ours"),
        ("https://LOCALHOST./", "ours"),
        ("https://intranet/", "ours"),
        (f"https://hooks.example.org/{'a' * 300}", "300"),
    ],
)
def test_an_address_that_is_not_called(
    url: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, [PUBLIC])
    with pytest.raises(AddressRefused, match=says):
        check_address(url)


def test_the_platforms_own_names_are_not_called(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(monkeypatch, [PUBLIC])
    settings.BASE_DOMAIN = "tenantry.example"
    settings.PLATFORM_HOSTS = frozenset({"tenantry.example", "Other.example"})
    for host in (
        "tenantry.example",
        "aurora.tenantry.example",
        "TENANTRY.example.",
        "other.example",
    ):
        with pytest.raises(AddressRefused, match="ours"):
            check_address(f"https://{host}/")
    check_address("https://nottenantry.example/")


def test_a_name_that_does_not_exist_has_its_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, [])
    with pytest.raises(AddressRefused, match="no server by that name"):
        check_address("https://hooks.example.org/")
    with pytest.raises(Unreachable) as caught:
        post("https://hooks.example.org/", b"", {})
    assert caught.value.definite


def test_a_name_is_resolved_once_and_the_checked_address_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A rebinding resolver: public when it is checked, this machine a moment later."""
    asked = names(monkeypatch, [PUBLIC], ["127.0.0.1"])
    connected: list[Any] = []

    def connect(address: Any, *_args: Any, **_more: Any) -> socket.socket:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(Unreachable):
        post("https://hooks.example.org/", b"", {})
    assert asked == ["hooks.example.org."]
    assert connected == [(PUBLIC, 443)]


def test_names_servers_that_hang_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **m: over.wait(20) and [])
    monkeypatch.setattr("saas.core.outgoing_addresses.RESOLVING", 0.2)
    begun = time.monotonic()
    with pytest.raises(Unreachable) as caught:
        post("https://hooks.example.org/", b"", {})
    assert caught.value.definite
    assert time.monotonic() - begun < 15
    over.set()


def test_what_is_sent_arrives(receiver: Receiver) -> None:
    answer = post(f"{receiver.origin}/status/204", b'{"a": 1}', {"Tenantry-Message": "k1"})
    assert answer.status == 204
    path, headers, body = receiver.got[0]
    assert (path, body) == ("/status/204", b'{"a": 1}')
    assert headers["Tenantry-Message"] == "k1"
    assert headers["Host"] == f"127.0.0.1:{receiver.port}"


def test_only_the_trusted_origin_is_excepted(
    receivers: Callable[[], Receiver], receiver: Receiver
) -> None:
    other = receivers()
    with pytest.raises(AddressRefused):
        post(f"{other.origin}/status/200", b"", {})
    assert other.got == []


def test_a_redirect_to_this_machine_is_not_followed(
    receivers: Callable[[], Receiver], receiver: Receiver
) -> None:
    inner = receivers()
    receiver.forward = f"{inner.origin}/status/200"
    assert post(f"{receiver.origin}/to", b"", {}).status == 302
    assert inner.got == []


def test_proxies_of_the_environment_are_not_used(
    receivers: Callable[[], Receiver], receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = receivers()
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy.origin)
    assert post(f"{receiver.origin}/status/200", b"", {}).status == 200
    assert proxy.got == []


def test_a_pause_that_is_asked_for_is_told(receiver: Receiver) -> None:
    assert post(f"{receiver.origin}/status/429", b"", {}).retry_after.total_seconds() == 17


def test_a_body_that_never_ends_is_read_no_further(receiver: Receiver) -> None:
    begun = time.monotonic()
    assert post(f"{receiver.origin}/endless", b"", {}, whole=5).status == 200
    assert time.monotonic() - begun < 15
    time.sleep(0.2)
    sent = receiver.sent
    time.sleep(0.3)
    assert receiver.sent == sent, "it is still being read"


@pytest.mark.parametrize("path", ["/silent", "/drip"])
def test_a_receiver_that_never_answers_is_left_at_the_deadline(
    receiver: Receiver, path: str
) -> None:
    begun = time.monotonic()
    with pytest.raises(Unreachable) as caught:
        post(f"{receiver.origin}{path}", b"", {}, whole=1)
    assert not caught.value.definite
    assert 0.9 < time.monotonic() - begun < 15


def test_a_body_that_only_drips_is_left_at_the_deadline(receiver: Receiver) -> None:
    begun = time.monotonic()
    assert post(f"{receiver.origin}/slow-body", b"", {}, whole=1).status == 200
    assert 0.9 < time.monotonic() - begun < 15


def test_a_closed_port_is_a_definite_failure(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{probe.getsockname()[1]}"
    settings.OUTGOING_TRUSTED = frozenset({origin})
    with pytest.raises(Unreachable) as caught:
        post(f"{origin}/", b"", {})
    assert caught.value.definite


def test_nothing_of_a_connection_is_left_open(receiver: Receiver) -> None:
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    post(f"{receiver.origin}/status/200", b"", {})
    before = open_files()
    for _ in range(20):
        post(f"{receiver.origin}/status/200", b"", {})
    time.sleep(0.2)
    assert open_files() <= before + 2


# TLS


def certificate(folder: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begins = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + datetime.timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def over_tls(
    receivers: Callable[[], Receiver],
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Callable[[str, bool], tuple[Receiver, str]]]:
    """A receiver under hooks.example.org whose certificate is for `name`, and is trusted or not."""

    def start(name: str, trusted: bool) -> tuple[Receiver, str]:
        pem = certificate(tmp_path, name)
        server = receivers()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        names(monkeypatch, ["127.0.0.1"])
        origin = f"https://hooks.example.org:{server.port}"
        settings.OUTGOING_TRUSTED = frozenset({origin})
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        outgoing._context.cache_clear()
        return server, origin

    yield start
    outgoing._context.cache_clear()


def test_over_tls_the_name_is_told_and_its_certificate_checked(
    over_tls: Callable[[str, bool], tuple[Receiver, str]],
) -> None:
    server, origin = over_tls("hooks.example.org", True)
    assert post(f"{origin}/status/200", json.dumps({"a": 1}).encode(), {}).status == 200
    assert server.got[0][1]["Host"] == f"hooks.example.org:{server.port}"


@pytest.mark.parametrize(
    ("name", "trusted"), [("hooks.example.org", False), ("evil.example.org", True)]
)
def test_without_a_good_certificate_nothing_is_sent(
    name: str, trusted: bool, over_tls: Callable[[str, bool], tuple[Receiver, str]]
) -> None:
    server, origin = over_tls(name, trusted)
    with pytest.raises(Unreachable) as caught:
        post(f"{origin}/status/200", b"secret", {})
    assert caught.value.definite
    assert server.got == []


def test_over_tls_too_the_deadline_holds(
    over_tls: Callable[[str, bool], tuple[Receiver, str]],
) -> None:
    _server, origin = over_tls("hooks.example.org", True)
    begun = time.monotonic()
    with pytest.raises(Unreachable) as caught:
        post(f"{origin}/drip", b"", {}, whole=1)
    assert not caught.value.definite
    assert 0.9 < time.monotonic() - begun < 15


def test_every_range_that_is_private_by_the_registry_is_refused() -> None:
    from saas.core.outgoing_addresses import is_public

    for text in PRIVATE:
        assert not is_public(ipaddress.ip_address(text)), text
