"""Carries nothing: each message becomes a line in the log. What the demo does as long as no carrier is set up."""

import logging
from collections.abc import Sequence

from workflows.drivers.base import Accepted, Outcome, Outgoing

logger = logging.getLogger("workflows.messages")
LONGEST = 500


class ConsoleDriver:
    key = "console"
    at_once = 50

    def send(self, messages: Sequence[Outgoing]) -> Sequence[Outcome]:
        """`content` is not written: it may hold secrets and whole files."""
        for one in messages:
            text = " ".join(one.text.split())[:LONGEST]
            logger.info("%s to %s: %s", one.channel, " ".join(one.address.split()), text)
        return [Accepted(f"console-{one.key}") for one in messages]
