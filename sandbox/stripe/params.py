"""Form-encoded parameters with brackets, read into what a handler declared.

A declaration maps names to readers: `text`, `integer`, `flag`, …, a dict for nested parameters, a list of one
reader for arrays. What was not declared is refused, so that nothing is silently ignored.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe.errors import Json, StripeError

Reader = Callable[[Any, str], Any]
Spec = Mapping[str, Any]


@dataclass(frozen=True)
class Required:
    """A parameter that must be there."""

    reader: Any


def required(reader: Any) -> Required:
    return Required(reader)


def refuse(message: str, param: str, code: str | None = None) -> StripeError:
    """A parameter is wrong before anything has been done, so the idempotency key stays free."""
    return StripeError(message, code=code, param=param, saved=False)


# From the wire to nested Python


def decode(body: str) -> Json:
    """`a[b]=1&c[]=2` as {"a": {"b": "1"}, "c": {"0": "2"}}; all leaves are text, arrays are numbered."""
    root: Json = {}
    for key, value in parse_qsl(body, keep_blank_values=True):
        place(root, [key.partition("[")[0], *re.findall(r"\[([^\]]*)\]", key)], value)
    return root


def place(node: Json, steps: list[str], value: str) -> None:
    *parents, last = steps
    for step in parents:
        following = node.setdefault(step or str(len(node)), {})
        if not isinstance(following, dict):
            raise refuse("Invalid parameters: a value and an object of the same name.", steps[0])
        node = following
    node[last or str(len(node))] = value


# Against a declaration


def read(spec: Spec, raw: Json, prefix: str = "") -> Json:
    """What was given, converted; absent parameters are absent. Raises StripeError for the first mistake."""
    for name in raw:
        if name not in spec:
            param = within(prefix, name)
            raise refuse(f"Received unknown parameter: {param}", param, "parameter_unknown")
    given: Json = {}
    for name, reader in spec.items():
        param = within(prefix, name)
        if name in raw:
            inner = reader.reader if isinstance(reader, Required) else reader
            given[name] = convert(inner, raw[name], param)
        elif isinstance(reader, Required):
            raise refuse(f"Missing required param: {param}.", param, "parameter_missing")
    return given


def within(prefix: str, name: str) -> str:
    return f"{prefix}[{name}]" if prefix else name


def convert(reader: Any, value: Any, param: str) -> Any:
    if isinstance(reader, Mapping):
        if not isinstance(value, dict):
            raise refuse("Invalid object", param)
        return read(reader, value, param)
    if isinstance(reader, list):
        if not isinstance(value, dict) or not all(key.isdigit() for key in value):
            raise refuse("Invalid array", param)
        return [convert(reader[0], value[n], f"{param}[{n}]") for n in sorted(value, key=int)]
    return reader(value, param)


def text(value: Any, param: str) -> str:
    if not isinstance(value, str):
        raise refuse(f"Invalid string: {value}", param)
    if value == "":
        message = (
            f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a field; "
            f"however '{param}' cannot be unset. You should remove '{param}' from your request or supply a "
            "non-empty value."
        )
        raise refuse(message, param, "parameter_invalid_empty")
    if len(value) > 5000:
        raise refuse("Invalid string: too long", param, "parameter_invalid_string")
    return value


def clearable(value: Any, param: str) -> str | None:
    """Text that an empty value unsets."""
    return None if value == "" else text(value, param)


def integer(value: Any, param: str) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?\d{1,12}", value):
        raise refuse(f"Invalid integer: {value}", param, "parameter_invalid_integer")
    return int(value)


def natural(value: Any, param: str) -> int:
    number = integer(value, param)
    if number < 0:
        message = "This value must be greater than or equal to 0."
        raise refuse(message, param, "parameter_invalid_integer")
    return number


def number(value: Any, param: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise refuse(f"Invalid decimal: {value}", param) from None


def flag(value: Any, param: str) -> bool:
    if value not in {"true", "false"}:
        raise refuse(f"Invalid boolean: {value}", param)
    return bool(value == "true")


def one_of(*choices: str) -> Reader:
    def reader(value: Any, param: str) -> str:
        if value not in choices:
            raise refuse(f"Invalid {param}: must be one of {spoken(choices)}", param)
        return str(value)

    reader.choices = choices  # type: ignore[attr-defined]
    return reader


def or_empty(inner: Any) -> Reader:
    """`inner`, or an empty value, which unsets and is read as None."""

    def reader(value: Any, param: str) -> Any:
        return None if value == "" else convert(inner, value, param)

    reader.inner = inner  # type: ignore[attr-defined]
    return reader


def spoken(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)}, or {last}" if first else last


def currency(value: Any, param: str) -> str:
    code = text(value, param).lower()
    if not re.fullmatch(r"[a-z]{3}", code):
        raise refuse(f"Invalid currency: {code}.", param)
    return code


def metadata(value: Any, param: str) -> dict[str, str] | None:
    """Key and value pairs; None clears them all, an empty value removes one key. Stripe's own limits apply."""
    if value == "":
        return None
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise refuse("Invalid hash", param)
    if len(value) > 50:
        raise refuse("Metadata can have up to 50 keys.", param)
    for key, each in value.items():
        if len(key) > 40:
            raise refuse(f"Metadata keys can have up to 40 characters; {key!r} has more.", param)
        if len(each) > 500:
            raise refuse(f"Metadata values can have up to 500 characters; {key!r} has more.", param)
    return value


def span(value: Any, param: str) -> dict[str, int]:
    """A moment, or bounds: {"gte": …, "lt": …}."""
    if isinstance(value, dict):
        return read(dict.fromkeys(("gt", "gte", "lt", "lte"), integer), value, param)
    moment = integer(value, param)
    return {"gte": moment, "lte": moment}


def in_span(bounds: dict[str, int], moment: int) -> bool:
    return not (
        ("gt" in bounds and moment <= bounds["gt"])
        or ("gte" in bounds and moment < bounds["gte"])
        or ("lt" in bounds and moment >= bounds["lt"])
        or ("lte" in bounds and moment > bounds["lte"])
    )


def merge_metadata(present: dict[str, str], given: dict[str, str] | None) -> dict[str, str]:
    """Given keys are added or replaced, those with an empty value removed; None clears all."""
    if given is None:
        return {}
    merged = present | given
    return {key: value for key, value in merged.items() if value != ""}
