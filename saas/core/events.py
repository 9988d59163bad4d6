"""Domain events: past-tense facts, delivered after the commit. Handlers only enqueue.

Information travels upward by these alone: a lower app emits, a higher app listens. Handlers are declared in
an app's `handlers.py`, imported when the app is ready. One failing handler is logged and stops no other.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import transaction

log = logging.getLogger(__name__)
Handler = Callable[..., None]
Payload = dict[str, Any]
Recorder = Callable[[str, Sequence[Payload]], None]
_handlers: defaultdict[str, list[Handler]] = defaultdict(list)
_recorders: list[Recorder] = []


def record_with(recorder: Recorder) -> Recorder:
    """Register `recorder(event, payloads)`, called at once, in the transaction of whoever emits.

    What it writes is there if and only if the event happened: for what must not be lost when a process dies.
    """
    if recorder not in _recorders:
        _recorders.append(recorder)
    return recorder


def on(event: str) -> Callable[[Handler], Handler]:
    """Register the decorated function for `event`; it gets the event's payload as keyword arguments."""

    def register(handler: Handler) -> Handler:
        if handler in _handlers[event]:
            raise ValueError(f"{handler.__qualname__} already listens to {event}.")
        _handlers[event].append(handler)
        return handler

    return register


def emit(event: str, **payload: Any) -> None:
    """Deliver `event` to its handlers once the present transaction has committed (at once outside of one).

    It is recorded before that, in the transaction. Raises what a recorder raises.
    """
    emit_all(event, [payload])


def emit_all(event: str, payloads: Sequence[Payload]) -> None:
    """As `emit`, for each of `payloads`; they are recorded together, in as many statements as one."""
    if not payloads:
        return
    for recorder in _recorders:
        recorder(event, payloads)
    for payload in payloads:
        transaction.on_commit(partial(_deliver, event, payload), robust=True)


def _deliver(event: str, payload: Payload) -> None:
    for handler in _handlers[event]:
        try:
            handler(**payload)
        except Exception:
            log.exception("Handler %s of %s failed", handler.__qualname__, event)
