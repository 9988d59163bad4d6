"""Amounts: decimal strings outside, decimals inside."""

from decimal import Decimal, InvalidOperation

from sandbox.paypal.errors import Json, PayPalError, invalid

WHOLE = {"HUF", "JPY", "TWD"}
KNOWN = WHOLE | {
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "ILS", "MXN", "MYR", "NOK", "NZD", "PHP",
    "PLN", "SEK", "SGD", "THB", "USD",
}  # fmt: skip


def parse(money: Json | None, field: str = "amount") -> Json:
    """The amount in PayPal's own form. Raises PayPalError for what it would not take."""
    if not isinstance(money, dict) or set(money) != {"currency_code", "value"}:
        raise invalid(f"/{field}", "An amount has a currency_code and a value.")
    currency, text = money["currency_code"], money["value"]
    if currency not in KNOWN:
        raise PayPalError("CURRENCY_NOT_SUPPORTED", "Currency code is not supported.", field=field)
    try:
        value = Decimal(text)
    except (InvalidOperation, TypeError):
        raise invalid(f"/{field}/value", "The value of a field is invalid.") from None
    exponent = value.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) else 9
    if not isinstance(text, str) or value < 0 or places > (0 if currency in WHOLE else 2):
        raise PayPalError("DECIMAL_PRECISION", "The value has too many decimals.", field=field)
    return write(value, currency)


def write(value: Decimal, currency: str) -> Json:
    places = 0 if currency in WHOLE else 2
    return {"currency_code": currency, "value": f"{value:.{places}f}"}


def decimal(money: Json) -> Decimal:
    return Decimal(money["value"])


def minor(money: Json) -> tuple[int, str]:
    """Minor units of that currency, for the pages."""
    currency = money["currency_code"]
    return int(decimal(money) * (1 if currency == "JPY" else 100)), currency


def old(money: Json, *, sign: str = "") -> Json:
    """In the shape of PayPal's first API."""
    return {"total": f"{sign}{money['value']}", "currency": money["currency_code"]}
