"""An import from the upload to the report: read without a trace, then applied a few hundred lines at a time.

Each few hundred are one transaction under the tenant's lock: the plan's limit holds exactly, and a worker that dies
leaves nothing half done. Whoever goes on finds in `lines_done` where. Nothing is emitted for imported customers:
nobody wants a thousand welcomes sent at once.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from booking.customer_list import usage
from booking.imports import columns as column_words
from booking.imports import reading
from booking.imports.chunks import Chunk
from booking.imports.lines import read_line
from booking.models import ImportRefusal, ImportRun, ImportState
from booking.selectors import find_row
from booking.services.resources import allowed
from plans.entitlements import Entitlements, LimitReached, UsageLine
from saas.core.errors import Conflict, DomainError
from tenants.models import Tenant
from tenants.scope import tenant_scope

KEEP_IMPORTS = timedelta(days=30)
AT_ONCE = 500
AT_ONCE_SHOWN = 20
SMALL = 1000
"""Up to so many lines are worked on while one waits; more by a worker."""
TURNS = 60
"""So often one task takes AT_ONCE lines: a fraction of the time that it may take, on a slow machine too."""
COUNTS = ("new", "changed", "same", "refused", "over_limit")


def begin(
    tenant: Tenant, *, name: str, content: bytes, by_id: int | None, now: datetime
) -> ImportRun:
    """The file is here, with a guess how it is written and what its columns are. Old imports are gone.

    Raises CapabilityMissing; UnreadableFile with one sentence.
    """
    encoding = reading.guess_encoding(content)
    run = ImportRun(
        file_name=name[-120:],
        content=content,
        encoding=encoding,
        delimiter=reading.guess_delimiter(content, encoding),
        by_id=by_id,
        created_at=now,
    )
    first = list(islice(_all_rows(run), 1))
    if not first:
        raise reading.UnreadableFile(_("There is nothing in this file."))
    run.columns = column_words.guess(first[0].cells)
    run.has_head = any(run.columns) or not any("@" in cell for cell in first[0].cells)
    run.lines = _count(run)
    with allowed(tenant, "customers.add"):
        ImportRun.objects.filter(created_at__lt=now - KEEP_IMPORTS).delete()
        run.save(force_insert=True)
    return run


def choose(
    tenant: Tenant,
    pk: int,
    *,
    encoding: str,
    delimiter: str,
    has_head: bool,
    columns: Sequence[str],
    now: datetime,
) -> ImportRun:
    """It is read anew like that: the state is “being read”, and somebody has to `work_on` it.

    Raises CapabilityMissing, NotHere, UnreadableFile; Conflict once it is being imported.
    """
    with allowed(tenant, "customers.add"):
        run = find_row(ImportRun, pk)
        if run.state not in (ImportState.MAPPING, ImportState.CHECKED, ImportState.CHECKING):
            raise Conflict(_("This import has begun already. Start another one."))
        run.encoding, run.delimiter, run.has_head = encoding, delimiter, has_head
        run.columns = list(columns)
        run.lines = _count(run)
        _start(run, ImportState.CHECKING, now)
    return run


def apply(tenant: Tenant, pk: int, *, now: datetime) -> ImportRun:
    """What was shown is meant: the state is “being imported”, and somebody has to `work_on` it.

    Pressed again it goes on. Raises CapabilityMissing, NotHere; Conflict for what was not read yet, or is over.
    """
    with allowed(tenant, "customers.add"):
        run = ImportRun.objects.defer("content").filter(pk=pk).first() or find_row(ImportRun, pk)
        if run.is_busy:
            return run
        if run.state != ImportState.CHECKED:
            raise Conflict(_("This import is over, or its columns are not chosen yet."))
        _start(run, ImportState.APPLYING, now)
    return run


def forget(tenant: Tenant, pk: int) -> None:
    """File, preview and refused lines are gone; what was imported stays. Raises CapabilityMissing, NotHere."""
    with allowed(tenant, "customers.add"):
        find_row(ImportRun, pk).delete()


def work_on(tenant: Tenant, pk: int, now: datetime, *, turns: int = TURNS) -> bool:
    """Read or import until it is done, AT_ONCE lines in each of at most `turns`; whether anything is left to do.

    Nothing happens where it is done already, or another worker is further.
    """
    with tenant_scope(tenant):
        run = ImportRun.objects.filter(pk=pk).first()
        if run is None or not run.is_busy:
            return False
        try:
            return _go_on(tenant, run, now, turns)
        except DomainError as error:
            _end(run, ImportState.FAILED, now, problem=str(error.message)[:300])
            return False


def _go_on(tenant: Tenant, run: ImportRun, now: datetime, turns: int) -> bool:
    """From where the last worker came to; what lies before is only looked through, for who was there."""
    seen: dict[int, int] = {}
    done, lines = 0, lines_of(run)
    while rows := list(islice(lines, AT_ONCE)):
        if done < run.lines_done:
            _look_through(run, rows, seen)
            done += len(rows)
            continue
        if turns == 0:
            return True
        turns -= 1
        if not _take(tenant, run, rows, seen, done, now):
            return False
        done += len(rows)
    over = ImportState.CHECKED if run.state == ImportState.CHECKING else ImportState.DONE
    _end(run, over, now)
    return False


def _take(
    tenant: Tenant,
    run: ImportRun,
    rows: Sequence[reading.Row],
    seen: dict[int, int],
    done: int,
    now: datetime,
) -> bool:
    """These lines are done, with whatever becomes of them; False where another worker was faster."""
    applies = run.state == ImportState.APPLYING
    with _turn(tenant, locked=applies) as entitlements:
        mine = (
            ImportRun.objects.defer("content")
            .select_for_update()
            .filter(pk=run.pk, lines_done=done, **_as_begun(run))
        )
        fresh = mine.first()
        if fresh is None:
            return False
        line = usage(tenant, entitlements)
        chunk = Chunk(
            columns=run.columns,
            seen=seen,
            room=_room(line, 0 if applies else fresh.new),
            full=str(LimitReached(line.limit, line.ceiling, line.ceiling).message),
            may_edit=entitlements.can("customers.edit"),
            now=now,
        )
        chunk.take(fresh, rows)
        if applies:
            chunk.write()
        ImportRefusal.objects.bulk_create(chunk.refused)
        _note(fresh, chunk, done + len(rows), now)
    return True


@contextmanager
def _turn(tenant: Tenant, *, locked: bool) -> Iterator[Entitlements]:
    """One transaction: under the tenant's lock to write, without it to look."""
    if locked:
        with allowed(tenant, "customers.add") as entitlements:
            yield entitlements
    else:
        with transaction.atomic():
            tenant.entitlements.require("customers.add")
            yield tenant.entitlements


def _as_begun(run: ImportRun) -> dict[str, object]:
    """What must not have changed under a worker's hands: another one reads it otherwise by now."""
    names = ("state", "encoding", "delimiter", "has_head", "columns")
    return {name: getattr(run, name) for name in names}


def _room(line: UsageLine, counted: int) -> int | None:
    """How many more fit, `counted` of them being spoken for; None without end."""
    return None if line.unlimited else max(line.ceiling - line.used - counted, 0)


def _look_through(run: ImportRun, rows: Sequence[reading.Row], seen: dict[int, int]) -> None:
    for row in rows:
        try:
            line = read_line(row.number, row.cells, run.columns)
        except ValidationError:
            continue
        seen.setdefault(hash(line.key), row.number)


def _note(run: ImportRun, chunk: Chunk, done: int, now: datetime) -> None:
    run.lines_done, run.worked_at = done, now
    run.new += len(chunk.new)
    run.changed += chunk.changed_lines
    run.same += chunk.same
    run.refused += len(chunk.refused)
    run.over_limit += chunk.over_limit
    run.sample = [*run.sample, *chunk.told][:AT_ONCE_SHOWN]
    run.save(update_fields=["lines_done", "worked_at", "sample", *COUNTS])


def _start(run: ImportRun, state: ImportState, now: datetime) -> None:
    run.refusals.all().delete()
    run.state, run.lines_done, run.sample, run.problem, run.worked_at = state, 0, [], "", now
    for name in COUNTS:
        setattr(run, name, 0)
    fields = [
        "encoding", "delimiter", "has_head", "columns", "lines", "state", "lines_done", "sample",
        "problem", "worked_at", *COUNTS,
    ]  # fmt: skip
    run.save(update_fields=fields)


def _end(run: ImportRun, state: ImportState, now: datetime, *, problem: str = "") -> None:
    """Forward only, and by whoever had it; a file that is not needed any more is gone."""
    fields: dict[str, object] = {"state": state, "problem": problem, "worked_at": now}
    if state in (ImportState.DONE, ImportState.FAILED):
        fields |= {"content": b"", "finished_at": now, "sample": []}
    ImportRun.objects.filter(pk=run.pk, state=run.state).update(**fields)


def lines_of(run: ImportRun) -> Iterator[reading.Row]:
    """The lines that are customers. Raises UnreadableFile."""
    return islice(_all_rows(run), 1 if run.has_head else 0, None)


def _all_rows(run: ImportRun) -> Iterator[reading.Row]:
    return reading.rows(bytes(run.content), run.encoding, run.delimiter)


def _count(run: ImportRun) -> int:
    count = sum(1 for _row in islice(lines_of(run), reading.MOST_LINES + 1))
    if count > reading.MOST_LINES:
        text = _("The file has more than %(most)s lines. Import it in parts.")
        raise reading.UnreadableFile(text % {"most": f"{reading.MOST_LINES:,}"})
    return count
