"""What a gateway is asked for: a payment of ours in the words that all gateways have in common."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from billing.gateways.base import (
    HostedGateway,
    InstantGateway,
    Order,
    Recurring,
    RecurringGateway,
)
from billing.models import Payment, Subscription
from billing.quotes import cycle_end, price_of
from billing.services import plan_purchases, plan_sync
from billing.services.plan_choice import NotOffered
from plans.models import Plan
from saas.core.errors import Conflict
from saas.core.money import format_money
from tenants.models import Membership, Role

PAGE_IS_OPEN = timedelta(days=1)


class PriceChanged(Conflict):
    """What is due is not what the page showed."""

    def __init__(self, due: int, currency: str) -> None:
        super().__init__(
            _("The price is another one by now: %(due)s. Please look again before you pay.")
            % {"due": format_money(due, currency)}
        )


def order_of(payment: Payment, gateway: InstantGateway | HostedGateway, now: datetime) -> Order:
    """`payment` in the words of gateways; for a plan at one that renews with the price that goes on.

    A plan that is not there yet is sent, so call it outside of a transaction for such a gateway. Raises PriceChanged,
    NotOffered, and Conflict while the gateway has no price yet.
    """
    tenant = payment.tenant
    address = tenant.url(f"/panel/billing/payments/{payment.reference}/")
    return Order(
        reference=payment.reference,
        amount=payment.amount,
        currency=payment.currency,
        title=payment.title,
        tenant_id=tenant.pk,
        tenant_name=tenant.name,
        email=_email(payment),
        return_url=address,
        cancel_url=f"{address}?back=1",
        customer_id=_customer(payment),
        recurring=_recurring(payment, gateway, now),
        pay_until=now + PAGE_IS_OPEN,
    )


def _recurring(
    payment: Payment, gateway: InstantGateway | HostedGateway, now: datetime
) -> Recurring | None:
    if payment.purpose != plan_purchases.PLAN or not isinstance(gateway, RecurringGateway):
        return None
    ordered = payment.ordered
    terms = (ordered["plan_id"], ordered["cycle"], ordered["price"], payment.currency)
    price = plan_sync.price_in_force(gateway, terms, now)
    if price is None:
        _check_price(payment)
        raise Conflict(
            _("This plan is just being prepared for payment by card. Please try again in a minute.")
        )
    # Counted from the order, so that the same order reads the same however often it is begun.
    renews_at = cycle_end(payment.created_at, ordered["cycle"], payment.created_at)
    return Recurring(
        price.external_id, ordered["cycle"], ordered["price"], ordered["credit"], renews_at
    )


def _check_price(payment: Payment) -> None:
    """Return when the plan still costs what was ordered. Raises PriceChanged, NotOffered."""
    ordered = payment.ordered
    plan = Plan.objects.filter(pk=ordered["plan_id"]).first()
    if plan is None:
        raise NotOffered
    if (price := price_of(plan, ordered["cycle"])) != ordered["price"]:
        raise PriceChanged(price - ordered["credit"], payment.currency)


def _customer(payment: Payment) -> str:
    """The gateway's own name for the tenant, from an earlier subscription."""
    known = Subscription.objects.filter(
        tenant=payment.tenant, gateway=payment.gateway, environment=payment.environment
    ).exclude(customer_id="")
    return known.order_by("-pk").values_list("customer_id", flat=True).first() or ""


def _email(payment: Payment) -> str:
    if payment.by:
        return payment.by.email
    owners = Membership.objects.filter(tenant=payment.tenant, role=Role.OWNER, is_active=True)
    return owners.order_by("pk").values_list("user__email", flat=True).first() or ""
