"""What the product refuses, as typed errors. One middleware renders them all (`saas.core.middleware`)."""

from django.utils.functional import Promise

Sentence = str | Promise


class DomainError(Exception):
    """A refusal with one sentence for the person who asked.

    `status` is the HTTP status it is answered with. `action_url` and `action_label`, both or none, name
    the way on ("See plans"); `action_roles` are the members who may take it (empty: everybody).
    """

    status = 409
    action_roles: frozenset[str] = frozenset()

    def __init__(
        self, message: Sentence, *, action_url: str = "", action_label: Sentence = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.action_url = action_url
        self.action_label = action_label


class NotHere(DomainError):
    """The thing is absent for whoever asks: a foreign row, a module that the plan does not have."""

    status = 404


class NotAllowed(DomainError):
    """The person is known and may not do this."""

    status = 403


class Conflict(DomainError):
    """What was asked does not fit the present state; asking again after a reload may."""


class TooMany(DomainError):
    """Asked too often; `retry_after` says in how many seconds it may be tried again."""

    status = 429

    def __init__(self, message: Sentence, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
