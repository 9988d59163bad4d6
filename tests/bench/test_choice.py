"""Which benchmarks `python -m bench NAME …` runs, and that one that fails does not stop the others."""

import sys
from types import ModuleType

import pytest

from bench.__main__ import MODULES, choose, measure
from bench.rows import figure


def test_no_name_means_all() -> None:
    assert choose([]) == list(MODULES)


def test_module_and_row_names_mean_their_module_once_and_in_order() -> None:
    assert choose(["idle_memory", "page_panel_p99", "pages"]) == ["pages", "memory"]


def test_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(LookupError, match=r"No benchmark is called speed.*idle_memory"):
        choose(["speed"])


def test_failing_benchmark_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = figure("fine", "ms", 1)
    good, bad = ModuleType("bench.good"), ModuleType("bench.bad")
    good.run = lambda: [row]  # type: ignore[attr-defined]
    bad.run = lambda: 1 / 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "bench.good", good)
    monkeypatch.setitem(sys.modules, "bench.bad", bad)

    assert measure(["bad", "good"]) == ([row], ["bad"])
    assert "ZeroDivisionError" in capsys.readouterr().err
