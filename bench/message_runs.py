"""What `bench.messages` measures, each in a process of its own: `python -m bench.message_runs ours`, or `peer`.

Prints one line of JSON: messages that left, seconds, and peak memory in MiB.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from datetime import datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings")
django.setup()

from django.db import transaction  # noqa: E402

from bench.messages import EVENT, EVENTS, SHARE  # noqa: E402
from plans.event_types import TENANT, EventType, Facts, Payload, Person, Recipient  # noqa: E402
from plans.registry import registry  # noqa: E402
from saas.core.clock import now  # noqa: E402
from saas.core.events import emit  # noqa: E402
from tenants.models import Tenant, UsageCounter  # noqa: E402
from tenants.tasks import public_task  # noqa: E402
from workflows import merge  # noqa: E402
from workflows.drivers.base import Accepted, Outgoing  # noqa: E402
from workflows.drivers.memory import MemoryDriver  # noqa: E402
from workflows.models import ChannelSettings, Message, State, Workflow  # noqa: E402
from workflows.services.delivery import deliver_due  # noqa: E402
from workflows.services.dispatch import dispatch_due  # noqa: E402

BATCH = 500
FIELDS = {"customer.first_name": "Clara", "appointment.time": "11:45"}


def facts(_tenant: Tenant, payloads: Sequence[Payload], _now: datetime) -> list[Facts | None]:
    return [
        Facts(FIELDS, people={"customer": [Person("Clara", f"c{one['number']}@mail.example")]})
        for one in payloads
    ]


registry.add(
    EventType(
        EVENT,
        "It happened",
        FIELDS,
        audiences=frozenset({TENANT}),
        recipients=(Recipient("customer", "The customer"),),
        facts=facts,
    )
)


def ours(tenant: Tenant) -> None:
    """Recorded in transactions of a hundred, as busy pages would; then what one worker does."""
    for start in range(0, EVENTS, 100):
        with transaction.atomic():
            for number in range(start, start + 100):
                emit(EVENT, tenant_id=tenant.pk, number=number)
    while dispatch_due(now(), BATCH) + deliver_due(now(), BATCH):
        pass


def peer(tenant: Tenant) -> None:
    """For each event, a task for each of its workflows."""
    for number in range(EVENTS // SHARE):
        for workflow in Workflow.objects.filter(tenant=tenant, event=EVENT, is_on=True):
            send_one(workflow.pk, number)


driver = MemoryDriver()


@public_task
def send_one(workflow_id: int, number: int) -> None:
    """One message, from its workflow to the driver."""
    workflow = Workflow.objects.select_related("tenant__plan").get(pk=workflow_id)
    action, tenant = workflow.actions.get(), workflow.tenant
    settings = action.settings
    message = Message.objects.create(
        tenant=tenant,
        workflow=workflow,
        key=f"{number}:{workflow.pk}",
        channel="email",
        address=f"c{number}@mail.example",
        text=merge.render(settings["body"], FIELDS),
        content={"subject": merge.render(settings["subject"], FIELDS)},
        due_at=now(),
    )
    with transaction.atomic():
        window = tenant.usage_window(now())[0]
        UsageCounter.objects.get_or_create(tenant=tenant, channel="email", window_start=window)
        counter = UsageCounter.objects.select_for_update().get(
            tenant=tenant, channel="email", window_start=window
        )
        if counter.used >= tenant.plan.limits["emails_per_month"]:
            return
        counter.used += 1
        counter.save()
    outgoing = Outgoing(message.key, "email", message.address, message.text, "", message.content)
    outcome = driver.send([outgoing])[0]
    if isinstance(outcome, Accepted):
        message.state, message.due_at, message.sent_at = State.SENT, None, now()
        message.is_charged, message.from_month = True, 1
        message.save()


def main(name: str) -> None:
    tenant = Tenant.objects.select_related("plan").get()
    ChannelSettings.objects.update_or_create(channel="email", defaults={"driver": "memory"})
    began = time.perf_counter()
    {"ours": ours, "peer": peer}[name](tenant)
    seconds = time.perf_counter() - began
    sent = Message.objects.filter(state=State.SENT).count()
    mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"messages": sent, "seconds": seconds, "mib": mib}))


if __name__ == "__main__":
    main(sys.argv[1])
