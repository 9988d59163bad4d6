"""Stripe's own client, made once for each set of keys, and its errors in our words."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import stripe

from billing.gateways.base import GatewayRefused, GatewayUnavailable

LABEL = "Stripe"
API_VERSION = "2026-10-28.endive"
"""The shapes that this package reads and writes. Another version of the SDK does not change what Stripe answers."""
TIMEOUT = (5.0, 10.0)
"""Seconds for the connection and for the answer: somebody may be waiting for the page."""
RETRIES = 1
"""More by the SDK, under the same idempotency key, where there was no answer."""
CLIENTS = 16
KEY = re.compile(r"\b(?:sk|rk|pk|whsec)_[\w*]+|\S*\*{4}\S*")
"""A key, whole or as Stripe repeats it, with stars in its middle."""
DETAIL = 300

Json = dict[str, Any]


@lru_cache(maxsize=CLIENTS)
def client_for(secret_key: str, base_url: str = "") -> stripe.StripeClient:
    """The client of this process for these keys; at `base_url` where that is given (Stripe's double)."""
    return stripe.StripeClient(
        secret_key,
        stripe_version=API_VERSION,
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
        base_addresses={"api": base_url} if base_url else {},
    )


@contextmanager
def speaking() -> Iterator[None]:
    """Errors of Stripe come out as GatewayUnavailable or GatewayRefused.

    What led to them is left out of the traceback: Stripe's own error knows the request with its headers.
    """
    try:
        yield
    except stripe.StripeError as error:
        raise translated(error) from None


def translated(error: stripe.StripeError) -> GatewayUnavailable | GatewayRefused:
    """`error` in our words. Its `detail` is for the super admin, and has no key in it."""
    if isinstance(error, stripe.AuthenticationError):
        return GatewayRefused(LABEL, detail("The key is wrong, or was withdrawn.", error))
    if isinstance(error, stripe.PermissionError):
        return GatewayRefused(LABEL, detail("The key may not do this.", error))
    if _may_work_later(error):
        return GatewayUnavailable(LABEL, detail("", error))
    return GatewayRefused(LABEL, detail("", error))


def _may_work_later(error: stripe.StripeError) -> bool:
    """No answer, too many requests, the same request still on its way, or trouble on Stripe's side."""
    if isinstance(error, stripe.APIConnectionError | stripe.RateLimitError):
        return True
    status = error.http_status or 500
    return status in {409, 429} or status >= 500


def detail(beginning: str, error: stripe.StripeError) -> str:
    """One line: what Stripe says, its code, and the number under which it finds the request."""
    words = " ".join(str(error.user_message or error).split())
    marks = [mark for mark in (error.code, error.request_id) if mark and mark not in words]
    tail = f" ({', '.join(marks)})" if marks else ""
    return KEY.sub("…", f"{beginning} {words}{tail}".strip())[:DETAIL]


def found(ask: Callable[[], stripe.StripeObject]) -> Json | None:
    """What `ask` gets from Stripe; None where Stripe has no such object, or only with other keys."""
    try:
        return plain(ask())
    except stripe.InvalidRequestError as error:
        if error.http_status == 404:
            return None
        raise


def plain(answer: stripe.StripeObject) -> Json:
    """The bare values of an answer, for pure functions to read."""
    return answer.to_dict()
