"""A message as an e-mail. Nothing that a tenant or a customer has written can become a header of its own."""

import hashlib
from base64 import b64decode
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from workflows.drivers.base import Outgoing


def write(message: Outgoing, sender: str = "") -> EmailMultiAlternatives:
    """The mail to its one recipient; `sender` is the platform’s own address, DEFAULT_FROM_EMAIL where it is empty.

    A tenant’s name stands before that address, and answers go to the tenant. Raises ValueError for an address that no
    mail can go to.
    """
    content = message.content
    name, address = parseaddr(sender or settings.DEFAULT_FROM_EMAIL)
    shown = one_line(str(content.get("sender_name") or "")) or name
    mail = EmailMultiAlternatives(
        subject=one_line(str(content.get("subject") or "")),
        body=message.text,
        from_email=formataddr((shown, address)),
        to=[_mailbox(message.address)],
        reply_to=_answers_to(str(content.get("reply_to") or "")),
        headers={"Message-ID": message_id(message.key), **_stopping(content)},
    )
    if html := content.get("html"):
        mail.attach_alternative(str(html), "text/html")
    for each in content.get("attachments") or ():
        mail.attach(one_line(each["name"]), b64decode(each["base64"]), one_line(each["type"]))
    return mail


def message_id(key: str) -> str:
    """The same for a message however often it is asked, so that a mail that came twice is known as one."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{settings.BASE_DOMAIN}>"


def one_line(text: str) -> str:
    """Without line breaks and other signs that nobody sees, which end a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _mailbox(address: str) -> str:
    """`address` alone, as an address: no name, no second one, no line break. Raises ValueError."""
    try:
        return Address(addr_spec=address).addr_spec
    except (MessageError, AttributeError, IndexError):
        raise ValueError("not an address") from None


def _answers_to(address: str) -> list[str] | None:
    """Nothing where it is no address: the mail is worth more than that."""
    try:
        return [_mailbox(address)] if address else None
    except ValueError:
        return None


def _stopping(content: object) -> dict[str, str]:
    """RFC 8058: the button *Unsubscribe* of the reader’s mail program."""
    url = str(content.get("unsubscribe_url") or "") if hasattr(content, "get") else ""
    if not url:
        return {}
    return {
        "List-Unsubscribe": f"<{''.join(url.split())}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
