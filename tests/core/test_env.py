from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from saas import env


def test_text_reads_a_file_when_its_name_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    monkeypatch.setenv("THING_FILE", str(secret))
    assert env.text("THING") == "from a file"


def test_text_without_value_and_default_says_what_to_set() -> None:
    with pytest.raises(ImproperlyConfigured, match="Set the environment variable THING"):
        env.text("THING")


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("on", True), ("0", False), ("", False), ("No", False)]
)
def test_flag_reads_the_usual_words(
    value: str, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THING", value)
    assert env.flag("THING") is expected


def test_nonsense_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="must be 1 or 0"):
        env.flag("THING")
    with pytest.raises(ImproperlyConfigured, match="must be a whole number"):
        env.number("THING", 1)
    with pytest.raises(ImproperlyConfigured, match="must be one of a, b"):
        env.choice("THING", ("a", "b"), "a")
