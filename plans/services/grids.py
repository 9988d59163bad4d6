"""Whole sets of plans as files: the example grids that the product ships."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plans.models import Plan, PlatformSettings, check_capabilities, check_limits, hex_color
from plans.registry import registry
from plans.services.plans import PlanData, save_plan, set_default
from saas.core.errors import Conflict
from saas.core.money import decimals

FOLDER = Path(__file__).resolve().parent.parent / "grids"
CUSTOM = "custom"
"""A price that is agreed with each tenant: stored as 0 until the owner enters it."""


class GridError(Conflict):
    """The grid `file` cannot be read; `key` says where, as in `plans[2].limits`."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}" if key else f"{file}: {reason}")
        self.file, self.key = file, key


@dataclass(frozen=True)
class Grid:
    """One file of `plans/grids/`, checked."""

    name: str
    title: str
    about: str
    plans: list[dict[str, Any]]


def grid_names() -> list[str]:
    """The names that `load_grid` knows, smallest business first."""
    return ["solo", "small-business", "multi-location"]


def example_grids() -> list[Grid]:
    """Every grid that the product ships."""
    return [read_grid(FOLDER / f"{name}.yaml") for name in grid_names()]


@transaction.atomic
def load_grid(name: str) -> list[Plan]:
    """Save the plans of the grid `name` and return them in the file's order; its default becomes the default.

    A plan that is here already, by name, is brought to what the file says: loading twice changes nothing more.
    Other plans stay. Registered switches that the file does not name follow their parent, else they are off.
    Raises GridError naming file and key, and then nothing is saved.
    """
    if name not in grid_names():
        raise GridError(name, "", _("There is no such grid."))
    path = FOLDER / f"{name}.yaml"
    currency = PlatformSettings.lock().currency
    entries = read_grid(path).plans
    saved = [_save(path.name, entry, currency) for entry in entries]
    default = next(i for i, entry in enumerate(entries) if entry.get("default"))
    set_default(saved[default])
    saved[default].refresh_from_db()
    return saved


def read_grid(path: Path) -> Grid:
    """The grid in `path`, with its shape checked. Raises GridError naming file and key."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise GridError(path.name, "", str(error)) from error
    _check_keys(path.name, "", content, {"title", "about", "sets", "plans"}, {"title", "plans"})
    entries = content["plans"]
    if not isinstance(entries, list) or not entries:
        raise GridError(path.name, "plans", _("This must be a list of plans."))
    for index, entry in enumerate(entries):
        _check_entry(path.name, f"plans[{index}]", entry)
    if sum(bool(entry.get("default")) for entry in entries) != 1:
        raise GridError(path.name, "plans", _("Exactly one plan must be the default."))
    names = [entry["name"].lower() for entry in entries]
    if len(set(names)) != len(names):
        raise GridError(path.name, "plans", _("Two plans have the same name."))
    return Grid(path.stem, str(content["title"]), str(content.get("about", "")), entries)


Check = Callable[[Any], object]
NAMES = {
    str: gettext_lazy("text"),
    int: gettext_lazy("a whole number"),
    bool: gettext_lazy("true or false"),
}


def _is(kind: type) -> Check:
    def check(value: Any) -> None:
        if type(value) is not kind:
            raise ValidationError(_("This must be %(kind)s."), params={"kind": NAMES[kind]})

    return check


def _price(value: Any) -> None:
    if value == CUSTOM or (type(value) in {int, float} and 0 <= value < 10**7):
        return
    raise ValidationError(_("This must be a price of 0 or more, or “custom”."))


CHECKS: dict[str, Check] = {
    "name": _is(str),
    "bookmark_text": _is(str),
    "color": lambda value: hex_color(str(value)),
    "order_number": _is(int),
    "monthly_price": _price,
    "annual_price": _price,
    "annual_discount": _is(int),
    "hidden": _is(bool),
    "default": _is(bool),
    "description": _is(str),
    "capabilities": check_capabilities,
    "other_capabilities": _is(bool),
    "limits": check_limits,
    "other_limits": lambda value: check_limits({"other_limits": value}),
}
NEEDED = {"name", "monthly_price", "annual_price", "capabilities", "limits"}


def _check_entry(file: str, key: str, entry: Any) -> None:
    _check_keys(file, key, entry, set(CHECKS), NEEDED)
    for name, value in entry.items():
        try:
            CHECKS[name](value)
        except ValidationError as error:
            raise GridError(file, f"{key}.{name}", " ".join(error.messages)) from error


def _check_keys(file: str, key: str, thing: Any, known: set[str], needed: set[str]) -> None:
    if not isinstance(thing, dict):
        raise GridError(file, key, _("This must be an object of keys and values."))
    for name in thing:
        if name not in known:
            raise GridError(file, f"{key}.{name}".lstrip("."), _("This key is not known."))
    for name in sorted(needed - set(thing)):
        raise GridError(file, f"{key}.{name}".lstrip("."), _("This key is missing."))


def _save(file: str, entry: dict[str, Any], currency: str) -> Plan:
    data: PlanData = {
        "name": entry["name"],
        "bookmark_text": entry.get("bookmark_text", ""),
        "color": entry.get("color", Plan._meta.get_field("color").default),
        "order_number": entry.get("order_number", 10),
        "monthly_price": _minor(entry["monthly_price"], currency),
        "annual_price": _minor(entry["annual_price"], currency),
        "annual_discount": entry.get("annual_discount", 0),
        "is_hidden": entry.get("hidden", False),
        "description": entry.get("description", ""),
        "capabilities": _capabilities(entry),
        "limits": _limits(entry),
    }
    present = Plan.objects.filter(name__iexact=entry["name"]).first()
    try:
        return save_plan(present, data)
    except ValidationError as error:
        raise GridError(file, entry["name"], " ".join(error.messages)) from error


def _minor(price: Any, currency: str) -> int:
    return 0 if price == CUSTOM else int(Decimal(str(price)).scaleb(decimals(currency)))


def _capabilities(entry: dict[str, Any]) -> dict[str, bool]:
    named, rest = entry["capabilities"], entry.get("other_capabilities", False)
    switches = dict(named)
    for key, capability in registry.capabilities.items():
        switches.setdefault(
            key, rest or (switches[capability.parent] if capability.parent else False)
        )
    return switches


def _limits(entry: dict[str, Any]) -> dict[str, int]:
    rest = dict.fromkeys(registry.limits, entry["other_limits"]) if "other_limits" in entry else {}
    return {**rest, **entry["limits"]}
