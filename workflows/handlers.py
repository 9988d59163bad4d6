"""What workflows make of the news: all that anybody may listen to is written down with the news itself."""

from typing import Any

from saas.core.clock import now
from saas.core.events import record_with
from workflows.services import recording


@record_with
def write_down(event: str, payload: dict[str, Any]) -> None:
    recording.record(event, payload, now())
