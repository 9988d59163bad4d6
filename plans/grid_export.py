"""The plans of this platform as a grid file."""

from typing import Any

import yaml

from plans.models import Plan, PlatformSettings
from plans.registry import registry
from saas.core.money import to_major

HEADER = """\
# Prices are in whole units of the currency. A limit of -1 is unlimited.
# `waiting` names keys of apps that are not installed: they are stored all the same, and wait.
"""


def export_grid() -> str:
    """Every plan as YAML. Importing it again where it came from changes nothing. Two queries."""
    settings = PlatformSettings.load()
    plans = list(Plan.objects.in_order())
    content = {
        "title": settings.platform_name,
        "currency": settings.currency,
        "waiting": _waiting(plans),
        "plans": [_entry(plan, settings) for plan in plans],
    }
    filled = {name: value for name, value in content.items() if value or name == "plans"}
    return HEADER + yaml.safe_dump(filled, allow_unicode=True, sort_keys=False, width=110)


def _waiting(plans: list[Plan]) -> list[str]:
    stored = {key for plan in plans for key in (*plan.capabilities, *plan.limits)}
    return sorted(stored - set(registry.capabilities) - set(registry.limits))


def _entry(plan: Plan, settings: PlatformSettings) -> dict[str, Any]:
    marks = {"default": plan.is_default, "expired": plan.pk == settings.expired_plan_id}
    return {
        "name": plan.name,
        **{name: True for name, on in marks.items() if on},
        "hidden": plan.is_hidden,
        "bookmark_text": plan.bookmark_text,
        "color": plan.color,
        "order_number": plan.order_number,
        "monthly_price": _number(to_major(plan.monthly_price, settings.currency)),
        "annual_price": _number(to_major(plan.annual_price, settings.currency)),
        "annual_discount": _number(plan.annual_discount),
        "description": plan.description,
        "capabilities": _in_order(plan.capabilities, registry.capabilities),
        "limits": _in_order(plan.limits, registry.limits),
    }


def _in_order(stored: dict[str, Any], registered: dict[str, Any]) -> dict[str, Any]:
    """As the editor shows them, then the keys that wait."""
    known = {key: stored[key] for key in registered if key in stored}
    return {**known, **{key: stored[key] for key in sorted(stored) if key not in known}}


def _number(value: Any) -> int | float:
    """29 for 29.00 and 29.5 for 29.50."""
    return int(value) if value == int(value) else float(value)
