"""What staff and services have in common: rows of which the plan allows so many.

Lock, ask, write: every change happens under the tenant's lock, so the answer to “is there room”
still holds when the row is written.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from booking.models import Pausable
from booking.selectors import find_row
from plans.entitlements import Entitlements
from saas.core.errors import Conflict
from tenants.models import Tenant
from tenants.scope import tenant_scope

R = TypeVar("R", bound=Pausable)


@contextmanager
def allowed(tenant: Tenant, capability: str) -> Iterator[Entitlements]:
    """In the tenant's schema, under its lock, with the feature on. Raises CapabilityMissing."""
    with transaction.atomic(), tenant_scope(tenant):
        entitlements = tenant.lock().entitlements
        entitlements.require(capability)
        yield entitlements


def add(tenant: Tenant, row: R) -> R:
    """Save the new `row`. Raises CapabilityMissing, LimitReached."""
    with allowed(tenant, f"{row.module}.add") as entitlements:
        entitlements.require_room(row.module)
        row.save(force_insert=True)
    return row


def edit(tenant: Tenant, model: type[R], pk: int, changes: Mapping[str, Any]) -> R:
    """Write `changes` and nothing else. Raises CapabilityMissing, NotHere."""
    with allowed(tenant, f"{model.module}.edit"):
        row = find_row(model, pk)
        for field, value in changes.items():
            setattr(row, field, value)
        row.save(update_fields=list(changes))
    return row


def set_active(tenant: Tenant, model: type[R], pk: int, *, active: bool) -> R:
    """Switch a row on or off; nothing happens where it is so already.

    Switching on needs room like adding does. What the plan has paused only the plan brings back.
    Raises CapabilityMissing, NotHere, LimitReached, Conflict.
    """
    with allowed(tenant, f"{model.module}.edit") as entitlements:
        row = find_row(model, pk)
        if active and row.is_paused:
            raise Conflict(PAUSED_BY_PLAN % {"name": row})
        if row.is_active != active:
            if active:
                entitlements.require_room(model.module)
            row.is_active = active
            row.save(update_fields=["is_active"])
    return row


def delete(tenant: Tenant, model: type[R], pk: int) -> None:
    """Delete a row for good. Raises CapabilityMissing, NotHere."""
    with allowed(tenant, f"{model.module}.delete"):
        find_row(model, pk).delete()


PAUSED_BY_PLAN = _(
    "“%(name)s” is paused by your plan, not deleted. Choose a plan with more headroom to bring it back."
)
