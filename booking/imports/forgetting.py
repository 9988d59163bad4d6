"""Somebody who is erased, in files that were uploaded: their lines must not bring them back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from booking.imports import reading
from booking.models import ImportRefusal, ImportRun, ImportState
from booking.models.search import fold, phone_key

AT_ONCE = 1000


@dataclass(frozen=True)
class Traces:
    """By what somebody is known in cells that people wrote: every way to write a name or a number alike."""

    names: frozenset[str]
    emails: frozenset[str]
    phones: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str], emails: Iterable[str], phones: Iterable[str]) -> "Traces":
        return cls(
            frozenset(filter(None, map(fold, names))),
            frozenset(one.strip().lower() for one in emails if one.strip()),
            frozenset(filter(None, map(phone_key, phones))),
        )

    def are_in(self, cells: Iterable[str]) -> bool:
        """Whether these cells of one line are about them. First and last name may stand apart."""
        texts = [fold(cell) for cell in cells]
        whole = f" {' '.join(texts)} "
        if any(f" {name} " in whole for name in self.names):
            return True
        if any(email in whole for email in self.emails):
            return True
        return any(phone_key(text) in self.phones for text in texts if text)


def forget_in_imports(traces: Traces, now: datetime) -> None:
    """No uploaded file and no refused line names them any more. Under the tenant's lock, in its schema.

    A file that does is gone, for it could still bring them back: its import stops where it is and says why.
    """
    refused = ImportRefusal.objects.values_list("pk", "cells").iterator(AT_ONCE)
    gone = [pk for pk, cells in refused if traces.are_in(map(str, cells))]
    for start in range(0, len(gone), AT_ONCE):
        ImportRefusal.objects.filter(pk__in=gone[start : start + AT_ONCE]).delete()
    for run in ImportRun.objects.exclude(content=b"").iterator(1):
        if _names(run, traces):
            _drop(run, now)
    for run in ImportRun.objects.only("file_name").iterator():
        if traces.are_in([run.file_name.replace(".", " ").replace("_", " "), run.file_name]):
            ImportRun.objects.filter(pk=run.pk).update(file_name=UNNAMED)


UNNAMED = "customers.csv"


def _names(run: ImportRun, traces: Traces) -> bool:
    """Also where the file cannot be read to its end: then nobody can say that it does not."""
    try:
        lines = reading.rows(bytes(run.content), run.encoding, run.delimiter)
        return any(traces.are_in(line.cells) for line in lines)
    except reading.UnreadableFile:
        return True


def _drop(run: ImportRun, now: datetime) -> None:
    why = _("Somebody in this file was erased at their own request. Upload it again without them.")
    run.refusals.all().delete()
    ImportRun.objects.filter(pk=run.pk).update(
        content=b"",
        sample=[],
        state=ImportState.FAILED,
        problem=why,
        worked_at=now,
        finished_at=now,
    )
