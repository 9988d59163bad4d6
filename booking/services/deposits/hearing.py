"""What payment companies tell a business: believed where it is signed, and even then only as a hint to ask."""

from collections.abc import Mapping
from datetime import datetime

from billing.services import merchants
from billing.services.merchants import HostedGateway, NotConnected, NotGenuine, Notification
from booking.models import PaymentAccount
from booking.services.deposits.settling import take_in
from tenants.models import Tenant


def hear(
    tenant: Tenant,
    gateway: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    signed_at: datetime,
    now: datetime,
) -> list[str]:
    """Everything that the company says about a genuine notification is true here; what each of it came to.

    `signed_at` is the machine's instant. Speaks to the company, so call it outside of a transaction. Raises NotGenuine,
    NotConnected where nobody can verify it, GatewayUnavailable and GatewayRefused: then the company is to tell again.
    """
    account = PaymentAccount.objects.filter(gateway=gateway).first()
    if account is None or gateway not in merchants.COMPANIES:
        raise NotConnected(gateway)
    told = _verified(merchants.listening(account), gateway, body, headers, signed_at)
    speaking = merchants.connect_to(account, told.environment)
    own = {"gateway": gateway, "environment": told.environment}
    return [take_in(tenant, fact, now=now, **own) for fact in speaking.read(told)]


def _verified(
    listening: list[HostedGateway],
    name: str,
    body: bytes,
    headers: Mapping[str, str],
    signed_at: datetime,
) -> Notification:
    """By the account as it is set up now, else as it is for its other mode, of that mode alone."""
    if not listening:
        raise NotConnected(name)
    first: NotGenuine | None = None
    for number, one in enumerate(listening):
        try:
            told = one.verify(body, headers, signed_at)
        except NotGenuine as error:
            first = first or error
            continue
        if number == 0 or told.environment == one.environment:
            return told
    raise first or NotGenuine("bad signature")
