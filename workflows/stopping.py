"""The link in an e-mail by which a recipient asks for no more: signed, and good for that tenant and address alone."""

from dataclasses import dataclass

from django.core import signing

from tenants.models import Tenant

SALT = "workflows.stop"


@dataclass(frozen=True)
class Stop:
    """Who asks whom for no more of what."""

    tenant_id: int
    channel: str
    address: str


def stop_url(tenant: Tenant, channel: str, address: str) -> str:
    """Absolute address on the tenant's own host."""
    token = signing.dumps([tenant.pk, channel, address], salt=SALT, compress=True)
    return tenant.url(f"/stop/{token}/")


def read(token: str) -> Stop | None:
    """None for what nobody has signed here."""
    try:
        tenant_id, channel, address = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Stop(tenant_id, channel, address)
