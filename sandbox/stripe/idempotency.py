"""`Idempotency-Key`: the same request under the same key is carried out once.

https://docs.stripe.com/api/idempotent_requests
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.stripe.cycles import DAY
from sandbox.stripe.errors import Json, StripeError
from sandbox.stripe.world import World


class Flights:
    """Keys of requests that are being carried out at this moment."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, key: str | None) -> Iterator[None]:
        """Nobody else works under the key meanwhile; StripeError 409 when somebody does already."""
        if key is None:
            yield
            return
        with self._lock:
            if key in self._keys:
                message = (
                    f"There is currently another in-progress request using this Idempotent Key: {key}. Please try "
                    "again later."
                )
                raise StripeError(
                    message, status=409, kind="idempotency_error", code="idempotency_key_in_use", saved=False
                )  # fmt: skip
            self._keys.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard(key)


def recall(world: World, key: str | None, asked: Json) -> Json | None:
    """The stored answer to the same request; None when there is none. StripeError when it was another request."""
    if key is None:
        return None
    forget_old(world)
    stored = world.answers.get(key)
    if stored is None:
        return None
    if stored["asked"] != asked:
        message = (
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            f"using a key other than '{key}' if you meant to execute a different request."
        )
        raise StripeError(message, kind="idempotency_error", saved=False)
    return stored


def forget_old(world: World) -> None:
    """Keys are kept for a day. They stand in the order in which they came."""
    for key, stored in list(world.answers.items()):
        if stored["created"] > world.now() - DAY:
            return
        del world.answers[key]


def remember(world: World, key: str | None, asked: Json, status: int, body: Json) -> None:
    """Store the answer for 24 hours of the sandbox's clock."""
    if key is not None:
        world.answers[key] = {
            "asked": asked,
            "status": status,
            "body": body,
            "created": world.now(),
        }
        world.changes += 1
