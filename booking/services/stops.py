"""Over which channels a customer is not to be written to: what workflows know of their addresses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from booking.models import Customer
from booking.services.customers import find_customer
from booking.services.resources import allowed
from plans.event_types import Person
from saas.core.errors import Conflict, NotHere, Sentence
from tenants.models import Tenant
from workflows.channels import phones
from workflows.channels.catalogue import CHANNELS, WEBHOOK
from workflows.models import OptOut
from workflows.services import opt_outs

HOW: dict[str, Sentence] = {
    "stop": _("They answered STOP"),
    "link": _("By the link in an e-mail"),
    "panel": _("Noted by your team"),
    "provider": _("Their provider asked for it"),
}
Address = tuple[str, str]
"""Channel and address, in normal form."""


@dataclass(frozen=True)
class Stop:
    """One channel that reaches a customer. `is_everybodys`: said to the number that all businesses share."""

    channel: str
    label: Sentence
    icon: str
    stopped: OptOut | None

    @property
    def how(self) -> Sentence:
        return HOW.get(self.stopped.how, "") if self.stopped else ""

    @property
    def is_everybodys(self) -> bool:
        return bool(self.stopped and self.stopped.tenant_id is None)


def addresses_of(tenant: Tenant, row: Customer) -> list[Address]:
    """Where each channel reaches them. One query."""
    country = phones.country_of(tenant)
    person = Person(row.name, row.email, row.phone, f"customer:{row.pk}")
    found = [
        (channel.key, channel.address_of(person, country))
        for channel in CHANNELS.values()
        if channel.key != WEBHOOK
    ]
    return [(key, address) for key, address in found if address]


def stops(tenant: Tenant, row: Customer) -> list[Stop]:
    """Every channel that reaches them, and whether it may be used. Two queries."""
    reached = addresses_of(tenant, row)
    if not reached:
        return []
    standing = opt_outs.standing(tenant, {address for _key, address in reached})
    # What was said to everybody stands last, so that it is what holds.
    ordered = sorted(standing, key=lambda one: one.tenant_id is None)
    known = {(one.channel, one.address): one for one in ordered}
    return [
        Stop(key, CHANNELS[key].label, CHANNELS[key].icon, known.get((key, address)))
        for key, address in reached
    ]


def set_stop(tenant: Tenant, pk: int, channel: str, *, stopped: bool, now: datetime) -> Customer:
    """They get nothing more over `channel`, or may again.

    Raises CapabilityMissing; NotHere, also for a channel that does not reach them; Conflict for a STOP to the number
    that all businesses share, which they alone can take back.
    """
    with allowed(tenant, "customers.edit"):
        row = find_customer(pk)
        address = dict(addresses_of(tenant, row)).get(channel)
        if address is None:
            raise NotHere(_("That channel does not reach this customer."))
        if stopped:
            opt_outs.opt_out(channel, address, tenant, "panel", now)
        else:
            opt_outs.opt_in(channel, address, tenant)
            if any(one.channel == channel for one in opt_outs.standing(tenant, [address])):
                raise Conflict(
                    _(
                        "They answered STOP to a number that many businesses share. Only they can take that back."
                    )
                )
    return row


def carry_stops(tenant: Tenant, old: Iterable[Address], row: Customer, now: datetime) -> None:
    """Whoever wanted nothing more at one of the `old` addresses of theirs wants nothing at the present ones."""
    asked = set(old)
    standing = opt_outs.standing(tenant, {address for _key, address in asked})
    stopped = {one.channel for one in standing if (one.channel, one.address) in asked}
    for channel, address in addresses_of(tenant, row):
        if channel in stopped:
            opt_outs.opt_out(channel, address, tenant, "panel", now)
