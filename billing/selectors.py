"""What the Billing page shows: the tenant's own plan and those it may pick."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from plans.models import Plan
from plans.registry import Capability, registry
from tenants.cards import Offer
from tenants.models import Cycle, Tenant


@dataclass(frozen=True)
class Card:
    """One plan of the grid: what it allows, what it has and others have not, whose it is."""

    plan: Plan
    limits: list[tuple[Any, str]]
    features: list[Any]
    is_current: bool
    mail: str
    """Address of a mail that asks for it; empty where the platform names none."""
    must_be_asked_for: bool
    """It costs something and is not the tenant's yet, or only on trial."""


def plan_cards(tenant: Tenant, *, on_trial: bool = False) -> list[Card]:
    """The plans that may be picked, by order number. A hidden plan has no card. One query."""
    offers = [Offer(plan) for plan in Plan.objects.visible()]
    telling = telling_features(offers)
    return [_card(tenant, offer, telling, on_trial=on_trial) for offer in offers]


def telling_features(offers: list[Offer]) -> list[Capability]:
    """The capabilities that tell the plans apart. A child counts among the plans that have its parent."""
    return [
        capability
        for capability in registry.capabilities.values()
        if len(
            {
                offer.entitlements.can(capability.key)
                for offer in offers
                if not capability.parent or offer.entitlements.can(capability.parent)
            }
        )
        > 1
    ]


def _card(tenant: Tenant, offer: Offer, telling: list[Capability], *, on_trial: bool) -> Card:
    plan, can = offer.plan, offer.entitlements.can
    return Card(
        plan=plan,
        limits=offer.limits,
        features=[capability.label for capability in telling if can(capability.key)],
        is_current=plan.pk == tenant.plan_id,
        mail=request_mail(tenant, plan),
        must_be_asked_for=not plan.is_free and (plan.pk != tenant.plan_id or on_trial),
    )


def request_mail(tenant: Tenant, plan: Plan) -> str:
    """The mailto address that asks the platform's owner for `plan`; empty when no address is set."""
    address = tenant.platform_settings.contact_email
    subject = _("%(plan)s for %(business)s") % {"plan": plan.name, "business": tenant.name}
    return f"mailto:{quote(address, safe='@')}?subject={quote(subject)}" if address else ""


def price_now(tenant: Tenant) -> int:
    """What the tenant's plan costs for its cycle, in minor units."""
    annual = tenant.cycle == Cycle.ANNUAL
    return tenant.plan.annual_price if annual else tenant.plan.monthly_price
