"""A file of a spreadsheet as lines of cells: how it is written is found out, and said where that is a guess."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper

from django.utils.translation import gettext_lazy as _

from saas.core.csv_files import FORMULA
from saas.core.errors import Conflict, Sentence

MOST_BYTES = 10 * 1024 * 1024
MOST_LINES = 200_000
MOST_CELLS = 100
ENCODINGS: dict[str, Sentence] = {
    "utf-8-sig": _("UTF-8"),
    "utf-16": _("UTF-16"),
    "utf-16-le": _("UTF-16, little end first"),
    "utf-16-be": _("UTF-16, big end first"),
    "cp1252": _("Western European (Windows-1252)"),
    "cp1250": _("Central European (Windows-1250)"),
    "cp1251": _("Cyrillic (Windows-1251)"),
}
DELIMITERS: dict[str, Sentence] = {
    ",": _("Comma"),
    ";": _("Semicolon"),
    "\t": _("Tab"),
}
SAMPLE = 64 * 1024
GUESSED = "cp1252"
"""What is read when nothing says how the letters are written: then the page says so."""


class UnreadableFile(Conflict):
    """The file is no table of text; one sentence says why."""


@dataclass(frozen=True)
class Row:
    """`number` is the line of the file on which it begins, the first being 1."""

    number: int
    cells: list[str]


def guess_encoding(content: bytes) -> str:
    """One of ENCODINGS. Raises UnreadableFile for what is no text."""
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UnreadableFile(
            _(
                "That is a workbook. Open it in your spreadsheet and save it as CSV, then choose that file."
            )
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if is_readable(content, "utf-8-sig") and b"\0" not in content[:SAMPLE]:
        return "utf-8-sig"
    return _by_zeros(content[:SAMPLE]) or GUESSED


def _by_zeros(sample: bytes) -> str:
    """Letters of western languages have a zero beside them in UTF-16, and nothing else has many."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) < len(sample) / 8:
        if even or odd:
            raise UnreadableFile(_("That is no text. Save the table as CSV and choose that file."))
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def is_readable(content: bytes, encoding: str) -> bool:
    """Whether all of it is text in that encoding, read in parts."""
    text = _text(content, encoding, "strict")
    try:
        while text.read(SAMPLE):
            pass
    except UnicodeError:
        return False
    return True


def guess_delimiter(content: bytes, encoding: str) -> str:
    """The one that stands most often in the first line of text, outside of quotes; a comma where there is none."""
    begin = _text(content, encoding, "replace").read(SAMPLE).lstrip("\r\n \ufeff")
    line = begin.splitlines()[0] if begin else ""
    outside = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=outside.count)


def rows(content: bytes, encoding: str, delimiter: str) -> Iterator[Row]:
    """Every line that has something in it, one after another. Raises UnreadableFile.

    What a spreadsheet would take for a formula was marked with an apostrophe by whoever wrote it safely; it is gone.
    """
    reader = csv.reader(_text(content, encoding, "replace"), delimiter=delimiter)
    number = 1
    try:
        for cells in reader:
            clean = [_cell(one) for one in cells[:MOST_CELLS]]
            if any(clean):
                yield Row(number, clean)
            number = reader.line_num + 1
    except csv.Error as error:
        text = _("Line %(line)s cannot be read: a quotation mark may be missing near it.")
        raise UnreadableFile(text % {"line": number}) from error


def _cell(text: str) -> str:
    text = text.replace("\0", "").strip()
    marked = text.startswith("'") and text[1:].lstrip(" ").startswith(FORMULA)
    return text[1:].strip() if marked else text


def _text(content: bytes, encoding: str, errors: str) -> TextIOWrapper:
    return TextIOWrapper(BytesIO(content), encoding=encoding, errors=errors, newline="")
