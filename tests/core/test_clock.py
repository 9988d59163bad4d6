"""The time of the demo: moved forward for all processes at once, and never in production."""

import os
import re
import subprocess
import sys
import timeit
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from saas.core import clock
from saas.core.moved_clock import MOST
from tests.core.test_production_settings import COMPLETE

ROOT = Path(__file__).resolve().parents[2]
DAY = timedelta(days=1)
SOON = timedelta(seconds=2)
PROMPT = """
import sys
from datetime import UTC, datetime, timedelta
from saas.core import clock

def move(seconds):
    clock.move_to(clock.now() + timedelta(seconds=seconds))

def reach_all(start, minutes):
    seen = timedelta(0)
    for minute in minutes:
        try:
            clock.move_to(datetime.fromtimestamp(start, UTC) + timedelta(minutes=minute))
        except clock.CannotMove:
            pass
        assert clock.offset() >= seen, f"back from {seen} to {clock.offset()}"
        seen = clock.offset()

for line in sys.stdin:
    print(eval(line), flush=True)
"""


@pytest.fixture(autouse=True)
def file(settings: Settings, tmp_path: Path) -> Path:
    """The file of this test's own clock."""
    settings.VAR_DIR = tmp_path
    return tmp_path / "clock"


@contextmanager
def other_process(folder: Path) -> Iterator[Callable[[str], str]]:
    """`ask(expression)`: what another process of the same demo answers."""
    with subprocess.Popen(
        [sys.executable, "-c", PROMPT],
        cwd=ROOT,
        env={**os.environ, "TENANTRY_VAR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout

        def ask(expression: str) -> str:
            process.stdin.write(expression + "\n")
            process.stdin.flush()
            return process.stdout.readline().strip()

        yield ask
        process.stdin.close()


def test_without_the_file_the_time_is_the_machines() -> None:
    assert clock.offset() == timedelta(0)
    assert abs(clock.now() - timezone.now()) < SOON


@pytest.mark.parametrize("ahead", [timedelta(milliseconds=1), 35 * DAY, 400 * DAY, MOST - DAY])
def test_the_time_is_what_was_asked_for_or_a_second_later(ahead: timedelta, file: Path) -> None:
    instant = clock.now() + ahead
    clock.move_to(instant)
    assert instant <= clock.now() < instant + SOON
    assert clock.now() - clock.true_now() - clock.offset() < timedelta(seconds=1)
    assert abs(clock.true_now() - timezone.now()) < SOON
    assert int(file.read_text()) == clock.offset().total_seconds()


def test_the_time_goes_on_from_where_it_was_moved_to() -> None:
    clock.move_to(clock.now() + 35 * DAY)
    clock.move_to(clock.now() + DAY)
    assert 36 * DAY <= clock.offset() <= 36 * DAY + SOON
    clock.reset()
    assert clock.offset() == timedelta(0)
    clock.reset()


@pytest.mark.parametrize("by", [-DAY, -timedelta(milliseconds=1), -500 * DAY, MOST])
def test_the_time_moves_only_forward_and_not_for_ever(by: timedelta, file: Path) -> None:
    clock.move_to(clock.now() + 35 * DAY)
    before = file.read_text()
    with pytest.raises(clock.CannotMove):
        clock.move_to(clock.now() + by)
    assert file.read_text() == before


def test_the_folder_is_made_and_nothing_else_left_in_it(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "new" / "var"
    clock.move_to(clock.now() + DAY)
    assert clock.offset() >= DAY
    assert [path.name for path in settings.VAR_DIR.iterdir()] == ["clock"]


def test_seconds_may_be_written_by_hand(file: Path) -> None:
    file.write_text(" 90.5\n")
    assert clock.offset() == timedelta(seconds=90.5)


@pytest.mark.parametrize(
    "content", [b"", b"soon", b"-5", b"nan", b"inf", b"1e300", b"9" * 500, b"\xff\xfe", None]
)
def test_broken_file_counts_as_none_and_is_logged_once(
    content: bytes | None, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def spoil() -> None:
        file.mkdir() if content is None else file.write_bytes(content)

    spoil()
    assert [clock.offset() for _time in range(3)] == [timedelta(0)] * 3
    assert abs(clock.now() - timezone.now()) < SOON
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert str(file) in caplog.text

    file.rmdir() if content is None else file.unlink()
    file.write_text("60")
    assert clock.offset() == timedelta(minutes=1)
    file.unlink()
    spoil()
    assert clock.offset() == timedelta(0)
    assert len(caplog.records) == 2


def test_folder_that_is_none_is_said_once(
    settings: Settings, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file.write_text("60")
    settings.VAR_DIR = file
    assert [clock.offset() for _time in range(3)] == [timedelta(0)] * 3
    assert len(caplog.records) == 1


def test_file_that_only_looks_the_same_is_read_again(file: Path) -> None:
    file.write_text("100")
    assert clock.offset() == timedelta(seconds=100)
    at = file.stat().st_mtime_ns
    for seconds in (200, 300):
        other = file.with_name("other")
        other.write_text(str(seconds))
        os.utime(other, ns=(at, at))
        other.replace(file)
        assert clock.offset() == timedelta(seconds=seconds)


def test_two_processes_have_one_time(file: Path) -> None:
    seconds = "int(clock.offset().total_seconds())"
    with other_process(file.parent) as ask:
        assert ask(seconds) == "0"
        clock.move_to(clock.now() + DAY)
        assert int(ask(seconds)) == clock.offset().total_seconds()
        assert ask("move(3600)") == "None"
        assert int(ask(seconds)) == clock.offset().total_seconds() >= 25 * 3600
        clock.reset()
        assert ask(seconds) == "0"


@pytest.mark.race
def test_processes_that_move_it_at_once_never_move_it_back(file: Path) -> None:
    """Each wants the same minutes in an order of its own; what one of them sees never goes back."""
    count, minutes = 4, 400
    start = clock.true_now()
    orders = [[(n * 37 + k * 11) % minutes for n in range(minutes)] for k in range(count)]
    with ExitStack() as stack:
        asks = [stack.enter_context(other_process(file.parent)) for _number in range(count)]
        assert {ask("clock.offset()") for ask in asks} == {"0:00:00"}
        with ThreadPoolExecutor(count) as pool:
            told = [f"reach_all({start.timestamp()!r}, {order})" for order in orders]
            answers = list(pool.map(lambda ask, line: ask(line), asks, told))
    assert answers == ["None"] * count
    last = start + timedelta(minutes=minutes - 1)
    assert last <= clock.now() < last + timedelta(minutes=1)


def test_production_keeps_the_machines_time_whatever_lies_there(file: Path) -> None:
    file.write_text("3024000")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TENANTRY_", "PORT"))}
    environment = {**kept, **COMPLETE, "TENANTRY_VAR": str(file.parent)}
    code = """
from datetime import UTC, datetime, timedelta
from django.core.exceptions import ImproperlyConfigured
from saas.core import clock
print(clock.offset(), abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=2))
for change in (lambda: clock.move_to(clock.now() + timedelta(days=1)), clock.reset):
    try:
        change()
    except ImproperlyConfigured as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    refusal = "Only the time of the demo and of tests can be moved."
    assert done.stdout.splitlines() == ["0:00:00 True", refusal, refusal], done.stderr
    assert file.read_text() == "3024000"


def test_asking_for_the_time_costs_little_more_than_a_look_at_the_file(file: Path) -> None:
    """Measured: 4 to 5 µs on a machine where the bare `stat` takes 2.2; reading the file would take over 40."""
    clock.move_to(clock.now() + DAY)
    name = str(file)

    def look() -> None:
        os.stat(name)  # noqa: PTH116 - as the clock does
        timezone.now()

    def best(act: Callable[[], object]) -> float:
        return min(timeit.repeat(act, number=500, repeat=20))

    assert best(clock.now) < 3 * best(look)


READS_THE_TIME = re.compile(
    r"timezone\.now|timezone import [^\n]*\bnow\b|\btime\.time\(|from time import|time_ns\(|monotonic|perf_counter"
    r"|datetime\.now|utcnow|fromtimestamp\(time|\.today\(|localdate|auto_now|\bNow\(|CURRENT_TIMESTAMP"
    r"|\{% *now|\|timesince|\|timeuntil|naturaltime|naturalday"
)
WHO_MAY = {
    "saas/core/clock.py": "it is the clock",
    "saas/core/models.py": "the audit log's stamp is evidence: the database's own time",
    "saas/core/throttling.py": "how long to wait, in the life of whoever waits",
    "saas/bootstrap.py": "how long the installation took",
    "saas/embedded/child.py": "how long it has lived",
    "saas/embedded/postgres.py": "patience while it stops",
    "saas/embedded/product.py": "how long the start took",
    "saas/embedded/supervisor.py": "patience with what starts and stops",
    "tenants/demo_mail.py": "files in the order of their arrival",
    "templates/tenants/demo_mailbox.html": "mails carry the machine's time",
    "tenants/models/users.py": "when a login was made is evidence, like its last use, which Django stamps",
    "tenants/models/businesses.py": "defaults of old migrations; every door gives the time",
    "booking/models/base.py": "a default of an old migration; the door gives the time",
    "booking/models/appointments.py": "a default of an old migration; the door gives the time",
    "booking/models/people.py": "a default of an old migration; the door gives the time",
    "plans/models.py": "tells an editor that somebody else has saved; nobody is shown it as a date",
    "billing/gateways/paypal/certificates.py": "how long ago an address was asked for in vain",
    "billing/gateways/paypal/client.py": "how long a token is good for",
    "billing/services/inbox/hearing.py": "how long secrets have been at hand",
    "billing/services/reconciliation/reconciling.py": "how long it took",
    "billing/services/reconciliation/comparing.py": "patience with gateways",
    "billing/tasks/gateways.py": "how long a task may take",
    "billing/tasks/inbox.py": "how long a task may take",
    "saas/core/outgoing.py": "patience with whoever is called",
    "workflows/services/handing_over.py": "how long a shift has taken",
    "workflows/tasks.py": "how long a task may take",
    "templates/workflows/demo_phone.html": "how long ago, on a page of the demo",
    "templates/ui/auth_base.html": "the year of the copyright",
    "templates/public_base.html": "the year of the copyright",
    "templates/tenants/account_base.html": "the year of the copyright",
}
"""Whoever reads the time past the clock, and why that is right."""


def test_nothing_else_reads_the_time() -> None:
    layers = ("saas", "plans", "tenants", "billing", "credits", "workflows", "booking")
    files = [path for layer in layers for path in (ROOT / layer).rglob("*.py")]
    files += (ROOT / "templates").rglob("*.html")
    found = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if "migrations" not in path.parts and READS_THE_TIME.search(path.read_text())
    }
    assert found - set(WHO_MAY) == set(), "Ask saas.core.clock, or say in WHO_MAY why not."
    assert set(WHO_MAY) - found == set()
