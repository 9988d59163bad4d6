"""Rules are made, changed, switched, copied and deleted here, a tenant's and the platform's own alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from plans.models import PlatformSettings
from saas.core import audit
from saas.core.errors import Conflict, NotHere
from tenants.models import Tenant
from workflows import offers
from workflows.actions.base import Settings, find_kind, offered
from workflows.models import Action, Occurrence, Side, Unit, Workflow
from workflows.services import timing

MOST_WORKFLOWS, MOST_CONDITIONS, MOST_ACTIONS = 100, 10, 10
AUDITED = ("name", "event", "conditions", "amount", "unit", "side", "is_on")
TIMING = ("event", "amount", "unit", "side", "is_on")
"""What decides when a timed event is told of."""


class TooManyWorkflows(Conflict):
    """As many as there may be."""


class Newer(Conflict):
    """Somebody has saved the rule since it was opened."""

    status = 422


class NotComplete(Conflict):
    """A rule that cannot be switched on as it is."""


@dataclass(frozen=True)
class Rule:
    """What is written in the editor, in order. `actions` are (kind, settings)."""

    name: str
    event: str
    conditions: Sequence[dict[str, Any]] = ()
    actions: Sequence[tuple[str, Settings]] = ()
    amount: int = 0
    unit: str = Unit.HOURS
    side: str = Side.BEFORE

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "event": self.event,
            "conditions": list(self.conditions),
            "amount": self.amount,
            "unit": self.unit,
            "side": self.side,
        }


@dataclass(frozen=True)
class Loss:
    """What goes when a rule is deleted."""

    ahead: int
    runs: int
    messages: int


def rule_of(workflow: Workflow) -> Rule:
    """What is stored (one query for the actions)."""
    return Rule(
        name=workflow.name,
        event=workflow.event,
        conditions=workflow.conditions,
        actions=[(action.kind, action.settings) for action in workflow.actions.all()],
        amount=workflow.amount,
        unit=workflow.unit,
        side=workflow.side,
    )


def find(tenant: Tenant | None, pk: int) -> Workflow:
    """One of the tenant's own, or of the platform's. Raises NotHere for every other."""
    workflow = Workflow.objects.filter(tenant=tenant, pk=pk).first()
    if workflow is None:
        raise NotHere(_("This workflow is not there any more."))
    workflow.tenant = tenant  # with its plan, which the request has loaded
    return workflow


@transaction.atomic
def create(tenant: Tenant | None, rule: Rule, now: datetime, *, is_on: bool = False) -> Workflow:
    """The stored rule. Raises TooManyWorkflows where there is no room for one more."""
    _lock(tenant)
    if Workflow.objects.filter(tenant=tenant).count() >= MOST_WORKFLOWS:
        raise TooManyWorkflows(
            _("There are %(most)s workflows already. Delete one that is no longer needed first.")
            % {"most": MOST_WORKFLOWS}
        )
    workflow = Workflow.objects.create(
        tenant=tenant, is_on=is_on, created_at=now, changed_at=now, **rule.columns
    )
    _write_actions(workflow, rule)
    if is_on:
        timing.follow(workflow, now)
    _record(workflow, {})
    return workflow


@transaction.atomic
def save(
    tenant: Tenant | None, pk: int, rule: Rule, now: datetime, *, seen: str, turn_on: bool = False
) -> Workflow:
    """The rule as given, on if it was or is turned so. `seen` is `changed_at` (ISO) of what the person had open.

    Raises NotHere, Newer when it has been saved by somebody since.
    """
    workflow = _locked(tenant, pk)
    if workflow.changed_at.isoformat() != seen:
        raise Newer(
            _(
                "Somebody has saved this workflow since you opened it. Save again to put yours in its "
                "place, or open it anew to see what has changed."
            )
        )
    before, old = _snapshot(workflow), _timing(workflow)
    for name, value in rule.columns.items():
        setattr(workflow, name, value)
    workflow.is_on = workflow.is_on or turn_on
    workflow.changed_at = now
    workflow.save()
    _write_actions(workflow, rule)
    _follow_again(workflow, old, now)
    _record(workflow, before)
    return workflow


def switch(tenant: Tenant | None, pk: int, now: datetime, *, on: bool) -> Workflow:
    """On or off, and done when it was already. Raises NotHere, NotComplete for one that could do nothing.

    What it would do is looked at before the transaction: an action's form may have to look up a name in the network.
    """
    if on:
        require_complete(find(tenant, pk))
    return _switch(tenant, pk, now, on=on)


@transaction.atomic
def _switch(tenant: Tenant | None, pk: int, now: datetime, *, on: bool) -> Workflow:
    workflow = _locked(tenant, pk)
    if workflow.is_on == on:
        return workflow
    before, old = _snapshot(workflow), _timing(workflow)
    workflow.is_on, workflow.changed_at = on, now
    workflow.save(update_fields=["is_on", "changed_at"])
    _follow_again(workflow, old, now)
    _record(workflow, before)
    return workflow


def require_complete(workflow: Workflow) -> None:
    """Return when every part is in order. Raises NotComplete, with the first thing that is not."""
    event = offers.find_event(workflow.event, workflow.tenant)
    if event is None:
        raise NotComplete(_("What this workflow waits for is not part of your plan any more."))
    actions = list(workflow.actions.all())
    if not actions:
        raise NotComplete(_("Say what is to be done first: this workflow has no action yet."))
    known = {kind.key for kind in offered(event, workflow.tenant)}
    for action in actions:
        kind = find_kind(action.kind)
        if kind is None or action.kind not in known:
            raise NotComplete(_("One of its actions is not part of your plan any more."))
        if not _fits(kind.form(event, workflow.tenant), action.settings):
            raise NotComplete(
                _("“%(action)s” is not complete. Open the workflow and look at it.")
                % {"action": kind.label}
            )


def _fits(make: Callable[..., Any], settings: Settings) -> bool:
    """Whether what an action's form would show of `settings` could be saved as it stands."""
    shown = make(initial=settings)
    return bool(make({name: shown[name].value() for name in shown.fields}).is_valid())


def duplicate(tenant: Tenant | None, pk: int, now: datetime) -> Workflow:
    """A copy, switched off, whose name says so. Raises NotHere, TooManyWorkflows."""
    workflow = find(tenant, pk)
    rule = rule_of(workflow)
    name = str(_("%(name)s, copy") % {"name": workflow.name[:70]})[:80]
    return create(tenant, Rule(**(vars(rule) | {"name": name})), now)


def loss(workflow: Workflow) -> Loss:
    """What deleting it would take away."""
    return Loss(
        ahead=Occurrence.objects.filter(workflow=workflow).count(),
        runs=workflow.runs.count(),
        messages=workflow.messages.count(),
    )


@transaction.atomic
def delete(tenant: Tenant | None, pk: int) -> Workflow:
    """What it was. Its log and what lay ahead are gone; what was sent stays. Raises NotHere."""
    workflow = _locked(tenant, pk)
    if tenant is None:
        audit.record("workflow.deleted", workflow)
    timing.forget(workflow)
    Workflow.objects.filter(pk=workflow.pk).delete()
    return workflow


def _lock(tenant: Tenant | None) -> None:
    if tenant is None:
        PlatformSettings.lock()
    else:
        tenant.lock()


def _locked(tenant: Tenant | None, pk: int) -> Workflow:
    found = Workflow.objects.select_for_update(no_key=True).filter(tenant=tenant, pk=pk).first()
    if found is None:
        raise NotHere(_("This workflow is not there any more."))
    found.tenant = tenant  # with its plan, which the request has loaded
    return found


def _write_actions(workflow: Workflow, rule: Rule) -> None:
    workflow.actions.all().delete()
    Action.objects.bulk_create(
        Action(workflow=workflow, order=number, kind=kind, settings=settings)
        for number, (kind, settings) in enumerate(rule.actions)
    )


def _timing(workflow: Workflow) -> list[Any]:
    return [getattr(workflow, name) for name in TIMING]


def _follow_again(workflow: Workflow, old: list[Any], now: datetime) -> None:
    """What lies ahead of the rule as it is now; untouched where nothing of the kind has changed."""
    if _timing(workflow) == old:
        return
    timing.forget(workflow)
    if workflow.is_on:
        timing.follow(workflow, now)


def _snapshot(workflow: Workflow) -> audit.Snapshot:
    kinds = ", ".join(action.kind for action in workflow.actions.all())
    return audit.snapshot(workflow, AUDITED) | {"actions": kinds}


def _record(workflow: Workflow, before: audit.Snapshot) -> None:
    """The platform's own rules are in the console's log; a tenant's are its own affair."""
    if workflow.tenant_id is None:
        changes = audit.differences(before, _snapshot(workflow))
        audit.record("workflow.saved", workflow, changes=changes)
