"""What workflows make of the news: all that anybody may listen to is written down with the news itself."""

from typing import Any

from saas.core import clock
from saas.core.events import on, record_with
from workflows import tasks
from workflows.services import recording


@record_with
def write_down(event: str, payload: dict[str, Any]) -> None:
    recording.record(event, payload, clock.now())


@on("tenant.time_zone_changed")
def follow_time_zone(tenant_id: int) -> None:
    tasks.follow_time_zone.apply_async((tenant_id,), retry=False)
