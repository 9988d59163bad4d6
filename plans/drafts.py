"""A plan as it would be after a save, and what of that its tenants would notice. Nothing here is written."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, TypedDict

from plans.models import Plan
from plans.registry import Limit, registry
from saas.core.richtext import clean_html


class PlanData(TypedDict, total=False):
    """What a save writes; what is missing stays as it is. Prices are integer minor units."""

    name: str
    bookmark_text: str
    color: str
    order_number: int
    monthly_price: int
    annual_price: int
    annual_discount: Any
    is_hidden: bool
    description: str
    capabilities: Mapping[str, bool]
    limits: Mapping[str, int]


def draft(plan: Plan | None, data: PlanData) -> Plan:
    """`plan`, or a new one for None, with `data` laid over: an unsaved copy, which may still be invalid.

    Capabilities and limits are laid over the stored ones, so keys of apps that are not installed stay. The
    description is cleaned.
    """
    target = copy(plan) if plan else Plan()
    for name, value in data.items():
        if name in {"capabilities", "limits"}:
            value = getattr(target, name) | dict(value)  # type: ignore[call-overload]
        setattr(target, name, value)
    target.description = clean_html(target.description)
    return target


@dataclass(frozen=True)
class NewCeiling:
    """A limit that is not what it was; either figure may be UNLIMITED."""

    limit: Limit
    before: int
    after: int


@dataclass(frozen=True)
class Difference:
    """What the tenants of a plan notice of a save: ceilings, and features that come or go. False when nothing."""

    ceilings: list[NewCeiling]
    switched_on: list[str]
    switched_off: list[str]

    def __bool__(self) -> bool:
        return bool(self.ceilings or self.switched_on or self.switched_off)


def difference(before: Plan, after: Plan) -> Difference:
    """Of what the installed apps know. A switch below a parent that stays off changes nothing."""
    ceilings = [
        NewCeiling(limit, before.limits.get(key, 0), after.limits.get(key, 0))
        for key, limit in registry.limits.items()
        if before.limits.get(key, 0) != after.limits.get(key, 0)
    ]
    had, has = features(before), features(after)
    return Difference(ceilings, sorted(has - had), sorted(had - has))


def features(plan: Plan) -> set[str]:
    """Keys of the registered capabilities that `plan` has, each with its parent."""
    on = {key for key in registry.capabilities if plan.capabilities.get(key) is True}
    return {key for key in on if (registry.capability(key).parent or key) in on}
