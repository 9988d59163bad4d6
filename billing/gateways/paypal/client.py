"""PayPal over HTTP: one token for all requests until shortly before its end, and its errors in our words.

There is no SDK in between: PayPal's own for servers knows neither products, nor disputes, nor the check of a
notification. What is here is all that the rest needs of HTTP.
"""

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import requests
from requests.auth import AuthBase

from billing.gateways.base import GatewayRefused, GatewayUnavailable
from billing.models import Environment

LABEL = "PayPal"
ADDRESSES = {
    Environment.LIVE.value: "https://api-m.paypal.com",
    Environment.TEST.value: "https://api-m.sandbox.paypal.com",
}
TIMEOUT = (5.0, 15.0)
"""Seconds for the connection and for the answer: somebody may be waiting for the page."""
TRIES = 2
"""Where there was no answer, and asking twice does nothing twice."""
EARLY = 60.0
"""Seconds before its end from which on a token is not used any more."""
CLIENTS = 16
DETAIL = 300

Json = dict[str, Any]


class Refused(GatewayRefused):
    """PayPal said no. `issues` are its own words for why: “ORDER_NOT_APPROVED”."""

    def __init__(self, detail: str, *, status: int = 422, issues: tuple[str, ...] = ()) -> None:
        super().__init__(LABEL, detail[:DETAIL])
        self.status, self.issues = status, issues


class Bearer(AuthBase):
    """Sends a token. Without it, requests would send what it finds in a netrc file instead."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@lru_cache(maxsize=CLIENTS)
def client_for(client_id: str, secret: str, base_url: str) -> "Client":
    """The client of this process for these keys."""
    return Client(client_id, secret, base_url)


class Client:
    """One account of PayPal. Every method raises GatewayUnavailable and Refused."""

    def __init__(self, client_id: str, secret: str, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._keys = (client_id, secret)
        self._token, self._until = "", 0.0
        self._lock = threading.Lock()
        self._sessions = threading.local()
        self._heard: tuple[datetime, float] | None = None

    def __repr__(self) -> str:
        return f"<PayPal client at {self.base_url}>"

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Json:
        return self.ask("GET", path, params=params)

    def find(self, path: str, params: Mapping[str, Any] | None = None) -> Json | None:
        """What is at `path`; None where PayPal has nothing there, or only with other keys."""
        try:
            return self.get(path, params)
        except Refused as error:
            if error.status == 404:
                return None
            raise

    def post(self, path: str, body: Any = None, *, key: str = "") -> Json:
        """The answer, whole. Under the same `key` PayPal carries the same request out once."""
        return self.ask("POST", path, body=body if body is not None else {}, key=key)

    def patch(self, path: str, changes: list[Json]) -> None:
        self.ask("PATCH", path, body=changes)

    def ask(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        params: Mapping[str, Any] | None = None,
        key: str = "",
    ) -> Json:
        """One request and its answer; empty for an answer without content. A token that has ended is replaced."""
        for is_again in (False, True):
            headers = {"Prefer": "return=representation"}
            headers |= {"PayPal-Request-Id": key} if key else {}
            more: dict[str, Any] = {"json": body, "params": params}
            if isinstance(body, bytes):
                headers["Content-Type"] = "application/json"
                more = {"data": body}
            more |= {"headers": headers, "auth": Bearer(self._bearer())}
            answer = self._send(method, path, more, is_safe=method == "GET" or bool(key))
            if answer.status_code == 401 and not is_again:
                self._forget_token()
                continue
            return _content(answer)
        raise AssertionError("The second answer is returned or raised.")

    def now(self) -> datetime:
        """The time at PayPal, counted on from its last answer: its searches need an end that is not ahead."""
        self._bearer()
        if self._heard is None:
            raise GatewayUnavailable(LABEL, "It answers without a date.")
        at, since = self._heard
        return at + timedelta(seconds=time.monotonic() - since)

    def ask_time(self) -> datetime:
        """As `now`, asked for by a new token, where nothing else was asked a moment ago."""
        self._forget_token()
        return self.now()

    # Tokens

    def _bearer(self) -> str:
        with self._lock:
            if time.monotonic() >= self._until:
                self._token, seconds = self._new_token()
                self._until = time.monotonic() + seconds - EARLY
            return self._token

    def _new_token(self) -> tuple[str, float]:
        form = {"data": {"grant_type": "client_credentials"}, "auth": self._keys}
        answer = _content(self._send("POST", "/v1/oauth2/token", form, is_safe=True))
        try:
            return str(answer["access_token"]), float(answer["expires_in"])
        except (KeyError, TypeError, ValueError):
            raise GatewayUnavailable(LABEL, "It answered without a token.") from None

    def _forget_token(self) -> None:
        with self._lock:
            self._until = 0.0

    # HTTP

    def _send(
        self, method: str, path: str, more: dict[str, Any], *, is_safe: bool
    ) -> requests.Response:
        left = TRIES if is_safe else 1
        while True:
            left -= 1
            try:
                answer = self._session.request(
                    method, self.base_url + path, timeout=TIMEOUT, allow_redirects=False, **more
                )
            except requests.RequestException as error:
                if left:
                    continue
                # The error knows the request with its headers, so it is not handed on.
                raise GatewayUnavailable(LABEL, f"No answer ({type(error).__name__}).") from None
            self._set_clock(answer)
            return answer

    @property
    def _session(self) -> requests.Session:
        """One for each thread: sessions are not made to be shared."""
        if not hasattr(self._sessions, "one"):
            self._sessions.one = requests.Session()
        session: requests.Session = self._sessions.one
        return session

    def _set_clock(self, answer: requests.Response) -> None:
        try:
            at = parsedate_to_datetime(answer.headers.get("Date", ""))
        except (TypeError, ValueError):
            return
        self._heard = (at.astimezone(UTC), time.monotonic())


def _content(answer: requests.Response) -> Json:
    """What it says. Raises Refused, or GatewayUnavailable where it may work later."""
    said = _json(answer)
    status = answer.status_code
    if 200 <= status < 300:
        return said
    text, issues = _complaint(said, status)
    if status < 400 or status in {408, 409, 423, 429} or status >= 500:
        raise GatewayUnavailable(LABEL, text[:DETAIL])
    if status in {401, 403}:
        word = "The keys are wrong, or were withdrawn." if status == 401 else "Not allowed."
        raise Refused(f"{word} {text}", status=status, issues=issues)
    raise Refused(text, status=status, issues=issues)


def _json(answer: requests.Response) -> Json:
    try:
        said = answer.json() if answer.content else {}
    except ValueError:
        said = {}
    return said if isinstance(said, dict) else {}


def _complaint(said: Json, status: int) -> tuple[str, tuple[str, ...]]:
    """One line: what PayPal says, its words for why, and the number under which it finds the request."""
    details = [one for one in said.get("details") or [] if isinstance(one, dict)]
    issues = tuple(str(one["issue"]) for one in details if one.get("issue"))
    names = (said.get("error"), said.get("name"), *issues)
    words = [str(one.get("description") or "") for one in details]
    first = str(said.get("error_description") or said.get("message") or f"HTTP {status}")
    marks = [str(one) for one in (*names, said.get("debug_id")) if one]
    text = " ".join(" ".join(filter(None, [first, *words])).split())
    return f"{text} ({', '.join(dict.fromkeys(marks))})" if marks else text, issues
