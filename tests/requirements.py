"""Which requirement rows are proved by passing tests: `@pytest.mark.req(12, 13)`.

At the end of a whole run the rows that nothing proves are listed.
"""

from collections.abc import Iterator

import pytest

ROWS = frozenset(range(1, 124))
_proved: set[int] = set()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    report = yield
    report.rows = sorted({row for marker in item.iter_markers("req") for row in marker.args})
    report.user_properties.append(("rows", report.rows))
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for marker in item.iter_markers("req"):
            if not marker.args or not set(marker.args) <= ROWS:
                raise pytest.UsageError(
                    f"{item.nodeid}: req{marker.args} names no requirement row."
                )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Runs in the process that reports, so it sees the tests of all workers."""
    if report.when == "call" and report.passed:
        _proved.update(
            row for name, rows in report.user_properties if name == "rows" for row in rows
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _proved:
        return
    missing = sorted(ROWS - _proved)
    terminalreporter.section("requirement rows")
    terminalreporter.write_line(f"{len(_proved)} of {len(ROWS)} rows are proved by passing tests.")
    if missing:
        terminalreporter.write_line("No test proves: " + ranges(missing))


def ranges(numbers: list[int]) -> str:
    """[1, 2, 3, 7] as “1–3, 7”."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
