"""E-mail: over a real SMTP server with its faults, over anymail’s interface, and what the mail itself looks like."""

import asyncio
import email
import email.policy
import json
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from django.core import mail
from pytest_django import Settings

from sandbox.carriers.faults import Fault
from sandbox.carriers.server import Carrier, Reply, Taken
from workflows.drivers import anymail, http, smtp
from workflows.drivers.base import (
    Accepted,
    Outcome,
    Outgoing,
    Refused,
    TryLater,
    Unclear,
)
from workflows.drivers.mails import message_id, write


def message(
    key: str = "k1", to: str = "clara@example.com", text: str = "See you", **content: Any
) -> Outgoing:
    return Outgoing(key, "email", to, text, "Clara", {"subject": "Your visit", **content})


class Post:
    """A mail server that keeps what it gets; `rcpt` and `data` are what it answers instead, one after another."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.sessions: set[int] = set()
        self.rcpt: list[str] = []
        self.data: list[str] = []

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any
    ) -> str:
        if self.rcpt and (said := self.rcpt.pop(0)):
            if said == "hang up":
                server.transport.abort()
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        said = self.data.pop(0) if self.data else ""
        if said in {"", "after", "lost"}:
            self.sessions.add(id(session))
            content = envelope.content
            assert isinstance(content, bytes)
            self.got.append(email.message_from_bytes(content, policy=email.policy.default))  # type: ignore[arg-type]
        if said == "after":
            server.transport.abort()
        if said == "lost":
            await asyncio.sleep(3)
        return said if said[:1].isdigit() else "250 OK"


@pytest.fixture
def post() -> Post:
    return Post()


def running(post: Post, **more: Any) -> Iterator[Controller]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(post, hostname="127.0.0.1", port=port, **more)
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def server(post: Post) -> Iterator[Controller]:
    yield from running(post)


def values(server: Controller, **more: str) -> dict[str, str]:
    return {"host": "127.0.0.1", "port": str(server.port), "security": "none", **more}


@pytest.fixture
def driver(server: Controller) -> smtp.MailDriver:
    return smtp.own_server(values(server))


def test_a_mail_arrives_whole(driver: smtp.MailDriver, post: Post) -> None:
    calendar = {
        "name": "visit.ics",
        "type": "text/calendar",
        "base64": b64encode(b"BEGIN:VCALENDAR").decode(),
    }
    outcome = driver.send(
        [
            message(
                html="<p>See <b>you</b></p>",
                sender_name="Salon Aurora",
                reply_to="ana@example.com",
                unsubscribe_url="https://aurora.example/stop/x/",
                attachments=[calendar],
            )
        ]
    )
    assert outcome == [Accepted(message_id("k1"))]
    got = post.got[0]
    assert got["To"] == "clara@example.com"
    assert got["Subject"] == "Your visit"
    assert got["From"] == "Salon Aurora <hello@localhost>"
    assert got["Reply-To"] == "ana@example.com"
    assert got["Message-ID"] == message_id("k1")
    assert got["List-Unsubscribe"] == "<https://aurora.example/stop/x/>"
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert got.get_body(("plain",)).get_content().strip() == "See you"  # type: ignore[union-attr]
    assert "<b>you</b>" in got.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert [part.get_filename() for part in got.iter_attachments()] == ["visit.ics"]


def test_the_id_is_the_messages_own() -> None:
    assert message_id("k1") == message_id("k1") != message_id("k2")
    assert write(message()).extra_headers["Message-ID"] == message_id("k1")


def test_a_batch_goes_over_one_connection(driver: smtp.MailDriver, post: Post) -> None:
    found = driver.send([message(f"k{number}") for number in range(5)])
    assert [type(one) for one in found] == [Accepted] * 5
    assert (len(post.got), len(post.sessions)) == (5, 1)


@pytest.mark.parametrize("field", ["subject", "sender_name", "reply_to", "unsubscribe_url"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x85", "\u2028", "\x00"])
def test_nothing_becomes_a_header_of_its_own(
    field: str, end: str, driver: smtp.MailDriver, post: Post
) -> None:
    evil = f"ana@example.com{end}Bcc: evil@example.com"
    driver.send([message(**{field: evil})])
    for got in post.got:
        assert got["Bcc"] is None
        assert "evil@example.com" not in (got["To"], got["Cc"])
        assert not [name for name in got if name not in KNOWN]
    assert post.got


KNOWN = {
    "Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID", "Reply-To",
    "Content-Transfer-Encoding", "List-Unsubscribe", "List-Unsubscribe-Post", "X-Peer", "X-MailFrom", "X-RcptTo",
}  # fmt: skip


@pytest.mark.parametrize(
    "to",
    [
        "",
        "clara",
        "clara@",
        "a@example.com, b@example.com",
        "a@example.com\nBcc: b@example.com",
        "Clara <clara@example.com>",
        "a@b@example.com",
    ],
)
def test_what_is_no_single_address_is_refused_and_the_rest_goes_on(
    to: str, driver: smtp.MailDriver, post: Post
) -> None:
    found = driver.send([message("a"), message("b", to=to), message("c")])
    assert [type(one) for one in found] == [Accepted, Refused, Accepted]
    assert len(post.got) == 2


@pytest.mark.parametrize(
    ("rcpt", "data", "outcome", "arrived"),
    [
        ("550 No such user", "", Refused, 2),
        ("450 Greylisted", "", TryLater, 2),
        ("hang up", "", TryLater, 2),
        ("", "554 Spam", Refused, 2),
        ("", "451 Later", TryLater, 2),
        ("", "after", Unclear, 3),
    ],
)
def test_what_the_servers_answer_means_and_the_rest_goes_on(
    rcpt: str, data: str, outcome: type, arrived: int, driver: smtp.MailDriver, post: Post
) -> None:
    post.rcpt, post.data = ["", rcpt], ["", data] if data else []
    found = driver.send([message("a"), message("b"), message("c")])
    assert [type(one) for one in found] == [Accepted, outcome, Accepted]
    assert len(post.got) == arrived


def test_a_time_out_after_it_was_handed_over_is_unclear(
    post: Post, server: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "TIMEOUT", 0.5)
    post.data = ["lost"]
    begun = time.monotonic()
    assert isinstance(smtp.own_server(values(server)).send([message()])[0], Unclear)
    assert time.monotonic() - begun < 4.5


def test_where_nobody_listens_it_may_go_later() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    driver = smtp.own_server({"host": "127.0.0.1", "port": port, "security": "none"})
    assert [type(one) for one in driver.send([message("a"), message("b")])] == [TryLater, TryLater]


def test_a_wrong_password_loses_nothing(post: Post) -> None:
    def check(
        _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any
    ) -> AuthResult:
        return AuthResult(success=data.password == b"right", handled=False)

    asking = running(post, authenticator=check, auth_require_tls=False)
    server = next(asking)
    try:
        wrong = smtp.own_server(values(server, user="ana", password="wrong"))
        found = wrong.send([message()])[0]
        assert isinstance(found, TryLater)
        assert "password" in str(found.reason)
        right = smtp.own_server(values(server, user="ana", password="right"))
        assert isinstance(right.send([message()])[0], Accepted)
    finally:
        next(asking, None)


def test_an_unusable_address_for_answers_costs_only_itself(
    driver: smtp.MailDriver, post: Post
) -> None:
    driver.send([message(reply_to="ana@")])
    assert post.got[0]["Reply-To"] is None


def test_the_platforms_own_server_is_the_one_of_the_environment(
    server: Controller, post: Post, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = smtp.DJANGOS
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    post.data = ["after"]
    found = smtp.platforms_own().send([message("a"), message("b")])
    assert [type(one) for one in found] == [Unclear, Accepted]


def test_any_other_backend_of_djangos_does_too(settings: Settings) -> None:
    assert settings.EMAIL_BACKEND.endswith("locmem.EmailBackend")
    assert smtp.platforms_own().send([message()]) == [Accepted(message_id("k1"))]
    assert mail.outbox[0].to == ["clara@example.com"]


# anymail


class Postmark(Carrier):
    """As much of Postmark as is needed: https://postmarkapp.com/developer/api/email-api"""

    words = ""
    """How it says that nothing goes to an inactive recipient."""

    def take(self, path: str, headers: Any, body: bytes) -> Reply:
        given = json.loads(body)
        if headers.get("x-postmark-server-token") != "right":
            return Reply(401, json.dumps({"ErrorCode": 10, "Message": "Bad token"}).encode())
        if "inactive" in given["To"]:
            said = {
                "ErrorCode": 406,
                "Message": "You tried to send to recipients that have been marked as inactive.",
            }
            return Reply(422, json.dumps(said).encode())
        taken = self.keep(Taken(f"pm-{len(self.taken)}", given["To"], given["TextBody"], given))
        said = {
            "ErrorCode": 0,
            "Message": "OK",
            "MessageID": taken.id,
            "To": given["To"],
            "SubmittedAt": "",
        }
        return Reply(200, json.dumps(said).encode())

    def refusal(self, fault: Fault) -> Reply:
        status = {"500": 500, "503": 503, "429": 429, "key": 401, "refuse": 400}[fault.kind]
        return Reply(
            status, json.dumps({"ErrorCode": fault.code, "Message": "On purpose"}).encode()
        )


@pytest.fixture
def postmark() -> Iterator[Postmark]:
    with Postmark() as running_here:
        yield running_here


@pytest.fixture
def by_postmark(postmark: Postmark) -> Callable[..., Outcome]:
    def send(given: Outgoing | None = None, token: str = "right", **more: Any) -> Outcome:
        driver = anymail.driver("postmark", {"api_key": token}, api_url=postmark.url, **more)
        return driver.send([given or message()])[0]

    return send


def test_postmark_takes_a_mail(by_postmark: Callable[..., Outcome], postmark: Postmark) -> None:
    assert by_postmark(message(html="<p>Hi</p>", sender_name="Salon Aurora")) == Accepted("pm-0")
    given = postmark.taken[0].given
    assert given["From"] == "Salon Aurora <hello@localhost>"
    assert given["HtmlBody"] == "<p>Hi</p>"


@pytest.mark.parametrize(
    ("kind", "outcome", "reaches"),
    [
        ("429", TryLater, False),
        ("503", TryLater, False),
        ("key", TryLater, False),
        ("500", Unclear, False),
        ("refuse", Refused, False),
        ("connection", Unclear, False),
        ("after", Unclear, True),
        ("garbled", Unclear, True),
    ],
)
def test_what_a_fault_of_postmark_means(
    kind: str,
    outcome: type,
    reaches: bool,
    by_postmark: Callable[..., Outcome],
    postmark: Postmark,
) -> None:
    postmark.fault(kind)
    assert type(by_postmark()) is outcome
    assert (len(postmark.taken), postmark.asked) == (int(reaches), 1)


@pytest.mark.parametrize(
    "words",
    [
        "Found inactive addresses: inactive@example.com. Inactive recipients are ones that bounce.",
        "They are inactive, in words that anymail does not know.",
    ],
)
def test_postmark_refuses_a_recipient(
    words: str, by_postmark: Callable[..., Outcome], postmark: Postmark
) -> None:
    postmark.words = words
    assert isinstance(by_postmark(message(to="inactive@example.com")), Refused)


def test_a_wrong_key_of_postmark_loses_nothing(by_postmark: Callable[..., Outcome]) -> None:
    found = by_postmark(token="wrong")
    assert isinstance(found, TryLater)
    assert found.reason == http.KEY_REFUSED


def test_postmark_that_does_not_answer_is_left(
    by_postmark: Callable[..., Outcome], postmark: Postmark, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anymail, "TIMEOUT", 0.4)
    postmark.fault("lost", seconds=5)
    begun = time.monotonic()
    assert isinstance(by_postmark(), Unclear)
    assert time.monotonic() - begun < 4.5


@pytest.mark.parametrize("key", sorted(anymail.MAKERS))
def test_every_company_can_be_made_of_what_is_entered(key: str) -> None:
    values = {"api_key": "k", "domain": "mail.example.com", "region": "eu"}
    assert anymail.driver(key, values).key == key
