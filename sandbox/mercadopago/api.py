"""One API request, from its headers to its answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.mercadopago import preferences, refunds  # noqa: F401 - each module registers its routes
from sandbox.mercadopago.contract import contract
from sandbox.mercadopago.errors import Json, Refusal
from sandbox.mercadopago.paying import run_due
from sandbox.mercadopago.routing import Given, find_route
from sandbox.mercadopago.world import World

DAY = 24 * 60 * 60
ONCE = "/refunds"
"""What ends so is carried out once for each idempotency key. Preferences are made as often as they are asked for."""


@dataclass(frozen=True)
class Request:
    """`headers` by lower-case name; `target` is the path with its query."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any


def answer(world: World, request: Request, pause: float = 0) -> Answer:
    """Carry the request out, `pause` seconds later. Errors are answered as Mercado Pago words them."""
    try:
        authenticate(request.headers)
        body = read_body(request.body)
        with world.lock_after(pause):
            run_due(world)
            check_contract(world, request, body)
            return once(world, request, body)
    except Refusal as refusal:
        return Answer(refusal.status, refusal.body())


def check_contract(world: World, request: Request, body: Any) -> None:
    """Raises Refusal where the published specification says otherwise, and keeps what that was."""
    known = contract()
    if known is None:
        return
    wrong = known.about_request(request.method, request.path, request.query, request.headers, body)
    if wrong:
        world.complaints += [f"{request.method} {request.path}: {one}" for one in wrong]
        raise Refusal("The request is not as specified", causes=tuple(wrong))


def once(world: World, request: Request, body: Any) -> Answer:
    key = request.headers.get("x-idempotency-key", "")
    if request.method != "POST" or not request.path.endswith(ONCE) or not key:
        return perform(world, request, body)
    for old, stored in list(world.answers.items()):
        if stored["created"] <= world.now() - DAY:
            del world.answers[old]
    name = f"{request.path} {key}"
    if stored := world.answers.get(name):
        if stored["asked"] != body:
            raise Refusal("The idempotency key came with another request before", status=409)
        return Answer(stored["status"], stored["body"])
    made = perform(world, request, body)
    world.answers[name] = {
        "asked": body,
        "status": made.status,
        "body": made.body,
        "created": world.now(),
    }
    return made


def perform(world: World, request: Request, body: Any) -> Answer:
    found = find_route(request.method, request.path)
    if found is None:
        raise Refusal(f"This sandbox does not know {request.method} {request.path}", status=404)
    route, ids = found
    made = route.handler(world, Given(request.query, body or {}, request.headers), *ids)
    if request.method != "GET":
        world.changes += 1
    return Answer(route.status, made)


def read_body(text: str) -> Json | None:
    if not text:
        return None
    try:
        content = json.loads(text)
    except ValueError:
        raise Refusal("The body is not JSON") from None
    if not isinstance(content, dict):
        raise Refusal("The body is no object")
    return content


def authenticate(headers: Mapping[str, str]) -> None:
    """Only tokens of test mode. Raises Refusal."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal("authorization value not present", status=401)
    if token.startswith("APP_USR-"):
        message = "This is a sandbox. It refuses live tokens: take this one out of here, and consider it exposed."
        raise Refusal(message, status=401)
    if not token.startswith("TEST-"):
        raise Refusal("invalid access token", status=401)
