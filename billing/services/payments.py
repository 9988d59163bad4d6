"""A tenant's own payments: found by the reference that stands in their address, and looked after."""

from datetime import datetime

from django.utils.translation import gettext as _

from billing.gateways.base import GatewayRefused, GatewayUnavailable
from billing.models import Payment
from billing.services.checkout import look
from billing.services.gateways import NotConnected
from saas.core.errors import NotHere
from tenants.models import Tenant


def find_payment(tenant: Tenant, reference: str) -> Payment:
    """The payment of `tenant` with that reference. Raises NotHere, for another tenant's, too. One query."""
    found = Payment.objects.filter(tenant=tenant, reference=reference)
    payment = found.select_related("subscription__plan", "invoice").first()
    if payment is None:
        raise NotHere(_("There is no such payment."))
    return payment


def look_if_possible(payment: Payment, *, now: datetime) -> bool:
    """`payment` stands as its gateway says; False when that could not be asked, which changes nothing."""
    try:
        look(payment, now=now)
    except (GatewayUnavailable, GatewayRefused, NotConnected):
        return False
    return True
