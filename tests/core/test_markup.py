"""The smallest pieces of the look: what people wrote is escaped, and nobody sees another language's words."""

import pytest
from django.utils.functional import lazystr
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from saas.core.markup import fill, icon, menu_link, menu_post, row_menu, status
from saas.core.money import format_money, format_number

NASTY = """<b>"{0}" & 'x'</b>"""
ESCAPED = "&lt;b&gt;&quot;{0}&quot; &amp; &#x27;x&#x27;&lt;/b&gt;"
TOKEN = SafeString("<input>")


@pytest.mark.parametrize("value", [NASTY, lazystr(NASTY), type("Text", (str,), {})(NASTY)])
def test_fill_escapes_whatever_is_no_html_and_reads_no_braces_in_it(value: object) -> None:
    assert fill("<i>{}</i>", value) == f"<i>{ESCAPED}</i>"
    assert fill("<i>{one}</i>", one=value) == f"<i>{ESCAPED}</i>"


def test_fill_keeps_html_and_writes_figures_plainly() -> None:
    filled = fill("<i>{}{two}</i>", SafeString("<b>1</b>"), two=12345)
    assert filled == "<i><b>1</b>12345</i>"
    assert isinstance(filled, SafeString)


@pytest.mark.parametrize(
    "piece",
    [
        status(NASTY, "ok"),
        icon("x", label=NASTY),
        menu_link(NASTY, NASTY, icon="x", dialog=True, danger=True, apart=True),
        menu_post(NASTY, NASTY, TOKEN, icon="x", confirm=NASTY, htmx=True, danger=True, apart=True),
        row_menu(NOTHING := SafeString(""), 1, NASTY),
        row_menu(NOTHING, 1, of=NASTY),
    ],
)
def test_no_piece_lets_html_through(piece: SafeString) -> None:
    assert "<b>" not in piece
    assert ESCAPED in piece


def test_a_kept_drawing_has_no_words_and_a_named_one_speaks_the_readers_language() -> None:
    label = _("Yes")  # Django itself translates it
    named = []
    for language in ("en", "de", "en"):
        with override(language):
            named.append(icon("check", label=label))
    assert ['aria-label="Yes"' in one for one in named] == [True, False, True]
    assert 'aria-label="Ja"' in named[1] or 'aria-label="ja"' in named[1]
    assert icon("check") is icon("check")


def test_kept_amounts_and_figures_are_written_in_each_readers_language() -> None:
    """Twice in each, so that what is kept from one is asked for by the other."""
    seen = []
    for language in ("en", "de", "en", "de"):
        with override(language):
            seen.append((format_money(129050, "EUR"), format_number(1290), format_number(-2.5)))
    english = ("€1,290.50", "1,290", "−2.5")
    german = ("1.290,50\xa0€", "1.290", "−2,5")
    assert seen == [english, german, english, german]


def test_kept_amounts_of_two_currencies_are_two() -> None:
    with override("en"):
        amounts = [format_money(2900, currency) for currency in ("USD", "EUR", "JPY")]
        short = format_money(2900, "USD", short=True)
    assert [*amounts, short] == ["$29.00", "€29.00", "¥2,900", "$29"]
