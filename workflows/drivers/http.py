"""Speaking HTTP with carriers: once, with an end to waiting, and with what certainly did not leave told apart."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import requests
from django.utils.translation import gettext_lazy as _
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from workflows.drivers.base import Outcome, Refused, TryLater, Unclear

TIMEOUT = (5.0, 10.0)
"""Seconds for the connection, and for each piece of the answer."""
KEY_PAUSE = timedelta(minutes=15)
BUSY_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = 24 * 3600
BEFORE_SENDING = (ConnectTimeoutError, NameResolutionError, NewConnectionError)

KEY_REFUSED = _("The carrier refuses our key. The message waits until that is mended.")
BUSY = _("The carrier is busy just now.")
DOWN = _("The carrier cannot be reached just now.")
SILENT = _("The carrier gave no clear answer, so nobody can say whether it was sent.")
REFUSED = _("The carrier refused it.")


class Went(Exception):
    """There is no answer to read; `outcome` says what that means for the message."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome = outcome


class Line(requests.Session):
    """A session that tries once, follows no redirect and looks at nothing in the environment."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def ask(self, method: str, url: str, **more: Any) -> requests.Response:
        """The answer, whatever its status. Raises Went where there was none."""
        try:
            return self.request(method, url, timeout=TIMEOUT, allow_redirects=False, **more)
        except requests.RequestException as error:
            raise Went(without_answer(error)) from None


def without_answer(error: requests.RequestException) -> Outcome:
    """Nothing has left when there was never a connection; else nobody knows."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return TryLater(DOWN)
    cause = error.args[0] if error.args else None
    if isinstance(getattr(cause, "reason", cause), BEFORE_SENDING):
        return TryLater(DOWN)
    return Unclear(SILENT)


def by_status(status: int, headers: Mapping[str, str], why: str = "") -> Outcome:
    """What a status that is no success means, where the carrier’s own code does not say more.

    429 and 503 are sent before anything is done. Any other 5xx may come after it was taken.
    """
    if status in {401, 403}:
        return TryLater(KEY_REFUSED, KEY_PAUSE)
    if status in {429, 503}:
        return TryLater(BUSY, pause(headers) or BUSY_PAUSE)
    if 400 <= status < 500:
        return Refused(said(why))
    return Unclear(SILENT)


def said(why: str) -> str:
    """The refusal in the carrier’s words, on one line."""
    words = " ".join(why.split())
    return f"{REFUSED} {words}"[:300].strip()


def pause(headers: Mapping[str, str]) -> timedelta:
    """Of a Retry-After in seconds; nothing where there is none, or a date."""
    text = headers.get("Retry-After", "")
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
    return timedelta(seconds=min(seconds, LONGEST_PAUSE))
