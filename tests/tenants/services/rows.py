"""Rows of a tenant with known ages, and plans to move between."""

from datetime import UTC, datetime, timedelta
from typing import Any

from booking.models import Location, Service, ServiceExtra, Staff
from plans.entitlements import UNLIMITED
from plans.models import Plan
from plans.registry import registry
from tenants.models import PlanChange, Tenant
from tenants.scope import tenant_scope
from tenants.services.plan_changes import change_plan

BORN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MODELS = {
    "staff": Staff,
    "services": Service,
    "locations": Location,
    "service_extras": ServiceExtra,
}


def make_plan(name: str, *, price: int = 0, off: tuple[str, ...] = (), **limits: int) -> Plan:
    """A plan with every feature but `off`; what is not said of `limits` is unlimited."""
    return Plan.objects.create(
        name=name,
        monthly_price=price,
        annual_price=price * 10,
        capabilities={key: key not in off for key in registry.capabilities},
        limits={**dict.fromkeys(registry.limits, UNLIMITED), **limits},
    )


def rows(tenant: Tenant, count: int, kind: str = "staff", **fields: Any) -> list[int]:
    """`count` more rows called 1, 2, 3 … in the order of their age; their keys."""
    model = MODELS[kind]
    with tenant_scope(tenant):
        if model is ServiceExtra:
            fields.setdefault("service", Service.objects.get_or_create(name="Of the extras")[0])
        there = model.objects.count()
        return [
            model.objects.create(
                **{"name": str(n), "created_at": BORN + timedelta(days=n), **fields}
            ).pk
            for n in range(there + 1, there + 1 + count)
        ]


def names(tenant: Tenant, kind: str = "staff", **filters: Any) -> str:
    """The names of the rows that match, the oldest first: “1 2 3”."""
    with tenant_scope(tenant):
        found = MODELS[kind].objects.filter(**filters).order_by("created_at", "pk")
        return " ".join(found.values_list("name", flat=True))


def running(tenant: Tenant, kind: str = "staff") -> str:
    return names(tenant, kind, is_active=True, paused_at__isnull=True)


def paused(tenant: Tenant, kind: str = "staff") -> str:
    return names(tenant, kind, paused_at__isnull=False)


def everything(tenant: Tenant) -> dict[str, list[dict[str, Any]]]:
    """Every row of every kind with all its columns but `paused_at`."""
    with tenant_scope(tenant):
        return {
            kind: [
                {column: value for column, value in row.items() if column != "paused_at"}
                for row in model.objects.order_by("pk").values()
            ]
            for kind, model in MODELS.items()
        }


def move(tenant: Tenant, plan: Plan, **said: Any) -> bool:
    """`change_plan`, where all that is not said is a new move by the platform, NOW."""
    said = {
        "cause": f"test:{PlanChange.objects.count()}",
        "reason": PlanChange.Reason.MOVED,
        "now": NOW,
        **said,
    }
    return change_plan(tenant, plan, **said)


def limit(plan: Plan, **limits: int) -> None:
    """Other limits, with nobody told."""
    plan.limits |= limits
    plan.save()


def fresh(tenant: Tenant) -> Tenant:
    return Tenant.objects.select_related("plan").get(pk=tenant.pk)
