"""What is said on the terminal: prefixed log lines, short notices, and the one sentence of an end."""

import os
import sys

COLOURS = {"postgres": 34, "redis": 35, "web": 32, "worker": 33, "beat": 36, "prepare": 36}
WIDTH = max(map(len, COLOURS))


class Stop(Exception):
    """The start cannot go on. The message is one plain sentence for the person who typed the command."""


def _coloured(text: str, code: int) -> str:
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


def log_line(name: str, text: str) -> None:
    """One line of a child's output, with its name in front."""
    say(f"{_coloured(name.ljust(WIDTH), COLOURS.get(name, 37))} │ {text}")


def say(text: str = "") -> None:
    """A line on standard output, at once. A closed terminal is no reason to stop."""
    try:
        print(text, flush=True)
    except OSError:
        return


def strong(text: str) -> str:
    return _coloured(text, 1)


def notice(text: str) -> None:
    """A line on standard error: what a person should know, kept out of a command's own output."""
    print(text, file=sys.stderr, flush=True)
