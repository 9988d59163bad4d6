"""How a super admin sees a business as its owner does: asked for by a POST, for an hour, on record.

The way in is the hand-off's (a note for one use within a minute, bound to one browser), under a signature of its
own, and only for the super admin who asked on the console a moment ago. The session remembers who it really is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from saas.core import audit
from saas.core.errors import NotAllowed
from tenants.models import Membership, Role, Tenant, User
from tenants.services import handoff

LASTS = timedelta(hours=1)
ASKED_WITHIN = timedelta(minutes=1)
ASKED, KEY = "impersonation_asked", "impersonator"
PURPOSE = "tenants.handoff.impersonate"


class CannotImpersonate(NotAllowed):
    """Nobody to be seen as, or nobody who may be."""


@dataclass(frozen=True)
class Seen:
    """Whose eyes (`owner`) are lent to whom (`by`)."""

    owner: User
    by: User
    last_login: datetime | None = None
    """When the owner was last here in person."""


def owner_of(tenant: Tenant) -> User | None:
    """The first active owner of `tenant`; None when there is none."""
    owners = Membership.objects.filter(tenant=tenant, role=Role.OWNER, is_active=True)
    member = owners.filter(user__is_active=True).select_related("user").order_by("pk").first()
    return member.user if member else None


def find_owner(tenant: Tenant) -> User:
    """Whom a super admin may see `tenant` as. Raises CannotImpersonate."""
    if not tenant.is_open:
        raise CannotImpersonate(_("%(business)s is closed at present.") % {"business": tenant.name})
    owner = owner_of(tenant)
    if owner is None:
        raise CannotImpersonate(_("%(business)s has no active owner.") % {"business": tenant.name})
    if owner.is_super_admin:
        raise CannotImpersonate(_("Nobody can be seen as another super admin."))
    return owner


def ask(session: SessionBase, tenant: Tenant, *, now: datetime) -> None:
    """Remember, on the console's host, that its super admin wants in to `tenant`. Raises CannotImpersonate."""
    find_owner(tenant)
    session[ASKED] = {"tenant": tenant.pk, "at": now.timestamp()}


def issue(session: SessionBase, by: User, tenant: Tenant, *, state_hash: str, now: datetime) -> str:
    """The note that lets `by` in to `tenant` as its owner. Raises CannotImpersonate unless just asked for."""
    asked: dict[str, Any] = session.pop(ASKED, {})
    age = now.timestamp() - asked.get("at", 0)
    if asked.get("tenant") != tenant.pk or not 0 <= age <= ASKED_WITHIN.total_seconds():
        raise CannotImpersonate(_("Please start again from the business’s page in the console."))
    owner = find_owner(tenant)
    people = {"user": owner.pk, "proof": handoff.proof(owner), "by": by.pk}
    content = people | {"by_proof": handoff.proof(by), "tenant": tenant.pk}
    return handoff.issue_note(PURPOSE, content, state_hash=state_hash, now=now)


@transaction.atomic
def redeem(note: str, tenant: Tenant, *, state: str, now: datetime) -> Seen:
    """Who comes in to `tenant` with `note`, as whom; the note is used up.

    Raises HandoffRefused as for any hand-off, and for a super admin who is one no more.
    """
    content = handoff.open_note(PURPOSE, note, tenant, state=state, now=now)
    by = _super_admin(content["by"])
    if by is None or not constant_time_compare(content["by_proof"], handoff.proof(by)):
        raise handoff.HandoffRefused(_("You are no super admin any more."))
    owner = handoff.member_of(content, tenant)
    if owner.is_super_admin:
        raise handoff.HandoffRefused(_("Nobody can be seen as another super admin."))
    handoff.use_up(content, now)
    return Seen(owner, by, owner.last_login)


@transaction.atomic
def begin(session: SessionBase, tenant: Tenant, seen: Seen, *, now: datetime) -> None:
    """Mark the owner's new `session` as borrowed, for an hour, and write it down."""
    session[KEY] = {
        "id": seen.by.pk,
        "proof": handoff.proof(seen.by),
        "owner": seen.owner.pk,
        "until": (now + LASTS).timestamp(),
    }
    session.set_expiry(int(LASTS.total_seconds()))
    _record("tenant.impersonated", tenant, seen)


def impersonator(mark: dict[str, Any], *, now: datetime) -> User | None:
    """The super admin behind a session with this `mark`; None when the session has to end. One query."""
    if now.timestamp() >= mark["until"]:
        return None
    by = _super_admin(mark["id"])
    valid = by is not None and constant_time_compare(mark["proof"], handoff.proof(by))
    return by if valid else None


@transaction.atomic
def record_end(mark: dict[str, Any], tenant: Tenant) -> None:
    """Write down that the session with this `mark` is over."""
    people = User.objects.in_bulk([mark["id"], mark["owner"]])
    if len(people) == 2:
        _record("tenant.left", tenant, Seen(people[mark["owner"]], people[mark["id"]]))


def _record(verb: str, tenant: Tenant, seen: Seen) -> None:
    changes: audit.Changes = {"seen as": [None, seen.owner.email]}
    audit.record(verb, tenant, actor=seen.by, changes=changes)


def _super_admin(pk: int) -> User | None:
    return User.objects.filter(pk=pk, is_active=True, is_super_admin=True).first()
