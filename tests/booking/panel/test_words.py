"""The page's words: the same keys in every language, and nothing that a text could reach beyond its places."""

from pathlib import Path

import pytest

from booking.labels import DEFAULTS, FIXED, LANGUAGES, LONGEST_TEXT, PLACE, Words, editable, fill


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    ours, english = DEFAULTS[language], DEFAULTS["en"]
    assert list(ours) == list(english)
    for key, text in ours.items():
        assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(english[key])), key
        assert 0 < len(text) <= LONGEST_TEXT


def test_every_key_can_be_worded_under_one_heading() -> None:
    keys = [key for _label, group in editable() for key in group]
    assert sorted(keys) == sorted(set(DEFAULTS["en"]) - FIXED)


def test_own_words_win_and_what_they_do_not_say_is_ours() -> None:
    words = Words("pt", {"details.name": "O seu nome"})
    assert words["details.name"] == "O seu nome"
    assert words["details.email"] == "E-mail"
    with pytest.raises(KeyError):
        words["no.such"]


def test_filling_replaces_whole_names_alone() -> None:
    text = "{time} {time.__class__} {nobody} {0} {{time}}"
    assert fill(text, {"time": "10:30"}) == "10:30 {time.__class__} {nobody} {0} {10:30}"


def test_every_word_is_said_somewhere() -> None:
    """What nobody reads nobody needs to word."""
    folders = (Path("booking"), Path("templates/booking"))
    sources = [
        path.read_text()
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in {".py", ".html"} and path.parent.name != "words"
    ]
    whole = "".join(sources)
    parts = {f"time.{part}" for part in ("morning", "afternoon", "evening")}
    assert [key for key in DEFAULTS["en"] if f'"{key}"' not in whole and key not in parts] == []
