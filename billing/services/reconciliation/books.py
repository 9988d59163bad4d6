"""Whether our own books agree with themselves: one statement for each question, over all tenants at once.

Each statement sees one instant of the database, so what is being paid at that moment is either all there or not at all.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection

from billing.services.reconciliation.book_questions import QUESTIONS, Question, Row
from billing.services.reconciliation.findings import Finding

MOST = 50
"""How many findings of one kind are listed; how many more there are is said."""
PATIENCE = timedelta(hours=1)
"""How long what is done in the background may take before it is a finding."""
OFTEN = 5
"""After how many vain tries a gateway counts as not told, however soon the next one is."""


def compare(now: datetime) -> list[Finding]:
    """Everything in our own tables that does not add up."""
    values = {"before": now - PATIENCE, "now": now, "most": MOST, "often": OFTEN}
    return [found for question in QUESTIONS for found in _ask(question, values)]


def _ask(question: Question, values: Row) -> Iterator[Finding]:
    counted = (
        f"SELECT found.*, count(*) OVER () AS every FROM ({question.sql}) found LIMIT %(most)s"  # noqa: S608 - ours
    )
    with connection.cursor() as cursor:
        cursor.execute(counted, values)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        yield Finding(
            question.kind,
            question.say(row),
            tenant_id=row.get("tenant_id"),
            payment_id=row.get("payment_id"),
            subscription_id=row.get("subscription_id"),
        )
    if rows and rows[0]["every"] > len(rows):
        yield Finding(question.kind, f"And {rows[0]['every'] - len(rows):,} more like these.")
