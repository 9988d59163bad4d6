"""What is heard of events, as they are recorded."""

from collections.abc import Sequence

import pytest

from saas.core import events

Heard = list[tuple[str, dict[str, object]]]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    heard: Heard = []

    def hear(key: str, payloads: Sequence[events.Payload]) -> None:
        heard.extend((key, payload) for payload in payloads)

    monkeypatch.setattr(events, "_recorders", [hear])
    return heard
