"""What a carrier answers, and what becomes of the message: paid once, sent at most once by itself (decision D14)."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest

from plans.models import Plan
from tenants.models import Tenant
from tests.workflows.delivery.scene import (
    FAILED,
    NOW,
    QUEUED,
    SENDING,
    SENT,
    UNKNOWN,
    ScriptedDriver,
    accept,
    allow,
    charged,
    due,
    fresh,
    go,
    kept,
    many,
    states,
    used,
)
from workflows.drivers.base import Outcome, Outgoing, Refused, TryLater, Unclear
from workflows.models import Message, OptOut
from workflows.services.delivery import LEASE, give_up_lost

DAY, MOMENT = timedelta(days=1), timedelta(seconds=5)


@pytest.fixture(autouse=True)
def _limited(plan: Plan, _month: None) -> None:
    allow(plan, sms_per_month=100)


def pause_of(message: Message, since: timedelta) -> int:
    """Seconds until it is tried again, in whole quarters of a minute: a slow machine adds what the work took."""
    due_at = fresh(message).due_at
    assert due_at
    return int((due_at - NOW - since).total_seconds()) // 15 * 15


def test_refused_one_has_failed_and_is_paid_back(driver: ScriptedDriver, aurora: Tenant) -> None:
    driver.answer = lambda message: Refused("The number is not in use.")
    message = due(aurora, units=3)
    go()
    message = fresh(message)
    assert (message.state, message.detail) == (FAILED, "The number is not in use.")
    assert (message.is_charged, message.from_month, used(aurora)) == (False, 0, 0)
    assert message.finished_at
    assert not OptOut.objects.exists()
    assert go(DAY) == 0


def test_refusal_because_of_a_stop_is_remembered_for_everybody(
    driver: ScriptedDriver, aurora: Tenant, borealis: Tenant
) -> None:
    driver.answer = lambda message: Refused("They said STOP.", opts_out=True)
    first = due(aurora)
    go()
    again = due(borealis)
    go()
    assert states(first, again) == [FAILED, FAILED]
    assert driver.keys == [first.key]
    assert list(OptOut.objects.values_list("tenant", "channel", "address", "how")) == [
        (None, "sms", first.address, "provider")
    ]


def test_busy_carrier_is_asked_again_later_and_later_then_given_up(
    driver: ScriptedDriver, aurora: Tenant
) -> None:
    driver.answer = lambda message: TryLater("Busy just now.")
    message, pauses, since = due(aurora), [], timedelta(0)
    for _ in range(7):
        assert go(since) == 1
        assert used(aurora) == 1
        pauses.append(pause_of(message, since))
        assert go(since) == 0
        since += timedelta(seconds=pauses[-1] + 5)
    assert pauses[0] == 15
    assert all(later == 2 * earlier for earlier, later in pairwise(pauses))
    assert fresh(message).detail == "Busy just now."
    go(since)
    assert (states(message), used(aurora)) == ([FAILED], 0)
    assert driver.keys == [message.key] * 8


def test_pause_that_the_carrier_asks_for_is_kept(driver: ScriptedDriver, aurora: Tenant) -> None:
    driver.answer = lambda message: TryLater("Busy.", timedelta(minutes=40))
    message = due(aurora)
    go()
    assert pause_of(message, timedelta(0)) == 40 * 60


def test_it_is_paid_once_however_often_it_is_tried(driver: ScriptedDriver, aurora: Tenant) -> None:
    driver.answer = lambda message: TryLater("Busy.")
    message = due(aurora, units=2)
    go()
    driver.answer = accept
    go(timedelta(minutes=1))
    assert (states(message), used(aurora)) == ([SENT], 2)
    assert (fresh(message).detail, fresh(message).attempts) == ("", 2)
    assert len(charged()) == 1


def test_unclear_one_stays_paid_and_is_never_sent_again(
    driver: ScriptedDriver, aurora: Tenant
) -> None:
    driver.answer = lambda message: Unclear("No answer after it was handed over.")
    message = due(aurora)
    go()
    message = fresh(message)
    assert (message.state, message.is_charged, used(aurora)) == (UNKNOWN, True, 1)
    assert message.detail == "No answer after it was handed over."
    assert (go(DAY), give_up_lost(NOW + DAY)) == (0, 0)
    assert driver.keys == [message.key]


def test_driver_that_raises_leaves_what_it_held_unknown_and_the_rest_alone(
    driver: ScriptedDriver, aurora: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    messages = many(aurora, 25)

    def answer(message: Outgoing) -> Outcome:
        if message.key == messages[3].key:
            raise ConnectionError("secret words")
        return accept(message)

    driver.answer = answer
    assert go() == 25
    assert states(*messages) == [UNKNOWN] * 10 + [SENT] * 15
    assert "scripted failed while it was sending" in caplog.text
    assert fresh(messages[0]).detail == "The carrier gave no clear answer."
    assert used(aurora) == 25


def test_driver_that_answers_for_some_only_leaves_all_unknown(
    driver: ScriptedDriver, aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        return [accept(messages[0])]

    monkeypatch.setattr(driver, "send", short)
    messages = many(aurora, 2)
    go()
    assert states(*messages) == [UNKNOWN, UNKNOWN]


def test_one_that_is_found_half_sent_is_unknown_when_its_time_is_over(aurora: Tenant) -> None:
    """Its worker was killed between making it `sending` and writing down what came of it."""
    message = due(aurora, state=SENDING, due_at=NOW + LEASE, is_charged=True, attempts=1)
    assert give_up_lost(NOW + LEASE - MOMENT) == 0
    assert states(message) == [SENDING]
    assert give_up_lost(NOW + LEASE) == 1
    assert states(message) == [UNKNOWN]
    assert "nobody knows" in fresh(message).detail
    assert go(DAY) == 0


def test_one_that_was_only_taken_is_sent_when_that_time_is_over(
    driver: ScriptedDriver, aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker was killed before it began to send: it costs nothing but time, and no second charge."""
    message = due(aurora)

    class Killed(BaseException):
        pass

    def die(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("workflows.services.delivery.hand_over", die)
        with pytest.raises(Killed):
            go()
    assert (states(message), used(aurora), driver.keys) == ([QUEUED], 1, [])
    assert go(LEASE - MOMENT) == 0
    assert go(LEASE) == 1
    assert (states(message), used(aurora), driver.keys) == ([SENT], 1, [message.key])


@pytest.mark.parametrize(
    ("outcome", "state", "left"),
    [
        (accept, SENT, 1),
        (lambda message: Refused("No."), FAILED, 0),
        (lambda message: Unclear("Who knows."), UNKNOWN, 1),
    ],
)
def test_answer_that_comes_after_it_was_given_up_is_still_taken(
    driver: ScriptedDriver, aurora: Tenant, outcome: object, state: str, left: int
) -> None:
    message = due(aurora)

    def slow(outgoing: Outgoing) -> Outcome:
        assert give_up_lost(NOW + DAY) == 1
        assert states(message) == [UNKNOWN]
        return outcome(outgoing)  # type: ignore[operator,no-any-return]

    driver.answer = slow
    go()
    assert (states(message), used(aurora)) == ([state], left)


def test_charge_of_a_worker_that_came_too_late_is_given_back(
    driver: ScriptedDriver, aurora: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had the message, slept until another one had ended it, and only then charged."""
    message = due(aurora)
    from workflows.services import paying

    real = paying.charge

    def sleepy(messages: Sequence[Message], now: object) -> object:
        Message.objects.filter(pk=message.pk).update(state=FAILED, due_at=None)
        return real(messages, now)  # type: ignore[arg-type]

    monkeypatch.setattr(paying, "charge", sleepy)
    go()
    assert (states(message), driver.keys) == ([FAILED], [])
    assert used(aurora) == 0
    assert (len(charged()), kept()) == (1, set())
