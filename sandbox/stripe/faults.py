"""Things that go wrong on purpose: in the API, and on the way of a webhook.

API: `500` (nothing is done), `timeout` (nothing is done, no answer for `seconds`), `connection` (nothing is done,
the connection is closed), `after` (it is done, the answer is lost), `slow` (it is done, the answer takes `seconds`).
Webhooks: `duplicate` (sent `copies` more times), `reorder` (what is pending is sent last first), `delay` (not before
`seconds` on the sandbox's clock have passed), `drop` (never sent; listed as undelivered).
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from sandbox.stripe.errors import Json

API = ("500", "timeout", "connection", "after", "slow")
WEBHOOK = ("duplicate", "reorder", "delay", "drop")


@dataclass
class Fault:
    """`times` more matches are struck. `method`, `path` and `type` are patterns with `*`."""

    kind: str
    times: int = 1
    method: str = "*"
    path: str = "*"
    type: str = "*"
    seconds: float = 30
    copies: int = 1

    def __post_init__(self) -> None:
        if self.kind not in API + WEBHOOK:
            raise ValueError(f"Unknown fault {self.kind!r}: one of {', '.join(API + WEBHOOK)}.")


class Plan:
    """The faults that are still to come, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def listed(self) -> list[Json]:
        with self._lock:
            return [vars(each).copy() for each in self._faults]

    def strike_request(self, method: str, path: str) -> Fault | None:
        """The fault that this API request meets, used up by one."""
        return self._strike(
            lambda each: (
                each.kind in API
                and fnmatchcase(method, each.method)
                and fnmatchcase(path, each.path)
            )
        )

    def strike_event(self, kind: str) -> Fault | None:
        """The fault that the delivery of an event of this type meets, used up by one."""
        return self._strike(
            lambda each: (
                each.kind in WEBHOOK and each.kind != "reorder" and fnmatchcase(kind, each.type)
            )
        )

    def strike_round(self) -> bool:
        """Whether this round of deliveries goes out in the wrong order."""
        return self._strike(lambda each: each.kind == "reorder") is not None

    def _strike(self, hits: Callable[[Fault], bool]) -> Fault | None:
        with self._lock:
            fault = next((each for each in self._faults if hits(each)), None)
            if fault is not None:
                fault.times -= 1
                if fault.times < 1:
                    self._faults.remove(fault)
            return fault
