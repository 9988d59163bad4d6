"""Messages that are due, and a driver that answers what a test wants."""

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from credits.models import CreditAccount, CreditEntry
from plans.models import Plan
from tenants.models import Tenant
from workflows.drivers import catalogue
from workflows.drivers.base import Accepted, Outcome, Outgoing
from workflows.models import ChannelSettings, Message, State
from workflows.services.delivery import deliver_due

BEGAN = datetime(2026, 11, 1, 8, tzinfo=UTC)
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
NUMBER, OTHER_NUMBER = "+351912345678", "+351912345679"
Answer = Callable[[Outgoing], Outcome]
_numbers = itertools.count(1)


def accept(message: Outgoing) -> Outcome:
    return Accepted(f"id-{message.key}")


class ScriptedDriver:
    """Answers `answer(message)` for each, and keeps what it was given, call by call."""

    key = "scripted"

    def __init__(self, answer: Answer = accept, at_once: int = 10) -> None:
        self.answer, self.at_once = answer, at_once
        self.calls: list[list[str]] = []

    @property
    def keys(self) -> list[str]:
        return [key for call in self.calls for key in call]

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        self.calls.append([one.key for one in messages])
        return [self.answer(one) for one in messages]


def carry(patch: pytest.MonkeyPatch, driver: Any, *channels: str) -> None:
    """From now on `driver` carries `channels`, as if it had been chosen in the settings."""
    kind = catalogue.Kind(driver.key, "Scripted", frozenset(channels), lambda values: driver)
    patch.setattr(catalogue, "_ALL", (*catalogue._ALL, kind))
    patch.setitem(catalogue.KINDS, driver.key, kind)
    for channel in channels:
        ChannelSettings.objects.update_or_create(
            channel=channel, defaults={"driver": driver.key, "secrets": ""}
        )


def due(tenant: Tenant | None, channel: str = "sms", **more: Any) -> Message:
    """One message that is due now."""
    values = {
        "key": f"m{next(_numbers)}",
        "address": "clara@example.org" if channel == "email" else NUMBER,
        "text": "See you tomorrow",
        "due_at": NOW,
        "created_at": NOW,
    }
    return Message.objects.create(tenant=tenant, channel=channel, **(values | more))


def many(tenant: Tenant | None, count: int, channel: str = "sms", **more: Any) -> list[Message]:
    return [due(tenant, channel, **more) for _ in range(count)]


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def states(*messages: Message) -> list[str]:
    return [fresh(one).state for one in messages]


def go(after: timedelta = timedelta(0), at_most: int = 100) -> int:
    return deliver_due(NOW + after, at_most)


def charged() -> list[str]:
    """The keys of everything that was ever charged."""
    return list(CreditEntry.objects.filter(kind="spent").values_list("key", flat=True))


def kept() -> set[str]:
    """Those of them that were not given back."""
    returned = CreditEntry.objects.filter(kind="returned").values_list("key", flat=True)
    return set(charged()) - {key.removeprefix("return:") for key in returned}


def used(tenant: Tenant, channel: str = "sms") -> int:
    """What the account says, which is also what the charges that were not given back add up to."""
    mine = CreditAccount.objects.filter(tenant=tenant, channel=channel).first()
    count = mine.monthly_used if mine else 0
    rows = CreditEntry.objects.filter(account=mine, key__in=kept()).values_list(
        "monthly", flat=True
    )
    assert -sum(rows) == count
    return count


def allow(plan: Plan, **limits: int) -> None:
    """What the plan includes; read by the next batch."""
    plan.limits |= limits
    plan.save(update_fields=["limits"])


HELD, FAILED, SENT, QUEUED = State.HELD, State.FAILED, State.SENT, State.QUEUED
UNKNOWN, DISCARDED, SENDING, DELIVERED = (
    State.UNKNOWN, State.DISCARDED, State.SENDING, State.DELIVERED,
)  # fmt: skip
