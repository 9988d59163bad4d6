"""What the Billing page shows: the tenant's own plan, those it may pick, and what a move would change."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from plans.entitlements import UNLIMITED, Entitlements, UsageLine
from plans.models import Plan
from plans.registry import Capability, registry
from saas.core.templatetags.ui import meter_state
from tenants.models import Cycle, Tenant


@dataclass
class Offer:
    """A plan by itself, before anybody is on it: what Entitlements can be asked about."""

    plan: Plan

    @property
    def entitlements(self) -> Entitlements:
        return Entitlements(self)


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
        limits=[
            (limit.label, ceiling_text(offer, limit.key))
            for limit in registry.limits.values()
            if not limit.capability or can(limit.capability)
        ],
        features=[capability.label for capability in telling if can(capability.key)],
        is_current=plan.pk == tenant.plan_id,
        mail=request_mail(tenant, plan),
        must_be_asked_for=not plan.is_free and (plan.pk != tenant.plan_id or on_trial),
    )


def ceiling_text(holder: Offer | Tenant, key: str) -> str:
    """`5` or `Unlimited`."""
    ceiling = holder.entitlements.ceiling(key)
    return pgettext("limit", "Unlimited") if ceiling == UNLIMITED else str(ceiling)


def request_mail(tenant: Tenant, plan: Plan) -> str:
    """The mailto address that asks the platform's owner for `plan`; empty when no address is set."""
    address = tenant.platform_settings.contact_email
    subject = _("%(plan)s for %(business)s") % {"plan": plan.name, "business": tenant.name}
    return f"mailto:{quote(address, safe='@')}?subject={quote(subject)}" if address else ""


@dataclass(frozen=True)
class Meter:
    """How much of one limit is used, and what that means once it is nearly all."""

    label: Any
    used: int
    ceiling: int
    period: str
    note: str


def meters(usage: list[UsageLine]) -> list[Meter]:
    """`usage` as it is shown in the Current plan dialog and on the home page. No query."""
    return [
        Meter(
            line.limit.label,
            line.used,
            line.ceiling,
            period=_("this month") if line.limit.per else "",
            note=_room_note(line),
        )
        for line in usage
    ]


def _room_note(line: UsageLine) -> str:
    if line.unlimited:
        return ""
    if line.ceiling == 0:
        return _("Your plan allows none.")
    if not line.has_room:
        return _("None left: you can use what you have, and add no more.")
    left = line.ceiling - line.used
    near = meter_state(line.used, line.ceiling)
    return ngettext("%(left)s left", "%(left)s left", left) % {"left": left} if near else ""


def price_now(tenant: Tenant) -> int:
    """What the tenant's plan costs for its cycle, in minor units."""
    annual = tenant.cycle == Cycle.ANNUAL
    return tenant.plan.annual_price if annual else tenant.plan.monthly_price


def trial_days_left(tenant: Tenant, now: datetime) -> int | None:
    """Days left of a free trial, the present one included; None when there is no trial, or it is over."""
    if tenant.expires_at is None or tenant.expires_at <= now:
        return None
    return math.ceil((tenant.expires_at - now) / timedelta(days=1))
