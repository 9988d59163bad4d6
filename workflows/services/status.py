"""What carriers tell later on: that a message arrived or did not, and that somebody wants no more."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from workflows.channels import phones
from workflows.drivers.base import News, Reply
from workflows.models import Message, State
from workflows.services import opt_outs, paying
from workflows.services.outcomes import Result, write

BEFORE = {
    State.SENT: (State.SENDING, State.UNKNOWN),
    State.DELIVERED: (State.SENDING, State.SENT, State.UNKNOWN),
    State.FAILED: (State.SENDING, State.SENT, State.UNKNOWN),
}
"""From which states news leads to which: forward only, whatever comes late or twice."""
STOP = frozenset(
    [
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "CANCEL",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "PARAR",
        "SAIR",
        "CANCELAR",
        "BAJA",
        "ALTO",
    ]
)
START = frozenset(["START", "UNSTOP", "YES", "COMECAR", "COMEÇAR", "ALTA"])


@transaction.atomic
def take_news(driver: str, news: Sequence[News], now: datetime) -> int:
    """The messages are what the carrier says; how many changed. A message that did not arrive costs nothing (D14)."""
    by_id = {one.provider_id: one for one in news if one.provider_id}
    found = Message.objects.filter(driver=driver, provider_id__in=by_id).select_related(
        "tenant__plan"
    )
    changed = 0
    for message in found.order_by("pk"):
        told = by_id[message.provider_id]
        state = State(told.state)
        result = Result(
            message,
            state,
            told.reason,
            sent_at=message.sent_at or now,
            finished_at=now if state != State.SENT else None,
            driver=driver,
        )
        if not write([result], only_from=BEFORE[state]):
            continue
        changed += 1
        if state == State.FAILED:
            paying.give_back([message], now)
        if told.opts_out:
            opt_outs.opt_out(message.channel, message.address, None, "provider", now)
    return changed


def take_reply(channel: str, reply: Reply, now: datetime) -> bool:
    """STOP and START are heard, in the languages of the product; whether it was one of them."""
    word = reply.text.strip().strip(".!").upper()
    address = phones.normal(reply.address) or reply.address
    if word in STOP:
        opt_outs.opt_out(channel, address, None, "stop", now)
    elif word in START:
        opt_outs.opt_in(channel, address, None)
    return word in STOP or word in START
