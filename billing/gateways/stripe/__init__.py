"""Stripe, through its official SDK: pages to pay on, subscriptions that renew, and what it tells of them."""

from billing.gateways.stripe.gateway import StripeGateway

__all__ = ["StripeGateway"]
