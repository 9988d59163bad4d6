"""Whether what happened is what a workflow is meant for."""

from collections.abc import Mapping, Sequence
from typing import Any


def are_true(conditions: Sequence[Mapping[str, Any]], values: Mapping[str, str]) -> bool:
    """All of `conditions` hold for `values`. One on something that the event does not have (any more) does not."""
    return all(_is_true(one, values) for one in conditions)


def _is_true(condition: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    value = values.get(condition["field"])
    if value is None:
        return False
    return (value in condition["values"]) != bool(condition.get("is_not"))
