"""Short ways to workflows and to what comes of them."""

from datetime import datetime
from typing import Any

from tenants.models import Tenant
from workflows.models import Message, Occurrence, Run, Workflow
from workflows.services.dispatch import dispatch_due

MAIL = {
    "to": "customer",
    "subject": "Hello {{ customer.first_name }}",
    "body": "<p>At {{ appointment.time }}</p>",
}


def workflow(
    tenant: Tenant | None,
    event: str,
    *actions: tuple[str, dict[str, Any]],
    is_on: bool = True,
    **fields: Any,
) -> Workflow:
    """One that is on, and writes an e-mail to the customer unless `actions` are given."""
    made = Workflow.objects.create(
        tenant=tenant, name=fields.pop("name", event), event=event, is_on=is_on, **fields
    )
    for order, (kind, settings) in enumerate(actions or (("email", MAIL),)):
        made.actions.create(order=order, kind=kind, settings=settings)
    return made


def dispatch(now: datetime) -> int:
    """Everything that is due is carried out; how much there was."""
    done = 0
    while some := dispatch_due(now):
        done += some
    return done


def outcomes(made: Workflow) -> list[tuple[str, str]]:
    return [(run.outcome, run.detail) for run in Run.objects.filter(workflow=made).order_by("pk")]


def texts(tenant: Tenant | None = None) -> list[str]:
    found = Message.objects.order_by("pk")
    return [one.text for one in (found.filter(tenant=tenant) if tenant else found)]


def ahead(made: Workflow) -> list[datetime]:
    return list(
        Occurrence.objects.filter(workflow=made).order_by("due_at").values_list("due_at", flat=True)
    )
