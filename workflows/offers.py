"""Which events a workflow may listen to: those of the tenant's plan, or those that concern the platform."""

from django.utils.translation import gettext as _

from plans.event_types import PLATFORM, TENANT, EventType
from plans.registry import registry
from tenants.models import Tenant

Groups = list[tuple[str, list[tuple[str, str]]]]


def events(tenant: Tenant | None) -> list[EventType]:
    """In the order of registration. One of a feature that the plan does not have is not there."""
    audience = TENANT if tenant else PLATFORM
    return [
        event
        for event in registry.events.values()
        if event.facts
        and audience in event.audiences
        and (tenant is None or not event.capability or tenant.entitlements.can(event.capability))
    ]


def find_event(key: str, tenant: Tenant | None) -> EventType | None:
    """None for one that is not offered (any more)."""
    return next((event for event in events(tenant) if event.key == key), None)


def grouped(tenant: Tenant | None) -> Groups:
    """As the choices of a select, by group."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for event in events(tenant):
        group = str(event.group or _("Other"))
        groups.setdefault(group, []).append((event.key, str(event.label)))
    return list(groups.items())
