"""PayPal, over plain HTTP: pages to pay on, subscriptions that renew, and what it tells of them."""

from billing.gateways.paypal.gateway import PayPalGateway

__all__ = ["PayPalGateway"]
