"""Whether, and from what, messages are paid: asked of the meter in use, for each tenant and channel at once."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby

from django.db import transaction

from tenants import metering
from tenants.metering import Item
from tenants.models import Tenant
from workflows.models import Message
from workflows.services.outcomes import Result, write


def charge(messages: Sequence[Message], now: datetime) -> tuple[list[Message], list[Message]]:
    """(those that are paid for, those that nothing is left for), the oldest first.

    What each cost stands on the objects, and is stored with the next step. Again changes nothing: a message is charged
    once under its key. The platform's own, and webhooks, cost nobody.
    """
    paid, unpaid = [one for one in messages if not is_metered(one)], []
    for tenant, channel, group in _grouped(messages):
        items = [Item(one.key, one.units) for one in group]
        costs = metering.meter().charge(tenant, channel, items, now)
        for message, cost in zip(group, costs, strict=True):
            if cost is None:
                unpaid.append(message)
                continue
            message.is_charged = True
            message.from_month, message.from_purchased = cost.from_month, cost.from_purchased
            paid.append(message)
    return sorted(paid, key=lambda one: one.pk), unpaid


def settle(results: Sequence[Result], *, only_from: Collection[str], now: datetime) -> set[int]:
    """As `write`; what was taken for those that will never leave is back where it came from, in the same transaction.

    (Decision D14.) It is asked for whether or not a charge is known: a worker may have died between charging and
    storing that.
    """
    if not any(one.costs_nothing and is_metered(one.message) for one in results):
        return write(results, only_from=only_from)
    with transaction.atomic():
        done = write(results, only_from=only_from)
        give_back(
            (one.message for one in results if one.costs_nothing and one.message.pk in done), now
        )
    return done


def give_back(messages: Iterable[Message], now: datetime) -> None:
    """What was taken for messages that certainly did not leave is back where it came from; once."""
    for tenant, channel, group in _grouped(messages):
        metering.meter().give_back(tenant, channel, [one.key for one in group], now)


def is_metered(message: Message) -> bool:
    return message.tenant_id is not None and message.channel in metering.channels


def _grouped(messages: Iterable[Message]) -> Iterator[tuple[Tenant, str, list[Message]]]:
    """Those that are metered, by tenant and channel, the oldest first; always in the same order, so that two workers

    never wait crosswise.
    """

    def group_of(one: Message) -> tuple[int, str]:
        return one.tenant_id or 0, one.channel

    metered = (one for one in messages if is_metered(one))
    ordered = sorted(metered, key=lambda one: (*group_of(one), one.pk))
    for (_tenant, channel), group in groupby(ordered, group_of):
        together = list(group)
        tenant = together[0].tenant
        if tenant is not None:
            yield tenant, channel, together
