"""What carries messages, whoever it is. Network calls of this app are made in this folder alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

from saas.core.errors import Sentence


@dataclass(frozen=True)
class Outgoing:
    """A message as a driver gets it. `content` by channel:

    email: {subject, html, attachments: [{name, type, base64}], sender_name, reply_to, unsubscribe_url}
    sms: {} · whatsapp: {} for text in a conversation, else {template, language, provider_name, parameters: [text, …]}
    webhook: {url, secret, body}
    """

    key: str
    channel: str
    address: str
    text: str
    name: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Accepted:
    """The provider has taken it; `provider_id` is how it calls it."""

    provider_id: str = ""


@dataclass(frozen=True)
class Refused:
    """It certainly did not leave, and never will. `reason` is for the tenant."""

    reason: Sentence
    opts_out: bool = False
    """Whether the recipient has told the provider to get nothing any more."""


@dataclass(frozen=True)
class TryLater:
    """It certainly did not leave, but may later: `after` at the earliest. Busy, or down."""

    reason: Sentence
    after: timedelta = timedelta(0)


@dataclass(frozen=True)
class Unclear:
    """Nobody can say whether it left: no answer after it was handed over."""

    reason: Sentence


Outcome = Accepted | Refused | TryLater | Unclear


class Driver(Protocol):
    """Carries messages of one channel. It never tries twice by itself, and raises nothing of what goes wrong."""

    key: str
    at_once: int
    """How many it is given in one call: what is in one call may become unclear together."""

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        """What came of each, in the same order."""


@dataclass(frozen=True)
class News:
    """What a provider tells of a message later on, and perhaps before we have stored how it calls it."""

    provider_id: str
    state: str
    """`sent`, `delivered` or `failed`."""
    reason: str = ""
    opts_out: bool = False
    key: str = ""
    """Our own name for the message, where the provider carries that; so it is found all the same."""


@dataclass(frozen=True)
class Reply:
    """What somebody wrote back: “STOP” and “START” are of interest."""

    address: str
    text: str


class NotGenuine(Exception):
    """A call that does not come from the provider."""


class TalkingDriver(Driver, Protocol):
    """A driver whose provider calls back."""

    def hear(self, body: bytes, headers: Mapping[str, str], url: str) -> Sequence[News | Reply]:
        """What a genuine call says; `url` is the address that was called. Raises NotGenuine."""


@runtime_checkable
class GreetedDriver(Protocol):
    """A driver whose carrier tries the address with a GET when it is entered there."""

    def greet(self, asked: Mapping[str, str]) -> str:
        """What that GET is answered with. Raises NotGenuine."""
