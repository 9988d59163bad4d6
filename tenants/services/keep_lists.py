"""What a tenant wants to keep active when its plan gets tighter. Oldest first is only what happens without it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from plans.registry import registry
from saas.core.errors import Conflict
from tenants.models import KeptRows, Tenant
from tenants.scope import tenant_scope


@transaction.atomic
def keep_rows(tenant: Tenant, limit: str, row_ids: Iterable[int], *, now: datetime) -> list[int]:
    """Remember that these rows of `limit` are to be paused last, and answer their keys; none forgets the choice.

    The choice replaces an earlier one and is used up when rows of the limit are next paused. Raises Conflict when one
    of the rows is not in use (any more), UnknownKey for a limit that nobody registered, ValueError for one whose rows
    are never paused.
    """
    pausable = registry.limit(limit).pausable
    if pausable is None:
        raise ValueError(f"Rows of {limit} are never paused.")
    wanted = sorted(set(row_ids))
    locked = tenant.lock()
    if not wanted:
        KeptRows.objects.filter(tenant=locked, limit=limit).delete()
        return []
    with tenant_scope(locked):
        running = pausable(locked).filter(paused_at__isnull=True)
        if running.filter(pk__in=wanted).count() != len(wanted):
            raise Conflict(
                _("One of these entries is not in use any more. Please choose once more.")
            )
    KeptRows.objects.update_or_create(
        tenant=locked, limit=limit, defaults={"row_ids": wanted, "chosen_at": now}
    )
    return wanted


def kept(tenant: Tenant, limit: str) -> list[int]:
    """The keys that the tenant chose for `limit`, lowest first; empty without a choice."""
    found = KeptRows.objects.filter(tenant=tenant, limit=limit)
    return next(iter(found.values_list("row_ids", flat=True)), [])
