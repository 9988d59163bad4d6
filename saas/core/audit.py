"""The audit log: who changed what from what to what, in the same transaction as the change.

A service takes a `snapshot` before and after, and records the `differences`:

    before = audit.snapshot(plan, FIELDS)
    …
    audit.record("plan.saved", plan, changes=audit.differences(before, audit.snapshot(plan, FIELDS)))

Who it was is known from `acting_as`, which the members' middleware puts around every request; outside of one (tasks,
commands) it is the system. An app declares its deeds, and where its subjects are shown, in `addon.py`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings
from django.db import connection
from django.db.models import Model

from saas.core.audit_values import Snapshot as Snapshot
from saas.core.audit_values import flat, shown
from saas.core.errors import Sentence
from saas.core.models import AuditEntry
from saas.core.money import format_money

Changes = dict[str, list[Any]]
"""{field: [before, after]}"""


class Person(Protocol):
    """What is asked of a login."""

    pk: Any

    def get_full_name(self) -> str: ...
    def get_username(self) -> str: ...


@dataclass(frozen=True)
class Verb:
    """A deed: `label` says it in the past tense, as a title: “Plan changed”."""

    key: str
    label: Sentence


@dataclass(frozen=True)
class Subject:
    """A kind of thing that deeds are done to. `url` names the page that shows one, with its id or without."""

    kind: str
    url: str
    takes_id: bool = True


@dataclass(frozen=True)
class Actor:
    """Who acts, from where, and whom they are impersonating."""

    id: int | None = None
    name: str = ""
    email: str = ""
    on_behalf_of: str = ""
    ip: str = ""


verbs: dict[str, Verb] = {}
subjects: dict[str, Subject] = {}
THE_SYSTEM = Actor()
_actor: ContextVar[Actor] = ContextVar("actor", default=THE_SYSTEM)


def register(*items: Verb | Subject) -> None:
    """Make deeds and kinds of subjects known. Raises ValueError for one that is known already."""
    for item in items:
        known: dict[str, Any] = verbs if isinstance(item, Verb) else subjects
        key = item.key if isinstance(item, Verb) else item.kind
        if key in known:
            raise ValueError(f"{key} is registered already.")
        known[key] = item


@contextmanager
def acting_as(
    user: Person | None, *, ip: str = "", on_behalf_of: Person | None = None
) -> Iterator[None]:
    """Whatever is recorded in the block was done by `user`; by the system for None and for nobody logged in."""
    token = _actor.set(_actor_for(user, ip=ip, on_behalf_of=on_behalf_of))
    try:
        yield
    finally:
        _actor.reset(token)


def actor() -> Actor:
    """Who acts at present, as `acting_as` says."""
    return _actor.get()


def _actor_for(user: Person | None, *, ip: str = "", on_behalf_of: Person | None = None) -> Actor:
    if user is None or user.pk is None:
        return Actor(ip=ip)
    whom = on_behalf_of.get_username() if on_behalf_of else ""
    return Actor(user.pk, user.get_full_name(), user.get_username(), whom, ip)


def snapshot(
    instance: Model,
    fields: Iterable[str],
    *,
    money: Mapping[str, str] | None = None,
    secret: Collection[str] = (),
) -> Snapshot:
    """How `fields` of `instance` stand now, unaffected by what happens to it later.

    JSON objects come apart into their keys: `capabilities.reports`. `money` names the currency of fields that hold
    minor units: 2900 with USD becomes $29.00, which stays true when the platform's currency changes. Of a field in
    `secret`, and of every field named like a password, token or key, only *that* it changed is kept.
    """
    found: Snapshot = {}
    for name in fields:
        value = getattr(instance, name)
        if money and name in money and value is not None:
            value = format_money(value, money[name], "en")
        found |= flat(name, value, secret)
    return found


def differences(before: Snapshot, after: Snapshot) -> Changes:
    """What is not the same in both, in the order of `after`. For a new thing `before` is {}, for a deleted one `after`.

    Nothing, an empty text and a field that is not there are the same.
    """
    names = [*after, *(name for name in before if name not in after)]
    pairs = {name: (before.get(name), after.get(name)) for name in names}
    return {
        name: [shown(old), shown(new)]
        for name, (old, new) in pairs.items()
        if old != new and not (old in (None, "", []) and new in (None, "", []))
    }


def record(
    verb: str,
    subject: Model,
    *,
    changes: Changes | None = None,
    reason: str = "",
    tenant: Model | None = None,
    actor: Person | None = None,
    label: str = "",
) -> AuditEntry | None:
    """Write the entry and return it; None, with nothing written, when `changes` are given and empty.

    `actor` is whoever `acting_as` says, unless it is given. `tenant` is the business that the change concerns, and
    need not be said when it is the subject. `label` is what the subject is called where its name must not stay for
    good. A deleted subject is recorded before it is deleted. Raises LookupError for a verb that nobody registered,
    RuntimeError outside of a transaction, ValueError for an unsaved subject.
    """
    if verb not in verbs:
        raise LookupError(f"Nobody has registered the verb {verb}.")
    if not connection.in_atomic_block:
        raise RuntimeError("A change and its entry need one transaction.")
    if subject.pk is None:
        raise ValueError(
            "The subject has no id: record before it is deleted, and after it is made."
        )
    if changes is not None and not changes:
        return None
    kind = subject._meta.label_lower
    if tenant is None and kind == settings.TENANT_MODEL.lower():
        tenant = subject
    return AuditEntry.objects.create(
        verb=verb,
        subject_kind=kind,
        subject_id=subject.pk,
        subject_label=(label or str(subject))[:200],
        tenant_id=tenant.pk if tenant else None,
        tenant_name=str(tenant)[:80] if tenant else "",
        changes=changes or {},
        reason=reason.strip(),
        **_who(actor),
    )


def _who(given: Person | None) -> dict[str, Any]:
    here = _actor.get()
    actor = _actor_for(given, ip=here.ip) if given else here
    return {
        "actor_id": actor.id,
        "actor_name": actor.name[:80],
        "actor_email": actor.email[:254],
        "on_behalf_of": actor.on_behalf_of[:254],
        "ip": actor.ip[:45],
    }
