"""Where mail goes in the demo: into files, to be read at /demo/mail/. Production has its own mail server."""

import email
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage as StoredMessage
from email.policy import default as policy
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

KEPT = 200
"""How many mails are kept; the oldest go first."""
NAME = re.compile(r"[0-9]{20}-[0-9a-f]{8}")


@dataclass(frozen=True)
class Mail:
    """A mail as the demo shows it."""

    key: str
    to: str
    subject: str
    sent_at: datetime
    text: str


class DemoMailBackend(BaseEmailBackend):
    """Keeps each mail as a file that any mail program opens."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder().mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            name = f"{time.time_ns():020d}-{secrets.token_hex(4)}.eml"
            unfinished = folder() / f"{name}.part"
            unfinished.write_bytes(message.message().as_bytes())
            unfinished.rename(folder() / name)
        for old in sorted(folder().glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)
        return len(email_messages)


def folder() -> Path:
    return settings.VAR_DIR / "mail"


def mails() -> list[Mail]:
    """All mails that are kept, newest first."""
    files = sorted(folder().glob("*.eml"), reverse=True)
    return [mail for file in files if (mail := find_mail(file.stem)) is not None]


def find_mail(key: str) -> Mail | None:
    """The mail of that key; None when it is not kept (any more)."""
    if not NAME.fullmatch(key):
        return None
    try:
        content = (folder() / f"{key}.eml").read_bytes()
    except FileNotFoundError:
        return None
    return _read(key, email.message_from_bytes(content, policy=policy))


def _read(key: str, message: StoredMessage) -> Mail:
    body = message.get_body(("plain", "html"))
    return Mail(
        key=key,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        sent_at=parsedate_to_datetime(str(message["Date"])),
        text=body.get_content() if body else "",
    )
