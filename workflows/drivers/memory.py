"""Keeps messages in a list of this process, for tests and benchmarks."""

from collections.abc import Sequence

from workflows.drivers.base import Accepted, Outcome, Outgoing

SENT: list[Outgoing] = []


class MemoryDriver:
    key = "memory"
    at_once = 100

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        SENT.extend(messages)
        return [Accepted(f"memory-{one.key}") for one in messages]
