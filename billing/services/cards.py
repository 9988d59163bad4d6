"""The card that a subscription is charged to: it is changed on the gateway's own page, never on ours."""

from billing.gateways.base import RecurringGateway
from billing.models import Subscription
from billing.services import gateways
from billing.services.subscriptions import NothingRunning, live_subscription
from tenants.models import Tenant


def has_card(subscription: Subscription | None) -> bool:
    """Whether `subscription` is collected by a gateway that keeps a card for it."""
    return bool(subscription and subscription.external_id and subscription.customer_id)


def card_page(tenant: Tenant, return_path: str) -> str:
    """Address of the page where the card of what runs is changed; it leads back to `return_path` at the tenant's.

    Raises NothingRunning, NotConnected, GatewayUnavailable and GatewayRefused. Call it outside of a transaction.
    """
    running = live_subscription(tenant)
    if running is None or not has_card(running):
        raise NothingRunning
    gateway = gateways.connect_to(running.gateway, running.environment)
    if not isinstance(gateway, RecurringGateway):
        raise NothingRunning
    return gateway.card_page(running.customer_id, tenant.url(return_path))
