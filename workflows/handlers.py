"""What workflows make of the news: all that anybody may listen to is written down with the news itself."""

from collections.abc import Sequence

from saas.core import clock
from saas.core.events import Payload, on, record_with
from workflows import tasks
from workflows.services import recording


@record_with
def write_down(event: str, payloads: Sequence[Payload]) -> None:
    recording.record(event, payloads, clock.now())


@on("tenant.time_zone_changed")
def follow_time_zone(tenant_id: int) -> None:
    tasks.follow_time_zone.apply_async((tenant_id,), retry=False)
