"""What is heard of events, as they are recorded."""

import pytest

from saas.core import events

Heard = list[tuple[str, dict[str, object]]]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    heard: Heard = []
    monkeypatch.setattr(events, "_recorders", [lambda key, payload: heard.append((key, payload))])
    return heard
