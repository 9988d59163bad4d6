"""Grid files that are refused: each with the file, the line, the key and one sentence."""

import time
from typing import Any

import pytest
import yaml

from plans.grid_files import Grid, read_grid
from plans.grid_syntax import MAX_BYTES, GridError
from plans.registry import Capability, registry


def minimal(**changes: Any) -> dict[str, Any]:
    plan = {
        "name": "Free",
        "default": True,
        "monthly_price": 0,
        "annual_price": 0,
        "capabilities": {},
        "limits": {},
    }
    return {"title": "T", "plans": [plan | changes]}


def read(content: Any, currency: str = "USD") -> Grid:
    source = content if isinstance(content, bytes) else yaml.safe_dump(content).encode()
    return read_grid("mine.yaml", source, currency)


def refusal(content: Any, currency: str = "USD") -> GridError:
    with pytest.raises(GridError) as caught:
        read(content, currency)
    return caught.value


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (minimal(colour="#123456"), "plans[0].colour"),
        (minimal(color="red"), "plans[0].color"),
        (minimal(color=5), "plans[0].color"),
        (minimal(name=None), "plans[0].name"),
        (minimal(name=""), "plans[0].name"),
        (minimal(name="n" * 61), "plans[0].name"),
        (minimal(name="a\nb"), "plans[0].name"),
        (minimal(name="a\x00b"), "plans[0].name"),
        (minimal(bookmark_text="b" * 25), "plans[0].bookmark_text"),
        (minimal(description="d" * 5001), "plans[0].description"),
        (minimal(description="a\x00b"), "plans[0].description"),
        (minimal(description=["a"]), "plans[0].description"),
        (minimal(monthly_price=-1), "plans[0].monthly_price"),
        (minimal(monthly_price=9.999), "plans[0].monthly_price"),
        (minimal(monthly_price=True), "plans[0].monthly_price"),
        (minimal(monthly_price=10**9), "plans[0].monthly_price"),
        (minimal(monthly_price=10**400), "plans[0].monthly_price"),
        (minimal(annual_price="lots"), "plans[0].annual_price"),
        (minimal(annual_price=float("inf")), "plans[0].annual_price"),
        (minimal(annual_price=float("nan")), "plans[0].annual_price"),
        (minimal(annual_discount="17%"), "plans[0].annual_discount"),
        (minimal(annual_discount=1.234), "plans[0].annual_discount"),
        (minimal(annual_discount=10**6), "plans[0].annual_discount"),
        (minimal(order_number=-1), "plans[0].order_number"),
        (minimal(order_number=1.5), "plans[0].order_number"),
        (minimal(order_number=10**12), "plans[0].order_number"),
        (minimal(hidden="no"), "plans[0].hidden"),
        (minimal(default="yes"), "plans[0].default"),
        (minimal(expired=1), "plans[0].expired"),
        (minimal(limits={"staff": -2}), "plans[0].limits.staff"),
        (minimal(limits={"staff": 10**12}), "plans[0].limits.staff"),
        (minimal(limits={"staff": "five"}), "plans[0].limits.staff"),
        (minimal(limits={"staff": True}), "plans[0].limits.staff"),
        (minimal(limits={"stuff": 5}), "plans[0].limits.stuff"),
        (minimal(limits=[1]), "plans[0].limits"),
        (minimal(other_limits=-5), "plans[0].other_limits"),
        (minimal(other_capabilities=1), "plans[0].other_capabilities"),
        (minimal(capabilities={"staff": "on"}), "plans[0].capabilities.staff"),
        (minimal(capabilities={"stuff": True}), "plans[0].capabilities.stuff"),
        (minimal(capabilities=None), "plans[0].capabilities"),
        ({"title": "T", "plans": []}, "plans"),
        ({"title": "T", "plans": ["Free"]}, "plans[0]"),
        ({"title": "T", "plans": minimal()["plans"] * 2}, "plans[1].name"),
        ({"title": "T"}, "plans"),
        ({"plans": minimal()["plans"]}, "title"),
        ({**minimal(), "plan": 1}, "plan"),
        ({**minimal(), "waiting": "coupons"}, "waiting"),
        ({**minimal(), "waiting": ["fine", "Not a key"]}, "waiting[1]"),
        ({**minimal(), "currency": "EUR"}, "currency"),
        ([1, 2], ""),
        (None, ""),
    ],
)
def test_malformed_grid_names_file_and_key(content: Any, key: str) -> None:
    error = refusal(content)
    assert (error.file, error.key) == ("mine.yaml", key)
    assert "mine.yaml" in str(error.message)
    assert f": {key}" in str(error.message)


@pytest.mark.parametrize("mark", ["default", "expired"])
def test_two_plans_with_one_mark_are_refused(mark: str) -> None:
    first, second = (minimal(name=name, default=False)["plans"][0] for name in "AB")
    content = {"title": "T", "plans": [first | {mark: True}, second | {mark: True}]}
    error = refusal(content)
    assert error.key == f"plans[1].{mark}"
    assert str(error.message).endswith("Only one plan can be this.")


HAND_MADE = b"""\
title: Mine
sets:
  base: &base {staff: true}
plans:
  - name: Free
    monthly_price: 0
    annual_price: 0
    capabilities:
      <<: *base
      services: true
    limits:
      staff: 5
      services: 3
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        (b"staff: 5", b"staff: five", 12, "plans[0].limits.staff"),
        (b"services: 3", b"service: 3", 13, "plans[0].limits.service"),
        (b"services: true", b"services: 1", 10, "plans[0].capabilities.services"),
        (b"{staff: true}", b"{stuff: true}", 3, "plans[0].capabilities.stuff"),
        (b"annual_price: 0", b"anual_price: 0", 7, "plans[0].anual_price"),
        (b"    annual_price: 0\n", b"", 5, "plans[0].annual_price"),
        (b"services: 3", b"staff: 3", 13, "plans[0].limits.staff"),
        (b"services: true", b"on: true", 10, "plans[0].capabilities"),
        (b"services: true", b"? [a]\n      : true", 10, "plans[0].capabilities"),
        (b"staff: 5", b"staff: [5", 13, ""),
        (b"title: Mine", b"title: Mine\n\tplans: 1", 2, ""),
        (b"*base", b"*bass", 9, ""),
        (b"staff: 5", b"staff: !!python/object:os.system 5", 12, ""),
    ],
)
def test_refusal_names_the_line(old: bytes, new: bytes, line: int, key: str) -> None:
    assert read(HAND_MADE).plans[0].data["limits"] == {"staff": 5, "services": 3}
    error = refusal(HAND_MADE.replace(old, new, 1))
    assert (error.line, error.key) == (line, key)
    assert str(error.message).startswith(f"mine.yaml, line {line}: {key}")


@pytest.mark.parametrize(
    "source",
    [b"a: [", b"\xff\xfe\x00", b"a: !!python/object:os.system {}", b"", b"\x00", b"--- 1\n--- 2",
     b"a: 2026-99-99", b"a: " + b"9" * 5000, b"[" * 100_000, b"a: &a [*a]", b'a: "\\ud800"'],
)  # fmt: skip
def test_file_that_is_no_grid_names_the_file(source: bytes) -> None:
    assert "mine.yaml" in str(refusal(source).message)


def bomb(line: str, width: int) -> bytes:
    rows = ["a0: &a0 {k: x}"]
    rows += [f"a{n}: &a{n} " + line.format(", ".join([f"*a{n - 1}"] * width)) for n in range(1, 12)]
    return "\n".join(rows).encode()


@pytest.mark.parametrize("source", [bomb("[{}]", 10), bomb("{{<<: [{}]}}", 10)])
def test_aliases_of_aliases_are_refused_before_they_unfold(source: bytes) -> None:
    start = time.monotonic()
    assert "stands for too many values" in str(refusal(source).message)
    assert time.monotonic() - start < 20, "unfolded, it would take years"


def test_too_large_a_file_is_refused_unread() -> None:
    assert "at most 256 KB" in str(refusal(b"#" * (MAX_BYTES + 1)).message)


def test_unknown_key_is_let_in_where_the_file_says_that_it_waits() -> None:
    content = minimal(capabilities={"staff": True, "teleport": True}, limits={"pigeons": 5})
    assert refusal(content).key == "plans[0].capabilities.teleport"
    grid = read({**content, "waiting": ["teleport", "pigeons"]})
    assert grid.plans[0].data["capabilities"] == {"staff": True, "teleport": True}
    with registry.temporarily(Capability("teleport", "Teleport")):
        assert refusal(content).key == "plans[0].limits.pigeons"


@pytest.mark.parametrize(
    ("currency", "price", "minor"),
    [("USD", 29, 2900), ("USD", 29.99, 2999), ("JPY", 2900, 2900), ("KWD", 1.234, 1234), ("USD", 0.1, 10)],
)  # fmt: skip
def test_prices_are_whole_units_to_the_last_minor_one(
    currency: str, price: float, minor: int
) -> None:
    assert read(minimal(monthly_price=price), currency).plans[0].data["monthly_price"] == minor
