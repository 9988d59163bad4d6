import logging

import pytest
from django.db import transaction

from saas.core import events
from saas.core.events import emit, emit_all, on


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    monkeypatch.setattr(events, "_handlers", events.defaultdict(list))
    heard: list[int] = []
    on("thing.happened")(lambda number: heard.append(number))
    return heard


def test_event_waits_for_the_commit(heard: list[int], committed_world: object) -> None:
    with transaction.atomic():
        emit("thing.happened", number=1)
        assert heard == []
    assert heard == [1]


def test_event_of_a_rolled_back_transaction_never_happened(
    heard: list[int], committed_world: object
) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        emit("thing.happened", number=1)
        raise ZeroDivisionError
    assert heard == []


def test_failing_handler_stops_no_other(
    heard: list[int], caplog: pytest.LogCaptureFixture, committed_world: object
) -> None:
    events._handlers["thing.happened"].insert(0, lambda number: 1 / 0)
    with caplog.at_level(logging.ERROR):
        emit("thing.happened", number=2)
    assert heard == [2]
    assert "thing.happened failed" in caplog.text


def test_events_that_come_together_are_recorded_together_and_told_one_by_one(
    heard: list[int], committed_world: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded: list[object] = []
    monkeypatch.setattr(events, "_recorders", [lambda *told: recorded.append(told)])
    with transaction.atomic():
        emit_all("thing.happened", [{"number": 1}, {"number": 2}])
        emit_all("thing.happened", [])
        assert recorded == [("thing.happened", [{"number": 1}, {"number": 2}])]
        assert heard == []
    assert heard == [1, 2]


def test_same_handler_twice_is_refused(heard: list[int]) -> None:
    handler = events._handlers["thing.happened"][0]
    with pytest.raises(ValueError, match="already listens"):
        on("thing.happened")(handler)
