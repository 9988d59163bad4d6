"""What happens with money, for workflows of the business and of the platform."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from billing.models import Payment, Subscription
from plans.event_types import PLATFORM, TENANT, EventType, Facts, Payload, Timed
from plans.models import Plan
from saas.core.errors import Sentence
from saas.core.money import format_money
from tenants import event_facts
from tenants.event_facts import OWNERS, PLAN, SUPER_ADMINS, TENANT_FIELDS
from tenants.models import Tenant

BILLING = _("Billing")
PAYMENT_FIELDS = {
    **TENANT_FIELDS,
    "payment.title": "Team, monthly",
    "payment.amount": "$29.00",
    "billing.url": "https://salon-aurora.example/panel/billing/",
}
ENDS_FIELDS = {
    **TENANT_FIELDS,
    "plan.ends_on": "3 December 2026",
    "billing.url": "https://salon-aurora.example/panel/billing/",
}


def payment_facts(
    tenant: Tenant, payloads: Sequence[Payload], _now: datetime
) -> list[Facts | None]:
    """Three queries, however many payments they are."""
    ids = [one.get("payment_id") for one in payloads]
    found = Payment.objects.filter(tenant=tenant).in_bulk([pk for pk in ids if pk])
    base = event_facts.facts_of(tenant)
    return [_of_payment(base, found[pk], tenant) if pk in found else None for pk in ids]


def lapsed_facts(tenant: Tenant, payloads: Sequence[Payload], _now: datetime) -> list[Facts | None]:
    """About the plan that was not renewed, not the one that came after it. Three queries."""
    base = event_facts.facts_of(tenant)
    names = dict(
        Plan.objects.filter(pk__in=[one["plan_id"] for one in payloads]).values_list("pk", "name")
    )
    return [
        _with(
            base,
            {**_billing(tenant), "plan.name": names.get(one["plan_id"], "")},
            values={"plan": str(one["plan_id"])},
        )
        for one in payloads
    ]


def standing_facts(
    tenant: Tenant, payloads: Sequence[Payload], _now: datetime
) -> list[Facts | None]:
    """How the business stands, and until when. Two queries."""
    ends_on = {"plan.ends_on": event_facts.day_of(tenant, tenant.expires_at), **_billing(tenant)}
    facts = event_facts.facts_of(tenant, ends_on, at=tenant.expires_at)
    return [facts] * len(payloads)


def paid_until(tenant: Tenant, _ids: Sequence[int]) -> Mapping[int, datetime]:
    """{tenant: until when it is paid}; nothing where nothing is paid for. One query."""
    is_paid = Subscription.objects.live().filter(tenant=tenant).exists()
    return {tenant.pk: tenant.expires_at} if is_paid and tenant.expires_at else {}


def paid_ends(tenant: Any, now: datetime) -> Iterable[tuple[int, datetime]]:
    """Of one tenant, or of all, those whose paid time ends after `now`. One query."""
    found = Tenant.objects.open().filter(
        pk__in=Subscription.objects.live().values("tenant"), expires_at__gt=now
    )
    if tenant is not None:
        found = found.filter(pk=tenant.pk)
    return list(found.values_list("pk", "expires_at"))


def _of_payment(base: Facts, payment: Payment, tenant: Tenant) -> Facts:
    fields = {
        "payment.title": payment.title,
        "payment.amount": format_money(payment.amount, payment.currency),
        **_billing(tenant),
    }
    return _with(base, fields, about=f"{tenant.name}, {payment.title}")


def _billing(tenant: Tenant) -> dict[str, str]:
    return {"billing.url": tenant.url("/panel/billing/")}


def _with(
    base: Facts,
    fields: Mapping[str, str],
    *,
    values: Mapping[str, str] | None = None,
    about: str = "",
) -> Facts:
    return Facts(
        fields={**base.fields, **fields},
        values={**base.values, **(values or {})},
        people=base.people,
        about=about or base.about,
    )


def _event(key: str, label: Sentence, fields: dict[str, str], facts: Any, **more: Any) -> EventType:
    return EventType(
        key,
        label,
        fields,
        group=BILLING,
        audiences=frozenset({TENANT, PLATFORM}),
        conditions=(PLAN,),
        recipients=(OWNERS, SUPER_ADMINS),
        facts=facts,
        **more,
    )


_of_payments = partial(_event, fields=PAYMENT_FIELDS, facts=payment_facts, subject="payment_id")
EVENTS = (
    _of_payments("billing.payment_received", _("A payment came in")),
    _of_payments("billing.payment_failed", _("A payment failed")),
    _of_payments("billing.subscription_renewed", _("A plan was renewed")),
    _event(
        "billing.renewal_failed",
        _("A renewal could not be collected"),
        ENDS_FIELDS,
        standing_facts,
        subject="subscription_id",
    ),
    _event(
        "billing.subscription_lapsed",
        _("A plan was not renewed"),
        {**TENANT_FIELDS, "billing.url": ENDS_FIELDS["billing.url"]},
        lapsed_facts,
        subject="tenant_id",
    ),
    _event(
        "billing.subscription_ends",
        _("What is paid for ends, or is renewed"),
        ENDS_FIELDS,
        standing_facts,
        subject="tenant_id",
        timed=Timed(
            at=paid_until,
            coming=paid_ends,
            follows=frozenset(
                {
                    "tenant.plan_changed",
                    "billing.payment_received",
                    "billing.subscription_renewed",
                }
            ),
            sides=("before",),
            suggested_minutes=7 * 24 * 60,
        ),
    ),
)
