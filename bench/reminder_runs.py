"""What `bench.reminders` measures, in a process of its own: `python -m bench.reminder_runs ours NOW`, or `peer`."""

import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
django.setup()

from bench.reminders import EVENT  # noqa: E402
from plans.event_types import TENANT, EventType, Facts, Payload, Person, Recipient, Timed  # noqa: E402
from plans.registry import registry  # noqa: E402
from tenants.models import Tenant  # noqa: E402
from workflows.models import Message, Occurrence  # noqa: E402
from workflows.services.dispatch import dispatch_due  # noqa: E402

SOON = timedelta(hours=1)
STARTS = datetime.fromisoformat(sys.argv[2]) + SOON
"""When the appointments begin whose reminder is due: each is looked up once more before it is told of."""


def facts(_tenant: Tenant, payloads: Sequence[Payload], _now: datetime) -> list[Facts | None]:
    return [
        Facts(
            {},
            people={"customer": [Person("Clara", f"c{one['appointment_id']}@mail.example")]},
            at=STARTS,
        )
        for one in payloads
    ]


registry.add(
    EventType(
        EVENT,
        "It starts",
        audiences=frozenset({TENANT}),
        subject="appointment_id",
        recipients=(Recipient("customer", "The customer"),),
        facts=facts,
        timed=Timed(
            at=lambda _t, ids: dict.fromkeys(ids, STARTS),
            coming=lambda _t, _now: (),
            follows=frozenset(),
        ),
    )
)


def ours(now: datetime) -> None:
    while dispatch_due(now):
        pass


def peer(now: datetime) -> None:
    """Each tenant's, all of what lies ahead of it, compared one by one; then the same work for what is due."""
    for tenant in Tenant.objects.all():
        for one in Occurrence.objects.filter(tenant=tenant).iterator():
            if one.due_at <= now:
                Message.objects.create(
                    tenant=tenant,
                    key=f"{one.pk}",
                    channel="email",
                    address=f"c{one.subject_id}@mail.example",
                    text="Soon",
                    due_at=now,
                )
                one.delete()


def main(name: str, now: datetime) -> None:
    Tenant.objects.first()  # the connection
    began = time.perf_counter()
    {"ours": ours, "peer": peer}[name](now)
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "messages": Message.objects.count()}))


if __name__ == "__main__":
    main(sys.argv[1], datetime.fromisoformat(sys.argv[2]))
