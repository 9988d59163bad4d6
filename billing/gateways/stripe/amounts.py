"""Amounts at Stripe's door. It counts some currencies in other units than we do.

https://docs.stripe.com/currencies#zero-decimal, #three-decimal and #special-cases: ISK and UGX have no decimals and are
written with two all the same, always 00; a currency of three decimals ends in 0. (HUF and TWD are special for payouts
alone.) Our own units are those of CLDR, where also others have none that Stripe counts in hundredths: ALL, RSD, …
"""

from django.utils.translation import gettext as _

from billing.gateways.base import GatewayRefused
from billing.gateways.stripe.client import LABEL
from saas.core.money import decimals, format_money

ZERO = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)  # fmt: skip
THREE = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))


class NotChargeable(GatewayRefused):
    """An amount that Stripe cannot be asked for in its currency."""

    def __init__(self, amount: int, currency: str) -> None:
        shown = format_money(amount, currency, "en")
        super().__init__(LABEL, f"Stripe cannot charge {shown}: the last decimal must be 0.")
        self.message = _("%(amount)s cannot be paid by card: the last decimal has to be 0.") % {
            "amount": format_money(amount, currency)
        }
        self.args = (self.message,)


def to_stripe(amount: int, currency: str) -> int:
    """Our minor units as Stripe counts them. Raises NotChargeable, rather than rounding, for what cannot be written."""
    value, rest = _scaled(amount, _places(currency) - decimals(currency))
    if rest or (currency in THREE and value % 10):
        raise NotChargeable(amount, currency)
    return value


def from_stripe(value: int, currency: str) -> int:
    """What Stripe counts, in our minor units. Fractions that we do not count are rounded to the nearest."""
    unit = 10 ** max(_places(currency) - decimals(currency), 0)
    whole, rest = _scaled(value, decimals(currency) - _places(currency))
    return whole + (1 if rest * 2 >= unit else 0)


def _places(currency: str) -> int:
    """How many decimals Stripe's integers of `currency` have."""
    if currency in ZERO:
        return 0
    return 3 if currency in THREE else 2


def _scaled(amount: int, places: int) -> tuple[int, int]:
    if places >= 0:
        return amount * 10**places, 0
    return divmod(amount, 10**-places)
