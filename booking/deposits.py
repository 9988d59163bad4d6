"""What is asked for in advance."""

from booking.models import Deposit, Service
from plans.entitlements import Entitlements

ASKED_ANYWAY = 20
"""The percentage where a service has no deposit, and the plan does not let the tenant do without."""


def deposit_of(service: Service, price: int, entitlements: Entitlements) -> int:
    """Minor units, for an appointment that costs `price`; never more than that. No query."""
    if service.deposit_kind == Deposit.FIXED:
        return min(service.deposit, price)
    percent = service.deposit if service.deposit_kind == Deposit.PERCENT else 0
    if not percent and not entitlements.can("services.disable_deposit_payments"):
        percent = ASKED_ANYWAY
    return (price * percent + 50) // 100
