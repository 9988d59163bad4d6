"""To whom an action writes: the people of the event, or one address that never changes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from plans.event_types import Person
from tenants.models import Tenant
from workflows.actions.base import Case, NothingToDo, Settings
from workflows.channels import phones
from workflows.channels.catalogue import Channel
from workflows.models import MessagingSettings

FIXED = "address"
"""What the setting `to` says where the setting `address` is meant."""


@dataclass(frozen=True)
class Target:
    """One recipient with the address that the channel reaches."""

    address: str
    person: Person


def targets(case: Case, channel: Channel, settings: Settings) -> list[Target]:
    """Everybody to write to, each address once.

    Raises NothingToDo where nobody has an address, and where the channel is what has run out.
    """
    if case.facts.channel == channel.key:
        raise NothingToDo(
            _("Nothing is sent over %(channel)s to tell that it is used up.")
            % {"channel": channel.label}
        )
    if settings.get("to") == FIXED:
        return [Target(settings["address"], Person(name=""))]
    people = case.facts.people.get(settings.get("to", ""), ())
    found: dict[str, Target] = {}
    for one in _reached(people, channel, case.tenant):
        found.setdefault(one.address, one)
    if not found:
        raise NothingToDo(_nobody(people, channel))
    return list(found.values())


def messaging_of(tenant: Tenant) -> MessagingSettings:
    """How the tenant wants to appear; read once for each Tenant object."""
    kept = tenant.__dict__.get("_messaging")
    if kept is None:
        stored = MessagingSettings.objects.filter(tenant=tenant).first()
        kept = tenant.__dict__["_messaging"] = stored or MessagingSettings(tenant=tenant)
    return kept


def _reached(people: Sequence[Person], channel: Channel, tenant: Tenant | None) -> Iterator[Target]:
    country = phones.country_in(tenant, messaging_of(tenant)) if tenant else ""
    for person in people:
        if address := channel.address_of(person, country):
            yield Target(address, person)


def _nobody(people: Sequence[Person], channel: Channel) -> str:
    if not people:
        return _("There is nobody to write to.")
    words = {"name": people[0].name or _("The recipient")}
    if channel.key == "email":
        return _("%(name)s has no e-mail address.") % words
    return _("%(name)s has no phone number that can be written to.") % words
