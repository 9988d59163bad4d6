"""The card that a subscription is charged to: it is changed on the gateway's own page, never on ours.

For what a tenant wants bought by itself it can be charged without anybody being there.
"""

from datetime import datetime

from billing.gateways.base import GatewayRefused, RecurringGateway, SavedCardGateway
from billing.models import Payment, Subscription
from billing.services import gateways, settlement
from billing.services.gateway_orders import order_of
from billing.services.subscriptions import NothingRunning, live_subscription
from billing.services.ways import label_of
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


def chargeable(subscription: Subscription | None) -> str:
    """How the card is called that can be charged when nobody is there, “Visa 4242”; empty for none. One query."""
    if subscription is None or not has_card(subscription):
        return ""
    try:
        gateway = gateways.connect_to(subscription.gateway, subscription.environment)
    except gateways.NotConnected:
        return ""
    if not isinstance(gateway, SavedCardGateway):
        return ""
    return subscription.paid_with or str(label_of(subscription.gateway))


def charge_saved_card(payment: Payment, *, now: datetime) -> Payment:
    """`payment`, which is pending, is collected from the card that its gateway keeps, or has failed. Again changes
    nothing.

    Raises NotConnected, NothingRunning for a gateway that keeps none, GatewayUnavailable and GatewayRefused. Call it
    outside of a transaction.
    """
    gateway = gateways.connect_to(payment.gateway, payment.environment)
    if not isinstance(gateway, SavedCardGateway):
        raise NothingRunning
    try:
        fact = gateway.charge_saved(order_of(payment, gateway, now))
    except GatewayRefused as error:
        settlement.fail_payment(payment, str(error.message), now=now)
        raise
    settlement.apply(fact, gateway=payment.gateway, environment=payment.environment, now=now)
    payment.refresh_from_db()
    return payment
