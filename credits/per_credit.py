"""What one credit of a pack costs: a fraction of the smallest coin as a rule, so it is written with more decimals."""

from decimal import Decimal

from babel.numbers import format_currency

from saas.core.money import decimals, locale_of, to_major

SIGNIFICANT = 3
"""Digits that are told apart: $0.038, $0.0271."""


def per_credit(price: int, credits: int, currency: str, locale: str | None = None) -> str:
    """What one of `credits` for `price` (minor units) costs: “$0.038”, “$1.50”. Never fewer decimals than money has."""
    value = to_major(price, currency) / credits
    places = decimals(currency)
    wanted = max(places, SIGNIFICANT - 1 - value.adjusted()) if value else places
    value = value.quantize(Decimal(1).scaleb(-wanted)).normalize()
    exponent = value.as_tuple().exponent
    is_exact = isinstance(exponent, int) and -exponent <= places
    return format_currency(
        value,
        currency,
        locale=locale_of(locale),
        currency_digits=is_exact,
        decimal_quantization=is_exact,
    )
