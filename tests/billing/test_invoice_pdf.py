"""Invoices as PDF: everything is in them as it was given, whatever it is."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pypdf import PdfReader

from billing.panel.invoice_pdf import InvoiceLine, InvoiceWords, Party, _fonts, render_invoice

HOSTILE = (
    "#panic(1)",
    '#read("/etc/passwd")',
    "*bold* _soft_ `raw` $x^2$ @reference <label>",
    "= Title ] } ) // comment /* and */ \\ \\u{41} ~ -- ... \" ' #",
    "<script>alert(1)</script> {{ name }} {% now %} %(page)s",
)


@pytest.fixture
def invoice() -> InvoiceWords:
    return InvoiceWords(
        language="en",
        issued_at=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
        title="Invoice",
        number="T-2026-00042",
        seller=Party("Tenantry Ltd", ("14 Harbour Street", "VAT PT 509 442 013")),
        buyer=Party("Salon Aurora", ("Ana Duarte", "Rua das Flores 27"), label="Billed to"),
        facts=(("Date", "21 November 2026"), ("Reference", "pi_3QK2xw2eZvKYlo2C1f0Yd8aB")),
        heads=("Description", "Period", "Amount"),
        lines=(
            InvoiceLine("Team plan, monthly", "$29.00", "21 Nov – 21 Dec 2026"),
            InvoiceLine("Unused part of Starter", "−$11.60"),
        ),
        totals=(("Subtotal", "$17.40"), ("Total paid", "$17.40")),
        notes=("Refunded on 3 December 2026: $10.00.",),
        footer="Questions? Write to billing@tenantry.example.",
        page_format="Page %(page)s of %(pages)s",
    )


def read(invoice: InvoiceWords) -> PdfReader:
    return PdfReader(io.BytesIO(render_invoice(invoice)))


def said(invoice: InvoiceWords) -> str:
    """All text of the PDF, with one space where a line or a column ends."""
    return " ".join(" ".join(page.extract_text() for page in read(invoice).pages).split())


def billed_to(invoice: InvoiceWords, name: str) -> InvoiceWords:
    return replace(invoice, buyer=replace(invoice.buyer, name=name))


def of_lines(invoice: InvoiceWords, count: int) -> InvoiceWords:
    lines = [InvoiceLine(f"Booking {at} of {count}", f"${at}.00") for at in range(1, count + 1)]
    return replace(invoice, lines=lines)


def roles(element: Any) -> Iterator[str]:
    """The kinds of the elements that a screen reader is told of, in reading order."""
    element = element.get_object()
    if isinstance(element, list):
        for part in element:
            yield from roles(part)
    elif isinstance(element, dict):
        if "/S" in element:
            yield element["/S"]
        if "/K" in element:
            yield from roles(element["/K"])


def standards(reader: PdfReader) -> list[str]:
    xmp = reader.xmp_metadata
    told = xmp.stream.get_data().decode() if xmp else ""
    claims = {"PDF/A-2": "<pdfaid:part>2<", "PDF/UA-1": "<pdfuaid:part>1<"}
    return [name for name, claim in claims.items() if claim in told]


def fonts(reader: PdfReader) -> set[str]:
    """The fonts that the first page embeds, without the mark of a subset before their names."""
    embedded = reader.pages[0]["/Resources"]["/Font"].values()
    return {
        font.get_object()["/BaseFont"].split("+")[-1].split("-Identity")[0] for font in embedded
    }


def test_invoice_says_everything_in_reading_order(invoice: InvoiceWords) -> None:
    assert said(invoice) == (
        "Tenantry Ltd 14 Harbour Street VAT PT 509 442 013 Invoice T-2026-00042 "
        "Billed to Salon Aurora Ana Duarte Rua das Flores 27 "
        "Date 21 November 2026 Reference pi_3QK2xw2eZvKYlo2C1f0Yd8aB "
        "Description Period Amount Team plan, monthly 21 Nov – 21 Dec 2026 $29.00 "
        "Unused part of Starter −$11.60 Subtotal $17.40 Total paid $17.40 "
        "Refunded on 3 December 2026: $10.00. Questions? Write to billing@tenantry.example."
    )


def test_column_of_periods_is_left_out_when_no_line_has_one(invoice: InvoiceWords) -> None:
    text = said(of_lines(invoice, 2))
    assert "Description Amount Booking 1 of 2 $1.00" in text
    assert "Period" not in text


def test_bare_invoice_needs_no_more_than_a_total(invoice: InvoiceWords) -> None:
    bare = replace(
        invoice,
        seller=Party("Tenantry"),
        buyer=Party("Ana"),
        facts=(),
        lines=(),
        notes=(),
        footer="",
        totals=(("Total", "$0.00"),),
    )
    assert said(bare) == "Tenantry Invoice T-2026-00042 Ana Description Amount Total $0.00"


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_words_are_printed_as_they_are(invoice: InvoiceWords, payload: str) -> None:
    pdf = replace(
        invoice,
        title=payload,
        number=payload,
        seller=Party(payload, (payload,), label=payload),
        buyer=Party(payload, (payload,), label=payload),
        facts=((payload, payload),),
        heads=(payload, payload, payload),
        lines=(InvoiceLine(payload, payload, payload),),
        totals=((payload, payload),),
        notes=(payload,),
        footer=payload,
    )
    reader = read(pdf)
    pages = len(reader.pages)
    at_the_foot = pages if pages > 1 else 0
    # Narrow columns break a payload where it has no space, so spaces do not count here.
    printed = "".join(said(pdf).split())
    assert printed.count("".join(payload.split())) == 20 + at_the_foot
    assert reader.metadata is not None
    assert reader.metadata.title == f"{payload} {payload}"


def test_control_characters_become_a_space(invoice: InvoiceWords) -> None:
    name = "Salon\x00\x07\r\nAurora\ud800\u2028\x85Porto"
    pdf = read(billed_to(invoice, name))
    assert "Billed to Salon Aurora Porto Ana Duarte" in " ".join(
        pdf.pages[0].extract_text().split()
    )
    assert standards(pdf) == ["PDF/A-2", "PDF/UA-1"]


def test_right_to_left_name_runs_from_right_to_left(invoice: InvoiceWords) -> None:
    pdf = read(billed_to(invoice, "מספרת האביב"))
    text = pdf.pages[0].extract_text()
    # Letters are read in their order, words as they stand from the left: the second word stands left of the first.
    assert 0 < text.index("האביב") < text.index("מספרת")
    assert standards(pdf) == ["PDF/A-2", "PDF/UA-1"]


@pytest.mark.parametrize(
    "name", ["Салон Аврора", "Σαλόνι Αυγή", "Sàlôn Ñandú ß", "מספרה", "₿ ₹ ₦ ₱ €"]
)
def test_common_scripts_need_no_font_of_the_system(invoice: InvoiceWords, name: str) -> None:
    pdf = read(billed_to(invoice, name))
    assert set(name.split()) <= set(pdf.pages[0].extract_text().split())
    assert fonts(pdf) <= {"LibertinusSerif-Regular", "LibertinusSerif-Semibold", "NewCM10-Bold"}
    assert standards(pdf) == ["PDF/A-2", "PDF/UA-1"]


@pytest.mark.parametrize("name", ["Salon 🌸", "👩‍👩‍👧", "صالون أورورا", "美容室", "ไทย"])
def test_what_this_system_has_no_font_for_breaks_nothing(invoice: InvoiceWords, name: str) -> None:
    assert "Billed to" in said(billed_to(invoice, name))
    assert "Total paid $17.40" in said(billed_to(invoice, name))


def test_fonts_of_the_system_are_looked_up_only_for_what_ours_lack(invoice: InvoiceWords) -> None:
    _fonts.cache_clear()
    render_invoice(billed_to(invoice, "Sàlôn Αυγή"))
    assert _fonts.cache_info().currsize == 1
    render_invoice(billed_to(invoice, "صالون أورورا"))
    assert _fonts.cache_info().currsize == 2


def test_what_no_font_has_is_a_box_and_claims_no_standard(invoice: InvoiceWords) -> None:
    pdf = read(billed_to(invoice, "Salon \ufffe\U000f0000"))
    assert "Billed to Salon" in " ".join(pdf.pages[0].extract_text().split())
    assert standards(pdf) == []
    assert pdf.root_object["/MarkInfo"]["/Marked"]


def test_very_long_word_wraps_inside_its_column(invoice: InvoiceWords) -> None:
    pdf = replace(
        billed_to(invoice, "W" * 200),
        lines=(InvoiceLine("X" * 300, "$1.00", "Nov 2026"),),
        facts=(("Reference", "Q" * 90), ("Paid with", "M" * 24)),
    )
    text = read(pdf).pages[0].extract_text()
    for letter, count, widest in (("W", 200, 25), ("X", 300, 60), ("Q", 90, 25), ("M", 24, 20)):
        runs = [run.count(letter) for run in text.splitlines() if letter * 3 in run]
        assert sum(runs) == count
        assert max(runs) <= widest


def test_many_lines_flow_over_pages_and_each_says_which_it_is(invoice: InvoiceWords) -> None:
    reader = read(of_lines(invoice, 120))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 2
    for number, text in enumerate(pages, start=1):
        assert f"T-2026-00042 Page {number} of {len(pages)}" in text
        assert "Description Amount" in text
    whole = " ".join(pages)
    for at in range(1, 121):
        assert f"Booking {at} of 120 ${at}.00" in whole
    assert "Total paid" in pages[-1]


def test_single_page_is_not_counted(invoice: InvoiceWords) -> None:
    assert "Page" not in said(invoice)


def test_pdf_is_for_the_archive_and_for_screen_readers(invoice: InvoiceWords) -> None:
    reader = read(replace(invoice, language="pt-br"))
    root = reader.root_object
    assert standards(reader) == ["PDF/A-2", "PDF/UA-1"]
    assert root["/Lang"] == "pt-BR"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Invoice T-2026-00042"
    assert reader.metadata.author == "Tenantry Ltd"
    assert reader.metadata.creation_date == invoice.issued_at
    told = list(roles(root["/StructTreeRoot"]["/K"]))
    assert told.count("/H1") == 1
    assert told.count("/P") == 10
    assert told.count("/TH") == 3
    assert told.count("/TD") == 6


def test_same_words_give_the_same_bytes(invoice: InvoiceWords) -> None:
    pdf = render_invoice(invoice)
    assert render_invoice(replace(invoice)) == pdf
    assert render_invoice(replace(invoice, number="T-2026-00043")) != pdf


def test_threads_do_not_mix_up_invoices(invoice: InvoiceWords) -> None:
    invoices = [replace(of_lines(invoice, 40), number=f"T-{number}") for number in range(16)]
    alone = [render_invoice(each) for each in invoices]
    with ThreadPoolExecutor(max_workers=8) as pool:
        assert list(pool.map(render_invoice, invoices)) == alone
