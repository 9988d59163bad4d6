"""A tenant puts money on its balance: the order, within bounds, and the way to the gateway."""

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from billing.services import checkout
from billing.services.checkout import Press, Way
from billing.services.funds import FUNDS
from saas.core.errors import Conflict
from saas.core.money import format_money
from tenants.models import Tenant

# In minor units of whatever the currency is: $5.00, ¥500, 0.500 Kuwaiti dinars.
LEAST = 500
"""Below it the fixed part of a card's fee (some 30 cents) eats more than a twentieth, and Stripe takes less than
about half a dollar of no currency."""
MOST = 500_000
"""At a time. A slip of one zero too many should not be charged; a balance is for next month's plan, not for savings."""
SUGGESTED = (2_000, 5_000, 10_000, 20_000)
"""From a month of a small plan to most of a year of it."""


class OutOfBounds(Conflict):
    """Too little or too much to be added at a time."""


def bounds_complaint(amount: int, currency: str) -> str:
    """Why `amount` cannot be added at a time, as one sentence; empty when it can."""
    if amount < LEAST:
        return _("Add at least %(least)s.") % {"least": format_money(LEAST, currency)}
    if amount > MOST:
        most = format_money(MOST, currency)
        return _("Add at most %(most)s at a time.") % {"most": most}
    return ""


def add_funds(tenant: Tenant, press: Press, *, now: datetime) -> Way:
    """The payment of `press.due` for the balance is ordered and begun; the answer says where the payer goes next.

    The same showing of the form with the same choice finds the same payment, unless that has failed: then it is
    tried anew. Raises OutOfBounds, NotConnected, GatewayUnavailable and GatewayRefused. Speaks to the gateway, so call
    it outside of a transaction.
    """
    currency = tenant.platform_settings.currency
    if complaint := bounds_complaint(press.due, currency):
        raise OutOfBounds(complaint)
    payment = checkout.order(
        tenant,
        FUNDS,
        title=_("Funds for the balance"),
        ordered={},
        press=replace(press, token=checkout.token_of(tenant, press)),
        now=now,
    )
    return checkout.begin(payment, now=now)
