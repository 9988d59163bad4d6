"""Things that go wrong on purpose between us and a carrier.

Nothing is done: `500`, `503`, `429` (with Retry-After `seconds`), `refuse` (the carrier’s own error `code`),
`key` (the key is refused), `connection` (hung up), `timeout` (no answer for `seconds`, then hung up).
It is done: `after` (and hung up), `lost` (no answer for `seconds`, then hung up), `slow` (the answer takes `seconds`),
`garbled` (the answer is no JSON).
"""

import random
import threading
from dataclasses import dataclass

NOT_DONE = ("500", "503", "429", "refuse", "key", "connection", "timeout")
DONE = ("after", "lost", "slow", "garbled")


@dataclass
class Fault:
    """Strikes the next `times` requests."""

    kind: str
    times: int = 1
    seconds: float = 30
    code: int = 0

    def __post_init__(self) -> None:
        if self.kind not in NOT_DONE + DONE:
            raise ValueError(f"Unknown fault {self.kind!r}: one of {', '.join(NOT_DONE + DONE)}.")


class Plan:
    """The faults to come, in order; then, where a share is set, some by chance."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._share, self._chances = 0.0, [Fault("500")]
        self._dice = random.Random(0)
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def by_chance(self, share: float, kinds: list[Fault], seed: int = 0) -> None:
        """From now on `share` of the requests, between 0 and 1, meet one of `kinds`. The same `seed` rolls the same."""
        with self._lock:
            self._share, self._chances, self._dice = share, kinds, random.Random(seed)

    def strike(self) -> Fault | None:
        """The fault that this request meets."""
        with self._lock:
            if self._faults:
                fault = self._faults[0]
                fault.times -= 1
                if fault.times < 1:
                    self._faults.pop(0)
                return fault
            return self._dice.choice(self._chances) if self._dice.random() < self._share else None
