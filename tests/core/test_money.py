"""Amounts on the screen and from the keyboard."""

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from saas.core.money import decimals, format_amount, format_money, parse_money


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "text"),
    [
        (2900, "USD", "en", "$29.00"),
        (129000, "USD", "en", "$1,290.00"),
        (-1160, "USD", "en", "−$11.60"),
        (0, "USD", "en", "$0.00"),
        (500, "JPY", "en", "¥500"),
        (3800, "EUR", "de", "38,00\xa0€"),
        (123456789, "BRL", "pt-br", "R$\xa01.234.567,89"),
        (1500, "KWD", "en", "KWD1.500"),
        (2900, "USD", "xx-unknown", "$29.00"),
    ],
)
def test_format_money_writes_the_locale_and_a_real_minus(amount, currency, locale, text):
    assert format_money(amount, currency, locale) == text


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "text"),
    [
        (2900, "USD", "en", "$29"),
        (2950, "USD", "en", "$29.50"),
        (100000, "USD", "en", "$1,000"),
        (3800, "EUR", "de", "38\xa0€"),
        (4200, "JPY", "en", "¥4,200"),
    ],
)
def test_short_drops_the_decimals_of_a_whole_amount_only(amount, currency, locale, text):
    assert format_money(amount, currency, locale, short=True) == text


def test_format_money_follows_the_active_language():
    with translation.override("de"):
        assert format_money(129000, "EUR") == "1.290,00\xa0€"
    with translation.override("en"):
        assert format_money(129000, "EUR") == "€1,290.00"


@pytest.mark.parametrize(
    ("text", "currency", "locale", "amount"),
    [
        ("29", "USD", "en", 2900),
        ("29.5", "USD", "en", 2950),
        (" $1,290.00 ", "USD", "en", 129000),
        ("29 USD", "USD", "en", 2900),
        ("1.290,00", "EUR", "de", 129000),
        ("29,90 €", "EUR", "de", 2990),
        ("0", "USD", "en", 0),
        (".5", "USD", "en", 50),
        ("500", "JPY", "en", 500),
        ("1.005", "KWD", "en", 1005),
        ("99,999,999.99", "USD", "en", 9999999999),
    ],
)
def test_parse_money_reads_what_people_type(text, currency, locale, amount):
    assert parse_money(text, currency, locale) == amount


@pytest.mark.parametrize(
    ("text", "currency", "sentence"),
    [
        ("", "USD", "Enter an amount, for example 29.00."),
        ("free", "USD", "Enter an amount, for example 29.00."),
        ("NaN", "USD", "Enter an amount, for example 29.00."),
        ("Infinity", "USD", "Enter an amount, for example 29.00."),
        ("1e5", "USD", "Enter an amount, for example 29.00."),
        ("1,29.00", "USD", "Enter an amount, for example 29.00."),
        ("12.34.56", "USD", "Enter an amount, for example 29.00."),
        ("+5", "USD", "Enter an amount, for example 29.00."),
        ("\u0665", "USD", "Enter an amount, for example 29.00."),
        ("-5", "USD", "Enter an amount of zero or more."),
        ("−5", "USD", "Enter an amount of zero or more."),
        ("$-5", "USD", "Enter an amount of zero or more."),
        ("-$5", "USD", "Enter an amount of zero or more."),
        ("1.005", "USD", "USD has at most 2 decimals."),
        ("500.5", "JPY", "JPY has no decimals."),
        ("100,000,000", "USD", "Enter an amount below 100 million."),
        ("9" * 400, "USD", "Enter an amount below 100 million."),
    ],
)
def test_parse_money_refuses_with_one_sentence(text, currency, sentence):
    with pytest.raises(ValueError) as refusal:
        parse_money(text, currency, "en")
    assert str(refusal.value) == sentence


CURRENCIES = st.sampled_from(["USD", "EUR", "JPY", "KWD", "BRL", "CLP"])
LANGUAGES = st.sampled_from(["en", "de", "pt", "pt-br", "fr", "es", "ja"])


@given(amount=st.integers(0, 9_999_999_999), currency=CURRENCIES, locale=LANGUAGES)
def test_what_an_input_shows_reads_back_to_the_same_amount(amount, currency, locale):
    amount = min(amount, 99_999_999 * 10 ** decimals(currency))
    assert parse_money(format_amount(amount, currency, locale), currency, locale) == amount


@given(amount=st.integers(0, 9_999_999_999), currency=CURRENCIES, locale=LANGUAGES)
def test_what_the_page_shows_reads_back_to_the_same_amount(amount, currency, locale):
    amount = min(amount, 99_999_999 * 10 ** decimals(currency))
    assert parse_money(format_money(amount, currency, locale), currency, locale) == amount


@given(text=st.text())
def test_parse_money_returns_an_amount_or_raises_value_error(text):
    try:
        amount = parse_money(text, "USD", "en")
    except ValueError:
        return
    assert 0 <= amount <= 9_999_999_999
