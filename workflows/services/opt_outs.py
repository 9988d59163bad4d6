"""Who is not to be written to: by one tenant, or, after a STOP to the number that all share, by anybody."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from saas.core.events import emit
from tenants.models import Tenant
from workflows.models import Message, OptOut


def opt_out(channel: str, address: str, tenant: Tenant | None, how: str, now: datetime) -> None:
    """`address`, in normal form, gets nothing more over `channel`; again changes nothing. Emits
    `recipient.opted_out`, with the tenant's id or None for everybody.
    """
    OptOut.objects.get_or_create(
        channel=channel, address=address, tenant=tenant, defaults={"how": how, "at": now}
    )
    about = {"channel": channel, "address": address, "how": how}
    emit("recipient.opted_out", tenant_id=tenant.pk if tenant else None, **about)


def opt_in(channel: str, address: str, tenant: Tenant | None) -> None:
    """It may be written to again. Without a tenant every opt-out of the address is gone: it said START."""
    found = OptOut.objects.filter(channel=channel, address=address)
    (found if tenant is None else found.filter(tenant=tenant)).delete()


def addresses_out(
    tenant_ids: Collection[int], channel: str, addresses: Collection[str]
) -> set[tuple[int | None, str]]:
    """(tenant id, address) of what must not be sent; None as the tenant is for everybody. One query."""
    found = OptOut.objects.filter(
        Q(tenant__in=tenant_ids) | Q(tenant__isnull=True), channel=channel, address__in=addresses
    )
    return set(found.values_list("tenant_id", "address"))


def standing(tenant: Tenant, addresses: Collection[str]) -> list[OptOut]:
    """What these addresses have asked for, of this tenant or of everybody. One query."""
    found = OptOut.objects.filter(Q(tenant=tenant) | Q(tenant__isnull=True), address__in=addresses)
    return list(found.order_by("channel"))


def tenants_that_wrote_to(channel: str, address: str) -> list[int]:
    """Whose messages `address` has got, or was to get. One query over what is kept of messages."""
    found = Message.objects.filter(channel=channel, address=address, tenant__isnull=False)
    return list(found.values_list("tenant_id", flat=True).distinct().order_by("tenant_id"))
