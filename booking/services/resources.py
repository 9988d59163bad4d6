"""What all rows that the plan counts have in common.

Lock, ask, write: every change happens under the tenant's lock, so the answer to “is there room”
still holds when the row is written.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from booking.models import Counted, Pausable
from booking.selectors import find_row
from plans.entitlements import Entitlements
from saas.core.errors import Conflict, Sentence
from tenants.models import Tenant
from tenants.scope import tenant_scope

R = TypeVar("R", bound=Counted)
P = TypeVar("P", bound=Pausable)


class WrongChoice(Conflict):
    """What was chosen for `field` cannot be had now; a form says so beside that field."""

    def __init__(self, field: str, message: Sentence) -> None:
        super().__init__(message)
        self.field = field


@contextmanager
def locked(tenant: Tenant) -> Iterator[Entitlements]:
    """In the tenant's schema, under its lock: for what no feature of the plan decides."""
    with transaction.atomic(), tenant_scope(tenant):
        yield tenant.lock().entitlements


@contextmanager
def allowed(tenant: Tenant, capability: str) -> Iterator[Entitlements]:
    """In the tenant's schema, under its lock, with the feature on. Raises CapabilityMissing."""
    with locked(tenant) as entitlements:
        entitlements.require(capability)
        yield entitlements


def add(tenant: Tenant, row: R, links: Mapping[str, Iterable[models.Model]] | None = None) -> R:
    """Save the new `row`, and by field the rows that it is linked to.

    Raises CapabilityMissing, LimitReached, WrongChoice.
    """
    with allowed(tenant, row.capability("add")) as entitlements:
        entitlements.require_room(row.module)
        require_present(row)
        # As old as the answer, which came under the lock: the plan pauses the newest rows first.
        row.created_at = entitlements.now  # type: ignore[attr-defined]
        row.save(force_insert=True)
        link(row, links or {})
    return row


def edit(tenant: Tenant, model: type[R], pk: int, changes: Mapping[str, Any]) -> R:
    """Write `changes` and nothing else: columns, and the rows it is linked to, all of them.

    Raises CapabilityMissing, NotHere, WrongChoice.
    """
    with allowed(tenant, model.capability("edit")):
        row = find_row(model, pk)
        many = {field.name for field in model._meta.many_to_many} & set(changes)
        columns = [field for field in changes if field not in many]
        for field in columns:
            setattr(row, field, changes[field])
        require_present(row, columns)
        row.save(update_fields=columns)
        link(row, {field: changes[field] for field in many})
    return row


def link(row: models.Model, links: Mapping[str, Iterable[models.Model]]) -> None:
    """Let `row` be linked to these rows and no others, by field. Raises WrongChoice when one of them is gone."""
    for field, linked in links.items():
        relation = getattr(row, field)
        keys = {one.pk for one in linked}
        if relation.model._default_manager.filter(pk__in=keys).count() != len(keys):
            raise WrongChoice(field, GONE)
        relation.set(keys)


def set_active(tenant: Tenant, model: type[P], pk: int, *, active: bool) -> P:
    """Switch a row on or off; nothing happens where it is so already.

    Switching on needs room like adding does, and so does bringing back by hand what the plan has
    paused: a place may have become free since. Switched off by hand a row is paused no longer.
    Raises CapabilityMissing, NotHere, LimitReached, Conflict.
    """
    with allowed(tenant, model.capability("edit")) as entitlements:
        row = find_row(model, pk)
        if active and row.is_paused and not entitlements.usage_of(model.module).has_room:
            raise Conflict(PAUSED_BY_PLAN % {"name": row})
        if row.in_use != active or row.is_paused:
            if active:
                entitlements.require_room(model.module)
            row.is_active = active
            # Either way it waits for no plan any more: it runs, or the tenant has switched it off.
            row.paused_at = None
            row.save(update_fields=["is_active", "paused_at"])
    return row


def delete(tenant: Tenant, model: type[R], pk: int) -> None:
    """Delete a row for good. Raises CapabilityMissing, NotHere; Conflict for one with appointments."""
    with allowed(tenant, model.capability("delete")):
        row = find_row(model, pk)
        require_unused(row)
        row.delete()


def require_unused(row: Counted) -> None:
    """Return when no appointment needs `row`. Raises Conflict naming how many do."""
    count = row.appointments.count()  # type: ignore[attr-defined]
    if not count:
        return
    found = ngettext(
        "“%(name)s” has %(count)s appointment, so it cannot be deleted.",
        "“%(name)s” has %(count)s appointments, so it cannot be deleted.",
        count,
    ) % {"name": row, "count": count}
    if isinstance(row, Pausable) and row.is_active:
        found += " " + str(_("Switch it off instead: then nobody can choose it any more."))
    raise Conflict(found)


def require_present(row: models.Model, names: Iterable[str] = ()) -> None:
    """Return when every row that `row` refers to is still there. Raises WrongChoice.

    Between the check of a form and this lock somebody may have deleted it. `names`: look at these fields alone.
    """
    for field in row._meta.concrete_fields:
        if field.related_model is None or (names and field.name not in names):
            continue
        key = getattr(row, field.attname)
        if key is None:
            continue
        if not field.related_model._default_manager.filter(pk=key).exists():
            raise WrongChoice(field.name, GONE)


def require_choosable(
    entitlements: Entitlements, field: str, row: P, *, kept: Iterable[int] = ()
) -> P:
    """`row` as it is now, if an appointment may be made with it. Raises WrongChoice.

    Switched off, paused by the plan, or of a module that the plan lacks: only where it is one of `kept` already.
    """
    fresh = cast("P | None", type(row)._default_manager.filter(pk=row.pk).first())
    if fresh is None:
        raise WrongChoice(field, GONE)
    if fresh.pk in kept:
        return fresh
    if fresh.is_paused:
        raise WrongChoice(field, PAUSED_CHOICE % {"name": fresh})
    if not fresh.is_active:
        raise WrongChoice(field, OFF_CHOICE % {"name": fresh})
    if not entitlements.can(row.capability()):
        raise WrongChoice(field, _("This feature isn’t included in your current plan."))
    return fresh


GONE = _("That is not there any more. Choose another.")
PAUSED_CHOICE = _("“%(name)s” is paused by your plan, not deleted. Choose another.")
OFF_CHOICE = _("“%(name)s” is switched off. Choose another.")
PAUSED_BY_PLAN = _(
    "“%(name)s” is paused by your plan, not deleted. Choose a plan with more headroom to bring it back."
)
