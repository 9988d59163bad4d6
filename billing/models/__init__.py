"""Money: what gateways collect, what a tenant has in hand, and what runs on. All in the public schema."""

from billing.models.balance import BalanceAccount, BalanceEntry
from billing.models.expiry import EndNotice, ExpiryTrouble
from billing.models.gateways import (
    Environment,
    GatewayPrice,
    GatewaySettings,
    MerchantAccount,
    PlanSync,
)
from billing.models.invoices import BillingDetails, BillingSettings, Invoice
from billing.models.payments import Payment, PaymentQuerySet, Refund, Status, new_reference
from billing.models.reconciliation import Reconciliation
from billing.models.subscriptions import Standing, Subscription, SubscriptionQuerySet
from billing.models.webhooks import Outcome, WebhookEvent

__all__ = [
    "BalanceAccount",
    "BalanceEntry",
    "BillingDetails",
    "BillingSettings",
    "EndNotice",
    "Environment",
    "ExpiryTrouble",
    "GatewayPrice",
    "GatewaySettings",
    "Invoice",
    "MerchantAccount",
    "Outcome",
    "Payment",
    "PaymentQuerySet",
    "PlanSync",
    "Reconciliation",
    "Refund",
    "Standing",
    "Status",
    "Subscription",
    "SubscriptionQuerySet",
    "WebhookEvent",
    "new_reference",
]
