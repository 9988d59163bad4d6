"""Where a page of a long list goes on: after the row of an instant and an id, however many came before it."""

from datetime import datetime


def mark(at: datetime, pk: int) -> str:
    """As it stands in an address: “<instant>~<id>”."""
    return f"{at.isoformat()}~{pk}"


def read_mark(text: str) -> tuple[datetime, int] | None:
    """“<instant>~<id>”; whatever else is asked is the first page."""
    instant, _tilde, pk = text.partition("~")
    try:
        at = datetime.fromisoformat(instant)
    except ValueError:
        return None
    if at.tzinfo is None or not pk.isdecimal() or len(pk) > 18:
        return None
    return at, int(pk)
