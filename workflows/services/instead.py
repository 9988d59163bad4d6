"""The e-mail that leaves in place of a message that nothing was left to pay for, where its action says so."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from workflows.models import Message, State
from workflows.services import paying
from workflows.services.outcomes import Result


def mail_instead(replaced: Sequence[Result], now: datetime) -> None:
    """Each message is what its result says, and its e-mail is due; both or neither, and once."""
    if not replaced:
        return
    with transaction.atomic():
        done = paying.settle(replaced, only_from=(State.QUEUED,), now=now)
        Message.objects.bulk_create(
            _mail(one.message, now) for one in replaced if one.message.pk in done
        )


def _mail(message: Message, now: datetime) -> Message:
    wanted = message.content["instead"]
    return Message(
        tenant_id=message.tenant_id,
        workflow_id=message.workflow_id,
        run_id=message.run_id,
        key=f"{message.key}:email",
        channel=wanted["channel"],
        address=wanted["address"],
        name=message.name,
        person=message.person,
        text=wanted["text"],
        content=wanted["content"],
        due_at=now,
        created_at=now,
        useless_at=message.useless_at,
    )
