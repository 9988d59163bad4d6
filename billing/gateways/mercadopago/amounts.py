"""Amounts at Mercado Pago's door. It writes decimals: 100.50 are a hundred and a half.

https://www.mercadopago.com/developers → API reference; the currencies are those of the countries where it is.
"""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from billing.gateways.base import GatewayRefused
from billing.gateways.mercadopago.client import LABEL
from saas.core.money import decimals, format_money, to_major

CURRENCIES = frozenset(
    ("ARS", "BRL", "MXN", "CLP", "COP", "PEN", "UYU", "BOB", "PYG", "USD", "CRC", "DOP", "HNL", "NIO", "GTQ", "VES")
)  # fmt: skip
WHOLE = frozenset(("CLP", "COP", "PYG"))
"""Written without decimals there. COP has two in CLDR, and so here."""


class NotChargeable(GatewayRefused):
    """An amount that Mercado Pago cannot be asked for."""

    def __init__(self, amount: int, currency: str) -> None:
        shown = format_money(amount, currency, "en")
        super().__init__(LABEL, f"Mercado Pago cannot charge {shown}.")
        self.message = _("%(amount)s cannot be paid by Mercado Pago.") % {
            "amount": format_money(amount, currency)
        }
        self.args = (self.message,)


def to_mercadopago(amount: int, currency: str) -> int | float:
    """Our minor units as a figure in JSON. Raises NotChargeable, rather than rounding, for what cannot be written."""
    major = to_major(amount, currency)
    places = 0 if currency in WHOLE else 2
    if currency not in CURRENCIES or major != round(major, places):
        raise NotChargeable(amount, currency)
    return int(major) if major == int(major) else float(major)


def from_mercadopago(value: Decimal | float | str, currency: str) -> int:
    """What Mercado Pago writes, in our minor units. Fractions that we do not count are rounded to the nearest."""
    minor = Decimal(str(value)).scaleb(decimals(currency))
    return int(minor.to_integral_value(ROUND_HALF_UP))
