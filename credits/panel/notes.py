"""What follows once a channel's month is used up, beside its meter."""

from credits.panel import words
from credits.panel.standing import Standing


def notes_of(these: list[Standing]) -> dict[str, str]:
    """By limit. No query."""
    return {one.channel.limit: words.near_note(one) for one in these}
