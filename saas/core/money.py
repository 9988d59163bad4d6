"""Money on the screen and from the keyboard. Inside, money is an integer of minor units and a currency code."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import (
    NumberFormatError,
    format_currency,
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
    parse_decimal,
)
from django.utils.translation import get_language
from django.utils.translation import gettext as _

MINUS = "\N{MINUS SIGN}"
LARGEST = Decimal("99999999.99")
FIGURE = re.compile(r"[0-9][0-9.,'’ \u00a0\u202f]*|[.,][0-9]+")


def decimals(currency: str) -> int:
    """How many decimals `currency` has: 2 for USD, 0 for JPY, 3 for KWD (CLDR, through Babel)."""
    return get_currency_precision(currency)


def to_major(amount_minor: int, currency: str) -> Decimal:
    """`amount_minor` as the decimal that people and gateways write: 2900 USD is 29.00."""
    return Decimal(amount_minor).scaleb(-decimals(currency))


def format_money(
    amount_minor: int, currency: str, locale: str | None = None, *, short: bool = False
) -> str:
    """`amount_minor` in `currency` as it is written in `locale`: `$1,290.00`, `−$11.60`, `¥500`.

    `short` leaves out the decimals of a whole amount (`$29`), for cards. `locale` is a Django language code;
    without it the active language is used. A negative amount carries a real minus sign (U+2212).
    """
    return _written(amount_minor, currency, locale_of(locale), short=short)


@lru_cache(maxsize=4096)
def _written(amount_minor: int, currency: str, locale: Locale, *, short: bool) -> str:
    """Kept because lists write the same amounts over and over; all that the text depends on is in the key."""
    text = format_currency(to_major(amount_minor, currency), currency, locale=locale)
    places = decimals(currency)
    if short and places and amount_minor % 10**places == 0:
        text = text.replace(get_decimal_symbol(locale) + "0" * places, "", 1)
    return text.replace("-", MINUS)


def format_number(value: Any) -> str:
    """`1,284`: grouped as the active language does, with a real minus sign."""
    return _grouped(value, locale_of())


@lru_cache(maxsize=4096)
def _grouped(value: Any, locale: Locale) -> str:
    """Kept as `_written` is."""
    return str(format_decimal(value, locale=locale)).replace("-", MINUS)


def format_amount(amount_minor: int, currency: str, locale: str | None = None) -> str:
    """The bare figure for an input: `1290.00`. `parse_money` reads it back to the same amount."""
    places = decimals(currency)
    pattern = "0." + "0" * places if places else "0"
    return format_decimal(
        to_major(amount_minor, currency), format=pattern, locale=locale_of(locale)
    )


def parse_money(text: str, currency: str, locale: str | None = None) -> int:
    """What a person typed, in minor units of `currency`: "1,290.00" USD gives 129000.

    Raises ValueError, with one sentence for that person, for anything that is no amount of this currency:
    words, a negative figure, too many decimals, more than 99,999,999.99.
    """
    babel_locale = locale_of(locale)
    figure = bare_figure(text, currency, babel_locale)
    if figure.startswith(("-", MINUS)):
        raise ValueError(_("Enter an amount of zero or more."))
    if not FIGURE.fullmatch(figure):
        raise ValueError(
            _("Enter an amount, for example %(example)s.") % {"example": example(currency, locale)}
        )
    try:
        amount = parse_decimal(figure, locale=babel_locale, strict=True)
    except NumberFormatError:
        message = _("Enter an amount, for example %(example)s.") % {
            "example": example(currency, locale)
        }
        raise ValueError(message) from None
    if amount > LARGEST:
        raise ValueError(_("Enter an amount below 100 million."))
    minor = amount.scaleb(decimals(currency))
    if minor != minor.to_integral_value():
        raise ValueError(too_many_decimals(currency))
    return int(minor)


def example(currency: str, locale: str | None) -> str:
    return format_amount(29 * 10 ** decimals(currency), currency, locale)


def too_many_decimals(currency: str) -> str:
    places = decimals(currency)
    if not places:
        return _("%(currency)s has no decimals.") % {"currency": currency}
    return _("%(currency)s has at most %(places)s decimals.") % {
        "currency": currency,
        "places": places,
    }


def bare_figure(text: str, currency: str, locale: Locale) -> str:
    """`text` without spaces around it and without the currency's own sign or code."""
    figure = text.strip()
    for sign in (currency, get_currency_symbol(currency, locale=locale)):
        figure = figure.removeprefix(sign).removesuffix(sign).strip()
    return figure


def locale_of(language: str | None = None) -> Locale:
    """Babel's locale for a Django language code (the active one by default); English where Babel knows none."""
    return _locale(language or get_language() or "en")


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
