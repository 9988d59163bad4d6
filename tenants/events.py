"""What happens to businesses and to logins, for workflows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from plans.event_types import PLATFORM, TENANT, EventType, Facts, Payload, Timed
from plans.models import PlatformSettings
from tenants import event_facts
from tenants.event_facts import OWNERS, PLAN, SUPER_ADMINS, TENANT_FIELDS
from tenants.models import Tenant, User

BUSINESSES, ACCOUNT = _("Businesses"), _("Account")
BOTH = frozenset({TENANT, PLATFORM})
TRIAL_FIELDS = {**TENANT_FIELDS, "trial.ends_on": "3 December 2026"}
USER_FIELDS = {"user.name": "Ana Ribeiro", "user.email": "ana@salon-aurora.example"}


def trial_facts(tenant: Tenant, payloads: Sequence[Payload], _now: datetime) -> list[Facts | None]:
    """Two queries."""
    ends_on = {"trial.ends_on": event_facts.day_of(tenant, tenant.expires_at)}
    facts = event_facts.facts_of(tenant, ends_on, at=tenant.expires_at)
    return [facts] * len(payloads)


def trial_ends(tenant: Tenant, _ids: Sequence[int]) -> Mapping[int, datetime]:
    """{tenant: when its trial ends}; nothing where it is on no trial. One query."""
    trial_plan_id = PlatformSettings.load().trial_plan_id
    if tenant.expires_at is None or tenant.plan_id != trial_plan_id:
        return {}
    return {tenant.pk: tenant.expires_at}


def trials(_tenant: Any, now: datetime) -> Iterable[tuple[int, datetime]]:
    """Every trial that ends after `now`. Two queries."""
    trial_plan_id = PlatformSettings.load().trial_plan_id
    if trial_plan_id is None:
        return []
    found = Tenant.objects.open().filter(plan_id=trial_plan_id, expires_at__gt=now)
    return list(found.values_list("pk", "expires_at"))


def reset_facts(_tenant: Any, payloads: Sequence[Payload], _now: datetime) -> list[Facts | None]:
    """Never the link itself. Two queries."""
    ids = [one.get("user_id") for one in payloads]
    found = User.objects.in_bulk([pk for pk in ids if pk])
    admins = event_facts.super_admins()
    return [
        Facts(
            fields={"user.name": found[pk].name, "user.email": found[pk].email},
            people={"platform": admins},
            about=found[pk].email,
        )
        if pk in found
        else None
        for pk in ids
    ]


EVENTS = (
    EventType(
        "tenant.signed_up",
        _("A business signed up"),
        TENANT_FIELDS,
        group=BUSINESSES,
        audiences=frozenset({PLATFORM}),
        subject="tenant_id",
        conditions=(PLAN,),
        recipients=(OWNERS, SUPER_ADMINS),
        facts=event_facts.tenant_facts,
    ),
    EventType(
        "tenant.plan_changed",
        _("The plan changed"),
        TENANT_FIELDS,
        group=BUSINESSES,
        audiences=BOTH,
        subject="tenant_id",
        conditions=(PLAN,),
        recipients=(OWNERS, SUPER_ADMINS),
        facts=event_facts.tenant_facts,
    ),
    EventType(
        "tenant.trial_ends",
        _("A trial ends"),
        TRIAL_FIELDS,
        group=BUSINESSES,
        audiences=frozenset({PLATFORM}),
        subject="tenant_id",
        conditions=(PLAN,),
        recipients=(OWNERS, SUPER_ADMINS),
        facts=trial_facts,
        timed=Timed(
            at=trial_ends,
            coming=trials,
            follows=frozenset({"tenant.signed_up", "tenant.plan_changed"}),
            sides=("before",),
            suggested_minutes=3 * 24 * 60,
        ),
    ),
    EventType(
        "account.password_reset_asked",
        _("Somebody asked for a new password"),
        USER_FIELDS,
        group=ACCOUNT,
        audiences=frozenset({PLATFORM}),
        recipients=(SUPER_ADMINS,),
        facts=reset_facts,
    ),
)
