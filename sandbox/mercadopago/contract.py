"""Whether requests and answers are as Mercado Pago's published specification has them, where that lies beside us.

Stricter than the specification is meant: names that it does not have are complained of, too.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sandbox.mercadopago.errors import Json

FOLDER = (
    Path(os.environ.get("TENANTRY_CONTRACTS", Path(__file__).parents[2] / "../shared/contracts"))
    / "mercadopago"
)
TYPES = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": int | float,
}  # fmt: skip


class Contract:
    """The published specification."""

    def __init__(self, specification: Json) -> None:
        self._whole = specification

    def operation(self, method: str, path: str) -> Json | None:
        """What is said of a request; None where nothing is."""
        named = [known for known in self._whole["paths"] if _fits(known, path)]
        exact = min(named, key=lambda known: known.count("{"), default="")
        found: Json | None = self._whole["paths"].get(exact, {}).get(method.lower())
        return found

    def about_request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: Any,
    ) -> list[str]:
        """What is wrong with a request; empty for one that is right, or of which nothing is said."""
        operation = self.operation(method, path)
        if operation is None:
            return []
        found = [
            *self._parameters(operation, "query", query),
            *self._headers(operation, headers),
        ]
        schema = _content(operation.get("requestBody", {}))
        if schema and (body is not None or operation["requestBody"].get("required")):
            found += self.differences(body, schema, "body")
        return found

    def about_answer(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """What is wrong with an answer."""
        operation = self.operation(method, path) or {}
        answer = operation.get("responses", {}).get(str(status))
        if answer is None:
            return [f"{method} {path} is not answered with {status}"]
        schema = _content(self._resolved(answer))
        return list(self.differences(body, schema, "answer")) if schema else []

    def _parameters(self, operation: Json, place: str, given: Mapping[str, str]) -> Iterator[str]:
        known = {one["name"]: one for one in operation.get("parameters", []) if one["in"] == place}
        for name in given.keys() - known.keys():
            yield f"{place} {name} is unknown"
        for name, one in known.items():
            if name in given:
                yield from self.differences(_read(given[name], one["schema"]), one["schema"], name)
            elif one.get("required"):
                yield f"{place} {name} is missing"

    def _headers(self, operation: Json, given: Mapping[str, str]) -> Iterator[str]:
        for one in operation.get("parameters", []):
            if one["in"] == "header" and one["name"].lower() in given:
                yield from self.differences(given[one["name"].lower()], one["schema"], one["name"])

    def differences(self, value: Any, schema: Json, path: str) -> Iterator[str]:
        """Where `value` is not as `schema` says."""
        schema = self._resolved(schema)
        if value is None:
            if not schema.get("nullable"):
                yield f"{path} is null"
            return
        wanted = schema.get("type")
        is_bool = isinstance(value, bool) and wanted in {"integer", "number"}
        if wanted and (is_bool or not isinstance(value, TYPES[wanted])):
            yield f"{path} is no {wanted}"
            return
        yield from _bounds(value, schema, path)
        if isinstance(value, dict):
            yield from self._fields(value, schema, path)
        elif isinstance(value, list):
            for number, one in enumerate(value):
                yield from self.differences(one, schema.get("items", {}), f"{path}[{number}]")

    def _fields(self, value: Json, schema: Json, path: str) -> Iterator[str]:
        known = schema.get("properties")
        for name in schema.get("required", []):
            if name not in value:
                yield f"{path}.{name} is missing"
        for name, one in value.items() if known else ():
            if name in known:
                yield from self.differences(one, known[name], f"{path}.{name}")
            elif not schema.get("additionalProperties"):
                yield f"{path}.{name} is unknown"

    def _resolved(self, schema: Json) -> Json:
        while reference := schema.get("$ref"):
            schema = self._whole
            for step in reference.removeprefix("#/").split("/"):
                schema = schema[step]
        return schema


@cache
def contract() -> Contract | None:
    """None where the specification does not lie beside us."""
    file = FOLDER / "spec3.json"
    return Contract(json.loads(file.read_text())) if file.exists() else None


def _fits(known: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(known)), path) is not None


def _content(part: Json) -> Json:
    found: Json = part.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _read(text: str, schema: Json) -> Any:
    """A parameter as what it is to be; the text itself where it is no such thing."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return text


def _bounds(value: Any, schema: Json, path: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{path} is none of {', '.join(map(str, schema['enum']))}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{path} is less than {schema['minimum']}"
    if "minItems" in schema and len(value) < schema["minItems"]:
        yield f"{path} is too short"
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        yield f"{path} is too long"
    if (form := schema.get("format")) and not _has_format(value, form):
        yield f"{path} is no {form}"


def _has_format(value: Any, form: str) -> bool:
    try:
        if form == "uuid":
            return str(UUID(value)) == value.lower()
        if form == "date-time":
            return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
    if form == "uri":
        return re.match(r"https?://[^/\s]+", value) is not None
    return form != "email" or re.fullmatch(r"[^@\s]+@[^@\s]+", value) is not None
