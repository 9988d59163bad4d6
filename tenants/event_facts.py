"""What is known of a business when something happens to it: for the events of this app and of those above."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from plans.event_types import PLATFORM, Condition, Facts, Payload, Person, Recipient
from plans.models import Plan
from saas.core.errors import Sentence
from tenants.models import Membership, Role, Tenant, User

OWNERS = Recipient("owners", _("The owners of the business"), frozenset({"email"}))
SUPER_ADMINS = Recipient(
    "platform", _("The super admins"), frozenset({"email"}), frozenset({PLATFORM})
)
TENANT_FIELDS = {
    "tenant.name": "Salon Aurora",
    "tenant.url": "https://salon-aurora.example/",
    "owner.name": "Ana Ribeiro",
    "plan.name": "Team",
}


def plan_choices(tenant: Tenant | None) -> list[tuple[str, Sentence]]:
    """All plans; for a business those that it may pick and its own: a hidden one may bear the name of another."""
    found = Plan.objects.order_by("name")
    if tenant is not None:
        found = found.filter(Q(is_hidden=False) | Q(pk=tenant.plan_id))
    return [(str(pk), name) for pk, name in found.values_list("pk", "name")]


PLAN = Condition("plan", _("Plan"), plan_choices)


def owners(tenant: Tenant) -> list[Person]:
    """Those of a business who can log in and are owners, the first one first. One query."""
    found = Membership.objects.filter(
        tenant=tenant, role=Role.OWNER, is_active=True, user__is_active=True
    ).select_related("user")
    return [_person(one.user) for one in found.order_by("pk")]


def super_admins() -> list[Person]:
    """One query."""
    found = User.objects.filter(is_super_admin=True, is_active=True).order_by("pk")
    return [_person(one) for one in found]


def tenant_facts(tenant: Tenant, payloads: Sequence[Payload], _now: datetime) -> list[Facts | None]:
    """The same for every payload: how the business stands. Two queries."""
    facts = facts_of(tenant)
    return [facts] * len(payloads)


def facts_of(tenant: Tenant, fields: Mapping[str, str] | None = None, **more: Any) -> Facts:
    """How `tenant` stands, with `fields` beside what is known of every business. Two queries."""
    people = owners(tenant)
    return Facts(
        fields={
            "tenant.name": tenant.name,
            "tenant.url": tenant.url("/"),
            "owner.name": people[0].name if people else "",
            "plan.name": tenant.plan.name,
            **(fields or {}),
        },
        values={"plan": str(tenant.plan_id), **more.pop("values", {})},
        people={"owners": people, "platform": super_admins()},
        about=tenant.name,
        **more,
    )


def day_of(tenant: Tenant, instant: datetime | None) -> str:
    """“3 December 2026”, as it is where the business is; empty for none."""
    return date_format(instant.astimezone(ZoneInfo(tenant.time_zone)), "j F Y") if instant else ""


def _person(user: User) -> Person:
    return Person(user.name or user.email, user.email, "", f"user:{user.pk}")
