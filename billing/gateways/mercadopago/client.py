"""Mercado Pago's own SDK, made once for each set of keys, and its errors in our words."""

import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import mercadopago
import requests
from mercadopago.config import RequestOptions
from mercadopago.errors import MPResponse
from mercadopago.http import HttpClient
from mercadopago.resources import Preference

from billing.gateways.base import GatewayRefused, GatewayUnavailable

LABEL = "Mercado Pago"
API = "https://api.mercadopago.com"
TIMEOUT = (5.0, 10.0)
"""Seconds for the connection and for the answer: somebody may be waiting for the page."""
CLIENTS = 16
KEY = re.compile(r"\b(?:TEST|APP_USR)-[\w-]+")
DETAIL = 300
OURS = uuid.UUID("5f3a8f0c-9f3b-4f0e-9d5e-2f0a3c1f7d11")
"""Of the names that we make of our own: an idempotency key has to be a UUID."""
LATER = {409, 423, 424, 429}
"""Too many requests, or the same one still on its way."""

Json = dict[str, Any]


class Transport(HttpClient):
    """What the SDK sends its requests with: elsewhere when there is a double, and never for a minute."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url or API

    def request(self, method: str, url: str, *_retries: Any, **more: Any) -> Json:
        """Status and content, whose decimals stay as they were written, and when it was answered."""
        options = {name: more.get(name) for name in ("headers", "params", "data")}
        address = self._base_url + url.removeprefix(API)
        with requests.Session() as session:
            reply = self._send(session, method, address, options)
        try:
            content = reply.json(parse_float=Decimal) if reply.content else None
        except ValueError:
            content = {"message": f"The answer ({reply.status_code}) is not JSON."}
            return {"status": max(reply.status_code, 500), "response": content}
        return {"status": reply.status_code, "response": content, "at": _said_at(reply)}

    def _send(
        self, session: requests.Session, method: str, address: str, options: Json
    ) -> requests.Response:
        """What only asks is asked once more where no answer came."""

        def send() -> requests.Response:
            return session.request(
                method, address, timeout=TIMEOUT, allow_redirects=False, **options
            )

        try:
            return send()
        except requests.ConnectionError:
            if method != "GET":
                raise
            return send()


def _said_at(reply: requests.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(reply.headers.get("Date", "")).astimezone(UTC)
    except ValueError:
        return None


class Preferences(Preference):
    """As the SDK has it, without its warning of `notification_url`.

    Mercado Pago would rather have the address entered in its console. But there is one for each application there, and
    an application may serve several installations; this one is of the payment.
    """

    def create(
        self, preference_object: Json, request_options: RequestOptions | None = None
    ) -> MPResponse:
        return self._post(
            uri="/checkout/preferences", data=preference_object, request_options=request_options
        )


class Client:
    """One account: each method is one request. Raises GatewayUnavailable and GatewayRefused."""

    def __init__(self, access_token: str, base_url: str = "") -> None:
        self._token = access_token
        self._sdk = mercadopago.SDK(access_token, http_client=Transport(base_url))
        self._preferences = Preferences(self._sdk.request_options, self._sdk.http_client)

    def account(self) -> Json:
        return dict(_body(_ask(self._sdk.user().get)))

    def make_preference(self, content: Json) -> Json:
        return dict(_body(_ask(self._preferences.create, content)))

    def preference(self, key: str) -> tuple[Json | None, datetime | None]:
        """The preference and what time it is there; None when Mercado Pago does not know it."""
        answer = _ask(self._preferences.get, key)
        return _found(answer), answer.get("at")

    def change_preference(self, key: str, content: Json) -> None:
        _body(_ask(self._preferences.update, key, content))

    def preferences_of(self, reference: str) -> list[Json]:
        """Those of an order of ours, as the list shows them."""
        content = _body(_ask(self._preferences.search, {"external_reference": reference}))
        return list(content.get("elements") or ())

    def payment(self, key: str) -> Json | None:
        return _found(_ask(self._sdk.payment().get, key))

    def payments(self, **filters: Any) -> list[Json]:
        """One page of the list, in the order of `sort`."""
        ordered = {"sort": "date_created", "criteria": "asc", **filters}
        return list(_body(_ask(self._sdk.payment().search, ordered)).get("results") or ())

    def cancel_payment(self, key: str) -> None:
        _body(_ask(self._sdk.payment().update, key, {"status": "cancelled"}))

    def refunds(self, key: str) -> list[Json]:
        content = _body(_ask(self._sdk.refund().list_all, key))
        return list(content if isinstance(content, list) else content.get("results") or ())

    def refund(self, key: str, amount: float, idempotency_key: str) -> Json:
        named = {"x-idempotency-key": str(uuid.uuid5(OURS, idempotency_key))}
        options = RequestOptions(access_token=self._token, custom_headers=named)
        return dict(_body(_ask(self._sdk.refund().create, key, {"amount": amount}, options)))

    def chargeback(self, key: str) -> Json | None:
        return _found(_ask(self._sdk.chargeback().get, key))


@lru_cache(maxsize=CLIENTS)
def client_for(access_token: str, base_url: str = "") -> Client:
    """The client of this process for these keys; at `base_url` where that is given (Mercado Pago's double)."""
    return Client(access_token, base_url)


def _ask(call: Callable[..., MPResponse], *given: Any) -> MPResponse:
    """The answer, whatever it is. What led to trouble is left out: requests' own errors know the request."""
    try:
        return call(*given)
    except requests.RequestException as error:
        raise GatewayUnavailable(LABEL, _scrubbed(str(error))) from None


def _body(answer: MPResponse) -> Any:
    if answer.is_success:
        return answer["response"] or {}
    raise translated(answer.status_code, answer["response"]) from None


def _found(answer: MPResponse) -> Json | None:
    return None if answer.status_code == 404 else dict(_body(answer))


def translated(status: int, content: Any) -> GatewayUnavailable | GatewayRefused:
    """An answer that is none, in our words. Its `detail` is for the super admin, and has no key in it."""
    words = _words(content) or f"HTTP {status}"
    if status == 401:
        return GatewayRefused(LABEL, f"The access token is wrong, or was withdrawn. {words}")
    if status == 403:
        return GatewayRefused(LABEL, f"The access token may not do this. {words}")
    if status in LATER or status >= 500:
        return GatewayUnavailable(LABEL, words)
    return GatewayRefused(LABEL, words)


def _words(content: Any) -> str:
    """One line: what Mercado Pago says, and the causes that it names."""
    if not isinstance(content, dict):
        return ""
    causes = content.get("cause") or []
    told = [str(one.get("description") or "") for one in causes if isinstance(one, dict)]
    said = [str(content.get("message") or content.get("error") or ""), *told]
    return _scrubbed(" ".join(filter(None, dict.fromkeys(said))))


def _scrubbed(text: str) -> str:
    return KEY.sub("…", " ".join(text.split()))[:DETAIL]
