"""Some lines of a file together: what becomes of each, and, when it is meant, that it does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from booking.imports import matching
from booking.imports.lines import Line, read_line
from booking.imports.reading import Row
from booking.models import Customer, ImportRefusal, ImportRun
from booking.services.customers import changed_consent

WRITTEN = (
    "name", "email", "phone", "notes", "language", "wants_news", "consent_at", "consent_words",
)  # fmt: skip


@dataclass
class Chunk:
    """`room` is how many more customers fit in the plan, None without end; `seen` the line of each person so far."""

    columns: Sequence[str]
    seen: dict[int, int]
    room: int | None
    full: str
    may_edit: bool
    now: datetime
    new: list[Customer] = field(default_factory=list)
    changed: dict[int, Customer] = field(default_factory=dict)
    changed_lines: int = 0
    same: int = 0
    over_limit: int = 0
    refused: list[ImportRefusal] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)
    """Each line as it would be, for the preview."""

    def take(self, run: ImportRun, rows: Iterable[Row]) -> None:
        """Decide on every line, in the order of the file. One query."""
        lines = [(row, line) for row in rows if (line := self._read(run, row))]
        known = matching.known([line for _row, line in lines])
        for row, line in lines:
            meant = known.meant(line)
            if meant is None:
                self._add(run, row, line)
            else:
                self._change(run, row, line, meant)
        self.told.sort(key=lambda one: one["line"])

    def write(self) -> None:
        """New customers are there, and changed ones changed. Two statements."""
        Customer.objects.bulk_create(self.new)
        Customer.objects.bulk_update(self.changed.values(), WRITTEN)

    def _read(self, run: ImportRun, row: Row) -> Line | None:
        try:
            line = read_line(row.number, row.cells, self.columns)
        except ValidationError as error:
            self._refuse(run, row, error.messages[0])
            return None
        first = self.seen.setdefault(hash(line.key), row.number)
        if first != row.number:
            self._refuse(run, row, _("The same person as in line %(line)s.") % {"line": first})
            return None
        return line

    def _add(self, run: ImportRun, row: Row, line: Line) -> None:
        if self.room is not None and len(self.new) >= self.room:
            self.over_limit += 1
            self._refuse(run, row, self.full)
            return
        new = Customer(**line.fields, created_at=self.now)
        new.consent_at = self.now if new.wants_news else None
        self.new.append(new)
        self._tell(line, "new", line.fields)

    def _change(self, run: ImportRun, row: Row, line: Line, meant: Customer) -> None:
        found = matching.changes(meant, line)
        if not found:
            self.same += 1
            self._tell(line, "same", line.fields)
        elif not self.may_edit:
            self._refuse(run, row, _("Your plan does not let you change customers."))
        else:
            for name, value in changed_consent(meant, found, self.now).items():
                setattr(meant, name, value)
            self.changed[meant.pk] = meant
            self.changed_lines += 1
            self._tell(line, "changed", line.fields | {"changes": sorted(found)})

    def _refuse(self, run: ImportRun, row: Row, reason: str) -> None:
        self.refused.append(
            ImportRefusal(run=run, line=row.number, reason=reason[:300], cells=row.cells)
        )
        said = dict(zip(self.columns, row.cells, strict=False))
        name = said.get("name") or " ".join(
            filter(None, (said.get("first_name"), said.get("last_name")))
        )
        kept = {"name": name, "email": said.get("email", ""), "phone": said.get("phone", "")}
        self.told.append({"line": row.number, "what": "refused", "reason": reason, **kept})

    def _tell(self, line: Line, what: str, fields: dict[str, Any]) -> None:
        self.told.append({"line": line.number, "what": what, **fields})
