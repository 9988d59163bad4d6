"""All that owners are told of in time: which letters are due, and the writing of one."""

from datetime import datetime

from billing.services.letters import dunning, end_notices, owner_mail
from billing.services.letters.owner_mail import Kind, Letter, Text
from tenants.models import User


def due(now: datetime, *, at_most: int) -> list[Letter]:
    """Up to `at_most` letters that are due and that nobody else writes: each is given out once."""
    failed = dunning.claim(now, at_most=at_most)
    return failed + end_notices.claim(now, at_most=at_most - len(failed))


def write(kind: Kind, about_id: int, number: int, owner_id: int, now: datetime) -> bool:
    """The owner has the letter by mail; False when it is not true any more, or this is no owner (any more).

    Raises OSError when the mail server fails. Call it outside of a transaction.
    """
    text = _text(kind, about_id, number, now)
    if text is None or owner_id not in owner_mail.owners_of(text.tenant.pk):
        return False
    owner_mail.send(User.objects.get(pk=owner_id), text)
    return True


def _text(kind: Kind, about_id: int, number: int, now: datetime) -> Text | None:
    if kind is Kind.FAILED:
        return dunning.text(about_id, number, now)
    return end_notices.text(kind, about_id, now)
