"""What carriers tell later on: that a message arrived or did not, and that somebody wants no more."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from workflows.channels import phones
from workflows.drivers.base import News, Reply
from workflows.models import Message, State
from workflows.services import opt_outs, paying
from workflows.services.outcomes import Result

BEFORE = {
    State.SENT: (State.SENDING, State.UNKNOWN),
    State.FAILED: (State.SENDING, State.SENT, State.UNKNOWN),
    State.DELIVERED: (State.SENDING, State.SENT, State.UNKNOWN),
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
    told = _furthest(news)
    about = [(one, told[one.provider_id]) for one in _locked(driver, told)]
    results = [
        _result(message, its_news, now)
        for message, its_news in about
        if message.state in BEFORE[State(its_news.state)]
    ]
    paying.settle(results, only_from=(State.SENDING, State.SENT, State.UNKNOWN), now=now)
    for message, its_news in about:
        if its_news.opts_out and message.address:  # whoever was erased has none here any more
            opt_outs.opt_out(message.channel, message.address, None, "provider", now)
    return len(results)


def _locked(driver: str, told: Mapping[str, News]) -> list[Message]:
    """The messages that the news is about, each with the provider's name for it: also those that have none stored yet,

    because the news came before the answer, or the answer never came.
    """
    keys = {one.key: one.provider_id for one in told.values() if one.key}
    ours = Q(provider_id__in=told) | Q(provider_id="", key__in=keys)
    found = Message.objects.filter(ours, driver=driver).select_related("tenant__plan")
    locked = list(found.select_for_update(of=("self",)).order_by("pk"))
    for message in locked:
        message.provider_id = message.provider_id or keys[message.key]
    return locked


def _furthest(news: Sequence[News]) -> dict[str, News]:
    """Of several about one message, the one that is furthest on, in whatever order they came."""
    order = list(BEFORE)
    known = (one for one in news if one.provider_id and one.state in BEFORE)
    return {
        one.provider_id: one for one in sorted(known, key=lambda one: order.index(State(one.state)))
    }


def _result(message: Message, told: News, now: datetime) -> Result:
    state = State(told.state)
    return Result(
        message,
        state,
        told.reason,
        provider_id=message.provider_id,
        sent_at=message.sent_at or now,
        finished_at=now if state != State.SENT else None,
    )


def take_reply(channel: str, reply: Reply, now: datetime) -> bool:
    """STOP and START are heard, in the languages of the product; whether it was one of them."""
    word = reply.text.strip().strip(".!").upper()
    address = phones.normal(reply.address) or reply.address
    if word in STOP:
        opt_outs.opt_out(channel, address, None, "stop", now)
    elif word in START:
        opt_outs.opt_in(channel, address, None)
    return word in STOP or word in START
