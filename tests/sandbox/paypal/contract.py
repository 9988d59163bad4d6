"""PayPal's published interfaces, where those lie beside this repository.

They are OpenAPI documents (paypal/paypal-rest-api-specifications, Apache-2.0) in `contracts/paypal`.
"""

import json
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

CONTRACTS = (
    Path(os.environ.get("TENANTRY_CONTRACTS", Path(__file__).parents[4] / "shared/contracts"))
    / "paypal"
)
ABSENT = f"NO CONTRACTS: PayPal's specifications are not in {CONTRACTS}."


@lru_cache
def documents() -> list[Any]:
    return [json.loads(file.read_text()) for file in sorted(CONTRACTS.glob("*.json"))]


def blank(path: str) -> str:
    """“/v1/x/{id}” as “/v1/x/{}”."""
    return "/".join("{}" if step.startswith("{") else step for step in path.split("/"))


def operation(method: str, path: str) -> tuple[Any, Any] | None:
    """(document, operation) of a route."""
    for document in documents():
        for name, methods in document["paths"].items():
            if blank(name) == path and method.lower() in methods:
                return document, methods[method.lower()]
    return None


def resolved(document: Any, schema: Any) -> Any:
    while "$ref" in schema:
        found: Any = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        schema = found
    return schema


def properties(document: Any, schema: Any) -> dict[str, Any]:
    """Those of an object, with what it is put together of."""
    schema = resolved(document, schema)
    found = dict(schema.get("properties") or {})
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        found |= properties(document, part)
    return found


def strangers(document: Any, schema: Any, value: Any, path: str = "") -> Iterator[str]:
    """Names in `value` that the schema has not, and words that are none of its enumerations."""
    schema = resolved(document, schema)
    if isinstance(value, list):
        for one in value:
            yield from strangers(document, schema.get("items") or {}, one, f"{path}[]")
    elif isinstance(value, dict):
        known = properties(document, schema)
        for name, inner in value.items():
            if known and name not in known:
                yield f"{path}.{name}"
            elif known:
                yield from strangers(document, known[name], inner, f"{path}.{name}")
    elif schema.get("enum") and value not in schema["enum"]:
        yield f"{path} = {value}"


def body_of(document: Any, found: Any) -> Any:
    return resolved(document, found["requestBody"])["content"]["application/json"]["schema"]


def answer_of(document: Any, found: Any) -> Any:
    good = next(code for code in sorted(found["responses"]) if code.startswith("2"))
    return resolved(document, found["responses"][good])["content"]["application/json"]["schema"]


def check_request(method: str, path: str, body: Any) -> None:
    """`body` has nothing that PayPal would not know."""
    found = operation(method, path)
    assert found
    document, about = found
    unknown = list(strangers(document, body_of(document, about), body))
    assert unknown == [], f"{method} {path}: {unknown}"


def check_answer(method: str, path: str, said: Any) -> None:
    found = operation(method, path)
    assert found
    document, about = found
    unknown = list(strangers(document, answer_of(document, about), said))
    assert unknown == [], f"{method} {path}: {unknown}"
