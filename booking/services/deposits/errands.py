"""When somebody looks after a tenant's deposits next: written with whatever waits, so that nothing waits unseen."""

from datetime import datetime, timedelta

from saas.core.events import emit
from tenants.models import Tenant
from tenants.services import errands

KIND = "deposits"
PATIENCE = timedelta(minutes=1)
"""How long after it was begun a payment is looked up by ourselves."""


def look_soon(tenant: Tenant, now: datetime) -> None:
    """Something waits for a payer, or for a time to run out. In the caller's transaction."""
    errands.look_by(tenant, KIND, now + PATIENCE)


def look_at_once(tenant: Tenant, now: datetime) -> None:
    """Something waits for us alone. In the caller's transaction; emits `booking.deposits_wait`."""
    errands.look_by(tenant, KIND, now)
    emit("booking.deposits_wait", tenant_id=tenant.pk)
