"""Whole sets of plans: comparing a grid with what is stored, applying it, writing one, and the examples."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from plans.drafts import Difference, PlanData, difference, draft
from plans.grid_files import Entry, Grid, read_grid
from plans.grid_syntax import GridError
from plans.models import Plan, PlatformSettings
from plans.registry import registry
from plans.services.plans import plan_changes, save_plan, set_default
from plans.services.settings import save_platform_settings
from saas.core.audit import Changes
from saas.core.errors import Conflict

FOLDER = Path(__file__).resolve().parent.parent / "grids"


@dataclass(frozen=True)
class Step:
    """One plan of a grid: what is stored (None: nothing yet), what would be, and who would notice."""

    stored: Plan | None
    after: Plan
    data: PlanData
    changes: Changes
    difference: Difference = field(default_factory=lambda: Difference([], [], []))
    tenants: int = 0

    @property
    def is_new(self) -> bool:
        return self.stored is None

    @property
    def affects_tenants(self) -> bool:
        return bool(self.tenants and self.difference)


@dataclass(frozen=True)
class Choice:
    """Which plan is the default, or the Expired plan: by name, before and after."""

    before: str
    after: str


@dataclass(frozen=True)
class GridDiff:
    """What applying a grid would do; `token` differs whenever that does."""

    steps: list[Step]
    default: Choice | None
    expired: Choice | None
    others: list[str]

    @property
    def added(self) -> list[Step]:
        return [step for step in self.steps if step.is_new]

    @property
    def changed(self) -> list[Step]:
        return [step for step in self.steps if not step.is_new and step.changes]

    @property
    def untouched(self) -> list[Step]:
        return [step for step in self.steps if not step.changes]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.default or self.expired)

    @property
    def tenants(self) -> int:
        """How many tenants get other limits or features."""
        return sum(step.tenants for step in self.steps if step.affects_tenants)

    @property
    def token(self) -> str:
        facts = [
            [
                (step.after.name, step.changes, step.stored and step.stored.pk)
                for step in self.steps
            ],
            [(one.before, one.after) for one in (self.default, self.expired) if one],
        ]
        return sha256(json.dumps(facts, default=str).encode()).hexdigest()[:32]


class PlansChanged(Conflict):
    """Applying would not do what was shown; `diff` is what it would do now."""

    def __init__(self, diff: GridDiff) -> None:
        super().__init__(_("The plans changed meanwhile. Compare once more."))
        self.diff = diff


def grid_names() -> list[str]:
    """The names that `load_grid` knows, smallest business first."""
    return ["solo", "small-business", "multi-location"]


def example_grids(currency: str) -> list[Grid]:
    """Every grid that the product ships."""
    return [_example(name, currency) for name in grid_names()]


@transaction.atomic
def load_grid(name: str) -> list[Plan]:
    """Apply the shipped grid `name` and return its plans in the file's order.

    Loading twice changes nothing more. Raises GridError, and then nothing is saved.
    """
    if name not in grid_names():
        raise GridError(name, "", _("There is no such grid."))
    grid = _example(name, PlatformSettings.lock().currency)
    apply_grid(grid)
    stored = {plan.name.lower(): plan for plan in Plan.objects.all()}
    return [stored[entry.name.lower()] for entry in grid.plans]


def _example(name: str, currency: str) -> Grid:
    path = FOLDER / f"{name}.yaml"
    return read_grid(path.name, path.read_bytes(), currency)


def compare(grid: Grid) -> GridDiff:
    """What `apply_grid` would do now. Three queries, whatever the number of plans."""
    settings = PlatformSettings.load()
    plans = list(Plan.objects.with_tenant_count().in_order())
    stored = {plan.name.lower(): plan for plan in plans}
    steps = [_step(entry, stored.get(entry.name.lower()), settings) for entry in grid.plans]
    named = {entry.name.lower() for entry in grid.plans}
    default = next((plan.name for plan in plans if plan.is_default), "")
    expired = settings.expired_plan.name if settings.expired_plan else ""
    return GridDiff(
        steps,
        _choice(default, next((one.name for one in grid.plans if one.is_default), "")),
        _choice(expired, next((one.name for one in grid.plans if one.is_expired), "")),
        [plan.name for plan in plans if plan.name.lower() not in named],
    )


def _choice(before: str, after: str) -> Choice | None:
    return Choice(before, after) if after and after.lower() != before.lower() else None


def _step(entry: Entry, stored: Plan | None, settings: PlatformSettings) -> Step:
    data = _data(entry, stored)
    after = draft(stored, data)
    changes = plan_changes(stored, after, settings.currency)
    if stored is None:
        return Step(None, after, data, changes)
    tenants = stored.tenant_count  # type: ignore[attr-defined]
    return Step(stored, after, data, changes, difference(stored, after), tenants)


def _data(entry: Entry, stored: Plan | None) -> PlanData:
    """What is saved. On a plan that is here already, what the file leaves open stays as it is."""
    agreed = entry.custom_prices if stored else frozenset()
    data = {name: value for name, value in entry.data.items() if name not in agreed}
    switches = dict(entry.data["capabilities"])
    for key, capability in registry.capabilities.items():
        if entry.other_capabilities is not None:
            switches.setdefault(key, entry.other_capabilities)
        elif stored is None:
            parent = capability.parent
            switches.setdefault(key, switches[parent] if parent else False)
    return cast(PlanData, {**data, "capabilities": switches})


@transaction.atomic
def apply_grid(grid: Grid, *, seen: str = "") -> GridDiff:
    """Bring the plans to what `grid` says, and return what that changed. All of it or nothing.

    Plans are found by name; those that the grid does not name stay. `seen` is the token of the diff that was shown:
    raises PlansChanged when another one is due by now, GridError for values that no plan may have.
    """
    PlatformSettings.lock()
    diff = compare(grid)
    if seen and seen != diff.token:
        raise PlansChanged(diff)
    reason = _("Grid “%(title)s”") % {"title": grid.title[:100]}
    for entry, step in zip(grid.plans, diff.steps, strict=True):
        if step.changes:
            _save(grid, entry, step, reason)
    if diff.default:
        set_default(_by_name(diff.default.after), reason=reason)
    if diff.expired:
        save_platform_settings({"expired_plan": _by_name(diff.expired.after)}, reason=reason)
    return diff


def _save(grid: Grid, entry: Entry, step: Step, reason: str) -> None:
    try:
        save_plan(step.stored, step.data, reason=reason)
    except ValidationError as error:
        raise grid.document.refuse(entry.key, " ".join(error.messages)) from None


def _by_name(name: str) -> Plan:
    return Plan.objects.get(name__iexact=name)
