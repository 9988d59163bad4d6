"""A test: one action of a rule, filled with sample values, sent to whoever is writing it."""

from datetime import datetime
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from plans.event_types import EventType, Facts, Person
from saas.core.errors import DomainError
from tenants.models import Tenant, User
from workflows.actions.base import ActionKind, Case, NothingToDo, Settings
from workflows.channels import phones
from workflows.channels.catalogue import BY_PHONE
from workflows.models import Message, Workflow


class CannotTry(DomainError):
    """A test that has nowhere to go."""

    status = 422


@transaction.atomic
def send_sample(
    tenant: Tenant | None,
    event: EventType,
    kind: ActionKind,
    settings: Settings,
    *,
    user: User,
    address: str,
    now: datetime,
) -> Message:
    """The message, waiting to be sent and paid for like every other of the tenant.

    An e-mail goes to `user`, and to nobody else; an SMS or WhatsApp message to the number `address`.
    Raises CannotTry.
    """
    where = _address(tenant, kind, user, address)
    person = Person(
        name=user.name or user.email, email=user.email, phone=where, ref=f"user:{user.pk}"
    )
    case = Case(
        workflow=Workflow(tenant=tenant, name=str(_("Test")), event=event.key),
        tenant=tenant,
        event=event,
        payload={},
        facts=Facts(fields=event.fields, people={one.key: [person] for one in event.recipients}),
        now=now,
        key=f"try:{uuid4().hex}",
    )
    message = _draft(kind, case, settings)
    if where:
        message.address, message.name, message.person = where, person.name, person.ref
    message.tenant, message.workflow, message.run = tenant, None, None
    message.due_at = now
    message.save()
    transaction.on_commit(_send_at_once, robust=True)
    return message


def _send_at_once() -> None:
    from workflows.tasks import nudge  # which stands above the services

    nudge.give()


def _draft(kind: ActionKind, case: Case, settings: Settings) -> Message:
    if kind.draft is None:
        raise CannotTry(_("This action cannot be tried: it sends nothing."))
    try:
        drafted = kind.draft(case, settings)
    except NothingToDo as nothing:
        raise CannotTry(str(nothing)) from nothing
    if not drafted:
        raise CannotTry(_("There is nobody to send it to."))
    return drafted[0]


def _address(tenant: Tenant | None, kind: ActionKind, user: User, typed: str) -> str:
    """Where the test goes: empty for what has an address of its own, as a webhook has."""
    if kind.channel in BY_PHONE:
        country = phones.country_of(tenant) if tenant else ""
        number = phones.normal(typed, country)
        if number is None:
            raise CannotTry(
                _("Write the number of your own phone, with its country: +351 912 345 678.")
            )
        return number
    if kind.channel == "email":
        try:
            validate_email(user.email)
        except ValidationError as wrong:
            raise CannotTry(_("Your account has no e-mail address to send it to.")) from wrong
        return user.email
    return ""
