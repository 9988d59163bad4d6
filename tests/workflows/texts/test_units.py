"""What an SMS costs, beside a slow and obviously right count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.channels.units import BASIC, EXTENDED, GSM, UCS, count

GSM_TEXT = st.text(alphabet="".join(sorted(BASIC | EXTENDED)), max_size=700)
ANY_TEXT = st.text(alphabet=st.sampled_from("aZ€é[|Жñ😀\n日"), max_size=400)


def slow(text: str) -> tuple[str, int]:
    """(encoding, parts), by laying one piece after the other."""
    encoding = GSM if all(one in BASIC or one in EXTENDED for one in text) else UCS
    pieces = [
        [one] if encoding == GSM and one not in EXTENDED else
        ["\x1b", one] if encoding == GSM else
        list(one.encode("utf-16-le")[::2])
        for one in text
    ]  # fmt: skip
    alone, joined = (160, 153) if encoding == GSM else (70, 67)
    if sum(map(len, pieces)) <= alone:
        return encoding, 1
    parts: list[int] = [0]
    for piece in pieces:
        if parts[-1] + len(piece) > joined:
            parts.append(0)
        parts[-1] += len(piece)
    return encoding, len(parts)


@given(GSM_TEXT | ANY_TEXT)
def test_units_are_those_of_the_slow_count(text: str) -> None:
    found = count(text)
    assert (found.encoding, found.units) == slow(text)


@pytest.mark.parametrize(
    ("text", "units", "encoding"),
    [
        ("", 1, GSM),
        ("a" * 160, 1, GSM),
        ("a" * 161, 2, GSM),
        ("a" * 306, 2, GSM),
        ("a" * 307, 3, GSM),
        ("€" * 80, 1, GSM),
        ("€" * 81, 2, GSM),
        ("a" * 152 + "€" + "a" * 152, 3, GSM),
        ("ж" * 70, 1, UCS),
        ("ж" * 71, 2, UCS),
        ("😀" * 35, 1, UCS),
        ("😀" * 36, 2, UCS),
        ("a" * 66 + "😀" + "a" * 66, 3, UCS),
    ],
)
def test_limits_of_one_part(text: str, units: int, encoding: str) -> None:
    found = count(text)
    assert (found.units, found.encoding) == (units, encoding)


def test_first_character_that_forces_the_other_alphabet_is_named() -> None:
    assert count("Olá João e Inês").culprit == "á"
    assert count("Ola Joao").culprit == ""
    assert [count(f"a{one}").culprit_shown for one in ("ж", "\xa0", "\u200b", "")] == [
        "ж",
        "U+00A0",
        "U+200B",
        "",
    ]
