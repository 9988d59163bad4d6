"""One API request, from its headers to its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.stripe import (
    account,  # noqa: F401 - each module registers its routes
    balance,  # noqa: F401
    cards,  # noqa: F401
    catalog,  # noqa: F401
    charges,  # noqa: F401
    checkout,  # noqa: F401
    collecting,  # noqa: F401
    coupons,  # noqa: F401
    customers,  # noqa: F401
    endpoints,  # noqa: F401
    events,  # noqa: F401
    invoices,  # noqa: F401
    payments,  # noqa: F401
    portal,  # noqa: F401
    refunds,  # noqa: F401
    schedules,  # noqa: F401
    subscriptions,  # noqa: F401
)
from sandbox.stripe.due import run_due
from sandbox.stripe.errors import Json, StripeError
from sandbox.stripe.idempotency import Flights, recall, remember
from sandbox.stripe.params import decode, read
from sandbox.stripe.render import show
from sandbox.stripe.routing import Route, find_route
from sandbox.stripe.store import random_text
from sandbox.stripe.world import API_VERSION, World


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

    def form(self) -> Json:
        """Parameters of the query and of the body."""
        return decode("&".join(filter(None, (urlsplit(self.target).query, self.body))))


@dataclass(frozen=True)
class Answer:
    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(world: World, flights: Flights, request: Request, pause: float = 0) -> Answer:
    """Carry the request out, once per idempotency key, after `pause` seconds of being in progress.

    Errors are answered as Stripe words them.
    """
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    headers = {"Request-Id": f"req_{random_text(14)}", "Stripe-Version": API_VERSION}
    headers |= {"Idempotency-Key": key} if key else {}
    try:
        authenticate(request.headers)
        with flights.hold(key), world.lock_after(pause):
            status, body, replayed = once(world, request, key, headers["Request-Id"])
    except StripeError as refusal:
        return Answer(refusal.status, refusal.body(), headers)
    return Answer(status, body, headers | ({"Idempotent-Replayed": "true"} if replayed else {}))


def once(world: World, request: Request, key: str | None, number: str) -> tuple[int, Json, bool]:
    """Status, body, and whether they are those of an earlier request."""
    run_due(world)
    form = request.form()
    asked = {"method": request.method, "path": request.path, "form": form}
    if stored := recall(world, key, asked):
        return stored["status"], stored["body"], True
    world.request = {"id": number, "idempotency_key": key}
    try:
        status, body = 200, perform(world, request, form)
    except StripeError as refusal:
        if not refusal.saved:
            raise
        status, body = refusal.status, refusal.body()
    finally:
        world.request = None
    remember(world, key, asked, status, body)
    return status, body, False


def perform(world: World, request: Request, form: Json) -> Json:
    found = find_route(request.method, request.path)
    if found is None:
        message = (
            f"Unrecognized request URL ({request.method}: {request.path}). If it is Stripe's, this sandbox does not "
            "know it."
        )
        raise StripeError(message, status=404, saved=False)
    route, ids = found
    given = read(route.spec, form)
    result = call(world, route, given, ids)
    if request.method != "GET":
        world.changes += 1
    return show(world.store, result, given.get("expand"))


def call(world: World, route: Route, given: Json, ids: tuple[str, ...]) -> Json:
    return route.handler(world, given, *ids)


def authenticate(headers: Mapping[str, str]) -> None:
    """Only test keys, and only the version whose shapes this sandbox has."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        message = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        raise StripeError(message, status=401, saved=False)
    if key.startswith(("sk_live_", "rk_live_")):
        message = "This is a sandbox. It refuses live keys: take this key out of here, and consider it exposed."
        raise StripeError(message, status=401, saved=False)
    if not key.startswith(("sk_test_", "rk_test_")):
        message = f"Invalid API Key provided: {key[:8]}{'*' * 8}"
        raise StripeError(message, status=401, saved=False)
    version = headers.get("stripe-version", API_VERSION)
    if version != API_VERSION:
        message = f"This sandbox speaks version {API_VERSION}, not {version}."
        raise StripeError(message, saved=False)
