"""Who is not to be written to: by one tenant, or, after a STOP to the number that all share, by anybody."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from tenants.models import Tenant
from workflows.models import OptOut


def opt_out(channel: str, address: str, tenant: Tenant | None, how: str, now: datetime) -> None:
    """`address`, in normal form, gets nothing more over `channel`; again changes nothing."""
    OptOut.objects.get_or_create(
        channel=channel, address=address, tenant=tenant, defaults={"how": how, "at": now}
    )


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
