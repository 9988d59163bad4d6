"""One API request, from its headers to its answer."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.paypal import (
    catalog,  # noqa: F401 - each module registers its routes
    disputes,  # noqa: F401
    orders,  # noqa: F401
    payments,  # noqa: F401
    reporting,  # noqa: F401
    subscriptions,  # noqa: F401
    webhooks,  # noqa: F401
)
from sandbox.paypal.billing import run_due
from sandbox.paypal.errors import Json, NoToken, PayPalError, invalid, missing
from sandbox.paypal.routing import check, find_route, route
from sandbox.paypal.world import PayPalWorld
from sandbox.stripe.cycles import DAY
from sandbox.stripe.store import random_text

TOKEN_LASTS = 9 * 60 * 60
KEPT = 45 * DAY


@dataclass(frozen=True)
class Request:
    """`headers` by lower-case name; `target` is the path with its query."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(world: PayPalWorld, request: Request, pause: float = 0) -> Answer:
    """Carry the request out, once for each `PayPal-Request-Id`, after `pause` seconds. Errors are worded as there."""
    try:
        with world.lock_after(pause):
            run_due(world)
            if request.path == "/v1/oauth2/token":
                return Answer(200, token(world, request.headers))
            authenticate(world, request.headers)
            return once(world, request)
    except NoToken as refusal:
        return Answer(401, refusal.body())
    except PayPalError as refusal:
        return Answer(refusal.status, refusal.body())


def once(world: PayPalWorld, request: Request) -> Answer:
    """What was carried out before under the same id is answered alike; what was refused is tried anew."""
    number = request.headers.get("paypal-request-id", "")
    key = f"{request.method} {request.path} {number}" if number else ""
    if len(number) > 108:
        raise invalid("/PayPal-Request-Id", "108 characters at most.")
    stored = world.answers.get(key)
    if stored and stored["created"] > world.now() - KEPT:
        return Answer(stored["status"], stored["body"])
    status, body = perform(world, request)
    if key:
        world.answers[key] = {"status": status, "body": body, "created": world.now()}
    if request.method != "GET":
        world.changes += 1
    return Answer(status, body)


def perform(world: PayPalWorld, request: Request) -> tuple[int, Any]:
    found = find_route(request.method, request.path)
    if found is None:
        raise missing(request.path)
    at, ids = found
    try:
        return at.status, at.handler(world, check(at, given(request)), *ids)
    except (AttributeError, KeyError, TypeError, ValueError) as mistake:
        raise invalid("/", f"{type(mistake).__name__}: {mistake}") from mistake


def given(request: Request) -> Any:
    if request.method == "GET":
        return dict(parse_qsl(urlsplit(request.target).query))
    try:
        found = json.loads(request.body or b"{}")
    except ValueError:
        raise invalid("/", "The body is no JSON.") from None
    if request.path.endswith("/verify-webhook-signature") and isinstance(found, dict):
        found["_raw"] = request.body
    return found


# Keys


def token(world: PayPalWorld, headers: Mapping[str, str]) -> Json:
    """A token for the keys in `headers`. Raises NoToken."""
    scheme, _space, text = headers.get("authorization", "").partition(" ")
    try:
        client_id, _colon, secret = base64.b64decode(text).decode().partition(":")
    except ValueError:
        raise NoToken from None
    if scheme.lower() != "basic" or not secret or world.accounts.get(client_id) != secret:
        raise NoToken
    made = f"A21AA{random_text(40)}"
    world.tokens[made] = world.now() + TOKEN_LASTS
    return {"access_token": made, "token_type": "Bearer", "expires_in": TOKEN_LASTS}


def authenticate(world: PayPalWorld, headers: Mapping[str, str]) -> None:
    scheme, _space, text = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or world.tokens.get(text, 0) <= world.now():
        raise PayPalError("INVALID_TOKEN", "Token signature verification failed", status=401)


@route("GET", "/v1/identity/oauth2/userinfo", "schema")
def userinfo(world: PayPalWorld, given: Json) -> Json:
    return {"user_id": "sandbox", "name": world.settings.business, "payer_id": "SELLER"}
