"""What came of messages, written down in one statement: forward only, and by whoever had them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from workflows.models import Message, State

DETAIL = 300
NEVER_LEFT = frozenset({State.FAILED, State.DISCARDED})
"""What ends like this costs nothing."""
WRITE = """
UPDATE workflows_message AS m
SET state = d.state, detail = d.detail, due_at = d.due_at, finished_at = d.finished_at,
    sent_at = coalesce(d.sent_at, m.sent_at),
    driver = coalesce(nullif(d.driver, ''), m.driver),
    provider_id = coalesce(nullif(d.provider_id, ''), m.provider_id),
    is_charged = m.is_charged AND d.state <> ALL(%s),
    from_month = CASE WHEN d.state = ANY(%s) THEN 0 ELSE m.from_month END,
    from_purchased = CASE WHEN d.state = ANY(%s) THEN 0 ELSE m.from_purchased END
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::text[], %s::timestamptz[],
            %s::timestamptz[], %s::text[])
     AS d(id, state, detail, due_at, provider_id, sent_at, finished_at, driver)
WHERE m.id = d.id AND m.state = ANY(%s)
RETURNING m.id
"""


@dataclass(frozen=True)
class Result:
    """What a message is from now on."""

    message: Message
    state: State
    detail: str = ""
    due_at: datetime | None = None
    provider_id: str = ""
    sent_at: datetime | None = None
    finished_at: datetime | None = None
    driver: str = ""

    @property
    def costs_nothing(self) -> bool:
        return self.state in NEVER_LEFT


def write(results: Sequence[Result], *, only_from: Collection[str]) -> set[int]:
    """Each message becomes what its result says, if it is in one of the states `only_from`; the ids of those that did.

    For results that cost nothing see `paying.settle`, which gives back what was taken for them.
    """
    if not results:
        return set()
    ends = [state.value for state in NEVER_LEFT]
    columns: list[Any] = [
        [one.message.pk for one in results],
        [one.state.value for one in results],
        [one.detail[:DETAIL] for one in results],
        [one.due_at for one in results],
        [one.provider_id[:200] for one in results],
        [one.sent_at for one in results],
        [one.finished_at for one in results],
        [one.driver[:20] for one in results],
    ]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [ends, ends, ends, *columns, list(only_from)])
        return {row[0] for row in cursor.fetchall()}
