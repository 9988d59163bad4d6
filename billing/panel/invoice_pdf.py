"""An invoice as PDF, set by typst from `templates/billing/invoice.typ`."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    import typst

TEMPLATE = Path(settings.BASE_DIR) / "templates" / "billing" / "invoice.typ"
ARCHIVED: list["typst.PDFStandard"] = ["a-2a", "ua-1"]
"""For the archive (ISO 19005-2) and for screen readers (ISO 14289-1): typst refuses to write what does not conform."""
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")

Pair = tuple[str, str]


@dataclass(frozen=True)
class Party:
    """Who sells or buys. `label` stands above the name (“Billed to”), `lines` below it: address, tax number."""

    name: str
    lines: Sequence[str] = ()
    label: str = ""


@dataclass(frozen=True)
class InvoiceLine:
    description: str
    amount: str
    period: str = ""


@dataclass(frozen=True)
class InvoiceWords:
    """Everything that an invoice says, translated and with money and dates already written out.

    `heads` stand over the description, the period and the amount; where no line has a period, that column is left
    out. `facts` and `totals` are pairs of a name and what it is; there is at least one total, and the last is the
    strong one. `page_format` (“Page %(page)s of %(pages)s”) is printed from two pages on. `language` is Django's code
    of the language of the words. `issued_at`, with a time zone, becomes the PDF's own date.
    """

    language: str
    issued_at: datetime
    title: str
    number: str
    seller: Party
    buyer: Party
    facts: Sequence[Pair]
    heads: tuple[str, str, str]
    lines: Sequence[InvoiceLine]
    totals: Sequence[Pair]
    page_format: str
    notes: Sequence[str] = ()
    footer: str = ""


def render_invoice(invoice: InvoiceWords) -> bytes:
    """`invoice` as a PDF: pages of A4, tagged, the same bytes for the same words.

    It is PDF/A-2a and PDF/UA-1 in the fonts that come with typst (Latin, Greek, Cyrillic, Hebrew). Other scripts and
    emoji are taken from the fonts of the system. What no font has is printed as a box, and such a PDF is tagged but
    claims no standard, since both forbid that.

    No query, no network; some 15 ms for a page, in which other threads may run. Never before a fork: the threads of
    typst do not come along, and printing in the child would wait for them for ever.
    """
    import typst  # costs 30 ms and 8 MB, and up to 50 MB once in use: for processes that print, not for all

    words = json.dumps(_words(invoice))

    def compiled(standards: list["typst.PDFStandard"], *, system: bool) -> bytes:
        return typst.compile(
            TEMPLATE,
            format="pdf",
            font_paths=_fonts(system=system),
            sys_inputs={"invoice": words, "fallback": str(system).lower()},
            pdf_standards=standards,
            timestamp=int(invoice.issued_at.timestamp()),
        )

    for system in (False, True):
        with suppress(typst.TypstError):  # a character that is in none of these fonts
            return compiled(ARCHIVED, system=system)
    return compiled([], system=True)


@cache
def _fonts(*, system: bool) -> "typst.Fonts":
    """Typst's own fonts, or also those of the system: looked up once in a process."""
    import typst

    return typst.Fonts(include_system_fonts=system)


def _words(invoice: InvoiceWords) -> Mapping[str, Any]:
    """`invoice` as the template reads it: the language in two parts, nothing in it that cannot be printed."""
    words = asdict(invoice)
    del words["issued_at"]
    language, _, rest = invoice.language.partition("-")
    return _printable(words | {"language": language, "region": rest if len(rest) == 2 else None})


def _printable(value: Any) -> Any:
    """`value` with a space for each run of control characters, line ends among them."""
    if isinstance(value, str):
        return UNPRINTABLE.sub(" ", value)
    if isinstance(value, dict):
        return {key: _printable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(part) for part in value]
    return value
