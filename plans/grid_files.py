"""A grid: a whole set of plans as one file. Here it is read and checked; `plans.services.grids` applies it.

    title, about       for people
    currency           what the prices are in; left out: whatever the platform's currency is
    sets               pieces that several plans share through YAML aliases; nothing else reads them
    waiting            capabilities and limits whose app may not be installed: they are stored and wait for it
    plans              name, monthly_price, annual_price, capabilities and limits are needed, the rest of ENTRY may be

Prices are in whole units (29, 29.5) or `custom`: agreed with each tenant, so the platform's own figure stays. A key
that no installed app registers is refused unless `waiting` names it: so a slip of the pen is never stored.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from plans.drafts import PlanData
from plans.grid_syntax import Document, parse
from plans.grid_values import figure, flag, minor_units, rich_text, text, whole
from plans.models import Plan, check_capabilities, check_limits
from plans.registry import KEY, registry

TOP = {"title", "about", "currency", "sets", "waiting", "plans"}


@dataclass(frozen=True)
class Entry:
    """One plan of a grid. A price of None is custom; `other_capabilities` of None leaves what is not named alone."""

    key: str
    data: PlanData
    custom_prices: frozenset[str]
    other_capabilities: bool | None
    is_default: bool
    is_expired: bool

    @property
    def name(self) -> str:
        return self.data["name"]


@dataclass(frozen=True)
class Grid:
    """One file, checked."""

    document: Document
    title: str
    about: str
    plans: list[Entry]

    @property
    def name(self) -> str:
        return Path(self.document.file).stem


def read_grid(file: str, source: bytes, currency: str) -> Grid:
    """The grid in `source`, whose prices are in `currency`. Raises GridError naming `file`, line and key."""
    document = parse(file, source)
    content = document.content
    _check_keys(document, "", content, TOP, {"title", "plans"})
    if content.get("currency", currency) != currency:
        reason = _("These prices are in %(theirs)s, and the platform’s currency is %(ours)s.")
        told = {"theirs": str(content["currency"])[:10], "ours": currency}
        raise document.refuse("currency", reason % told)
    items = content["plans"]
    if not isinstance(items, list) or not items:
        raise document.refuse("plans", _("This must be a list of plans."))
    reader = _EntryReader(document, currency, _waiting(document))
    plans = [reader.read(f"plans[{index}]", item) for index, item in enumerate(items)]
    _check_together(document, plans)
    return Grid(document, str(content["title"]), str(content.get("about", "")), plans)


def _waiting(document: Document) -> set[str]:
    keys = document.content.get("waiting", [])
    if not isinstance(keys, list):
        raise document.refuse("waiting", _("This must be a list of keys."))
    for index, key in enumerate(keys):
        if not isinstance(key, str) or not KEY.fullmatch(key):
            raise document.refuse(f"waiting[{index}]", _("This can be no key."))
    return set(keys)


def _check_together(document: Document, plans: list[Entry]) -> None:
    names: set[str] = set()
    for plan in plans:
        if plan.name.lower() in names:
            raise document.refuse(f"{plan.key}.name", _("Two plans have the same name."))
        names.add(plan.name.lower())
    for key, chosen in (
        ("default", [plan for plan in plans if plan.is_default]),
        ("expired", [plan for plan in plans if plan.is_expired]),
    ):
        if len(chosen) > 1:
            raise document.refuse(f"{chosen[1].key}.{key}", _("Only one plan can be this."))


def _check_keys(
    document: Document, path: str, thing: Any, known: set[str], needed: set[str]
) -> None:
    if not isinstance(thing, dict):
        raise document.refuse(path, _("This must be an object of keys and values."))
    for name in thing:
        if name not in known:
            raise document.refuse(f"{path}.{name}".lstrip("."), _("This key is not known."))
    for name in sorted(needed - set(thing)):
        raise document.refuse(f"{path}.{name}".lstrip("."), _("This key is missing."))


FIELDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "name": ("name", text),
    "bookmark_text": ("bookmark_text", text),
    "color": ("color", text),
    "order_number": ("order_number", whole),
    "annual_discount": ("annual_discount", figure),
    "hidden": ("is_hidden", flag),
    "description": ("description", rich_text),
}
"""Key in the file: field of the plan, and what reads it."""
PRICES = ("monthly_price", "annual_price")
ENTRY = {*FIELDS, *PRICES, "capabilities", "other_capabilities", "limits", "other_limits"} | {
    "default",
    "expired",
}
NEEDED = {"name", *PRICES, "capabilities", "limits"}


class _EntryReader:
    """Reads the plans of one document."""

    def __init__(self, document: Document, currency: str, waiting: set[str]) -> None:
        self.document, self.currency = document, currency
        self.known_capabilities = waiting | set(registry.capabilities)
        self.known_limits = waiting | set(registry.limits)

    def read(self, key: str, item: Any) -> Entry:
        """The plan at `key`. Raises GridError."""
        _check_keys(self.document, key, item, ENTRY, NEEDED)
        values = {
            field: self._ask(f"{key}.{name}", read, item[name])
            for name, (field, read) in FIELDS.items()
            if name in item
        }
        prices = {
            name: self._ask(f"{key}.{name}", lambda x: minor_units(x, self.currency), item[name])
            for name in PRICES
        }
        custom = frozenset(name for name, price in prices.items() if price is None)
        values |= {name: price or 0 for name, price in prices.items()}
        values["capabilities"] = self._object(
            f"{key}.capabilities", item, self.known_capabilities, check_capabilities
        )
        values["limits"] = self._limits(key, item)
        self._check_fields(key, values)
        switches = {
            name: self._ask(f"{key}.{name}", flag, item[name])
            for name in ("other_capabilities", "default", "expired")
            if name in item
        }
        return Entry(
            key,
            cast(PlanData, values),
            custom,
            switches.get("other_capabilities"),
            switches.get("default", False),
            switches.get("expired", False),
        )

    def _limits(self, key: str, item: dict[str, Any]) -> dict[str, int]:
        named = self._object(f"{key}.limits", item, self.known_limits, check_limits)
        if "other_limits" not in item:
            return named
        rest = item["other_limits"]
        self._ask(f"{key}.other_limits", lambda x: check_limits({"other_limits": x}), rest)
        return {**dict.fromkeys(registry.limits, rest), **named}

    def _object(
        self, key: str, item: dict[str, Any], known: set[str], check: Callable[[Any], None]
    ) -> dict[str, Any]:
        found = item[key.rpartition(".")[2]]
        self._ask(key, lambda value: check({}) if isinstance(value, dict) else check(value), found)
        for name, value in found.items():
            if name not in known:
                reason = _("No installed app knows this, and “waiting” does not name it.")
                raise self.document.refuse(f"{key}.{name}", reason)
            self._ask(f"{key}.{name}", check, {name: value})
        return dict(found)

    def _ask(self, key: str, read: Callable[[Any], Any], value: Any) -> Any:
        try:
            return read(value)
        except ValidationError as error:
            raise self.document.refuse(key, " ".join(error.messages)) from None

    def _check_fields(self, key: str, values: dict[str, Any]) -> None:
        """What the plan's own fields refuse: too long, no colour, out of range."""
        try:
            Plan(**values).clean_fields()
        except ValidationError as error:
            field, reasons = next(iter(error.message_dict.items()))
            name = next((name for name, (of, _read) in FIELDS.items() if of == field), field)
            raise self.document.refuse(f"{key}.{name}", " ".join(reasons)) from None
