"""The private link of an appointment: whoever has it may see, move and cancel that one, as the rules allow.

It is signed and names the tenant, so it is worth nothing on another business's host. Nothing is stored for it.
"""

from django.core import signing

from booking.models import Appointment
from tenants.models import Tenant

SALT = "booking.private"


def token_of(tenant: Tenant, appointment_id: int) -> str:
    """Always the same for one appointment, so that a link in an old message still leads there."""
    return signing.Signer(salt=SALT).sign_object([tenant.pk, appointment_id])


def path_of(tenant: Tenant, appointment_id: int) -> str:
    """On the tenant's own host."""
    return f"/book/a/{token_of(tenant, appointment_id)}/"


def link_of(tenant: Tenant, appointment: Appointment) -> str:
    """Absolute, for messages."""
    return tenant.url(path_of(tenant, appointment.pk))


def read_token(tenant: Tenant, token: str) -> int | None:
    """The key of the appointment; None for what was not signed here, or for another tenant."""
    try:
        tenant_id, appointment_id = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return appointment_id if tenant_id == tenant.pk else None
