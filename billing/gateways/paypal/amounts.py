"""Amounts at PayPal's door: decimal strings there, integers of minor units here.

https://developer.paypal.com/api/rest/reference/currency-codes/: it takes these currencies, and writes HUF, JPY and TWD
without decimals.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from billing.gateways.base import GatewayRefused
from billing.gateways.paypal.client import LABEL, Json
from saas.core.money import decimals, format_money

CURRENCIES = frozenset(
    ("AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "ILS", "JPY", "MXN", "MYR", "NOK",
     "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "TWD", "USD")
)  # fmt: skip
WHOLE = frozenset(("HUF", "JPY", "TWD"))


class NotChargeable(GatewayRefused):
    """An amount that PayPal cannot be asked for."""

    def __init__(self, amount: int, currency: str) -> None:
        shown = format_money(amount, currency, "en")
        why = "without decimals" if currency in CURRENCIES else "not in this currency"
        super().__init__(LABEL, f"PayPal cannot charge {shown}: {why}.")
        self.message = _("%(amount)s cannot be paid by PayPal.") % {
            "amount": format_money(amount, currency)
        }
        self.args = (self.message,)


def to_paypal(amount: int, currency: str) -> Json:
    """Our minor units as PayPal writes them. Raises NotChargeable, rather than rounding, for what it cannot write."""
    if currency not in CURRENCIES:
        raise NotChargeable(amount, currency)
    value = Decimal(amount).scaleb(-decimals(currency))
    places = 0 if currency in WHOLE else 2
    written = value.quantize(Decimal(1).scaleb(-places))
    if written != value:
        raise NotChargeable(amount, currency)
    return {"currency_code": currency, "value": f"{written:f}"}


def from_paypal(money: Any) -> tuple[int, str]:
    """(minor units, currency) of what PayPal writes, in either of its two shapes; nothing of it is rounded away.

    Raises GatewayRefused for what is no amount.
    """
    try:
        currency = str(money.get("currency_code") or money["currency"]).upper()
        text = money["value"] if "value" in money else money["total"]
        scaled = Decimal(str(text)).scaleb(decimals(currency))
        amount = int(scaled)
        if amount != scaled:
            raise ValueError(text)
    except (AttributeError, InvalidOperation, KeyError, TypeError, ValueError):
        raise GatewayRefused(LABEL, "It names an amount that is none.") from None
    return amount, currency


def amount_of(money: Any) -> int:
    """As `from_paypal`, without the sign: what went out is written below zero in some places."""
    return abs(from_paypal(money)[0])
