"""The cast of every test: two businesses, their people, and the plans they are on.

Two tenants are always there, so that every test is an isolation test.
"""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db import connection
from django.utils import timezone

from plans.entitlements import UNLIMITED
from plans.models import Plan, PlatformSettings
from plans.registry import registry
from tenants.models import Domain, Membership, Role, Tenant, User
from tenants.services.provisioning import provision

PASSWORD = "correct horse battery"
AURORA_SCHEMA, BOREALIS_SCHEMA = "t_aaaaaaaaaaaaaaaa", "t_bbbbbbbbbbbbbbbb"


@dataclass
class World:
    plan: Plan
    small_plan: Plan
    aurora: Tenant
    borealis: Tenant
    olivia: User
    ana: User
    mara: User
    bruno: User
    carla: User


def build_world() -> World:
    """The cast, made where it is missing: tests that commit take the rows away, never the schemas."""
    PlatformSettings.load()
    everything = dict.fromkeys(registry.capabilities, True)
    plan = make_plan(
        "Team",
        capabilities=everything,
        limits=dict.fromkeys(registry.limits, UNLIMITED),
        monthly_price=2900,
        annual_price=29000,
        order_number=20,
    )
    small = make_plan(
        "Free",
        capabilities=everything,
        limits=dict.fromkeys(registry.limits, 5),
        is_default=True,
        order_number=10,
    )
    olivia = make_user("olivia@tenantry.example", "Olivia Lind", is_super_admin=True)
    ana, mara = (
        make_user("ana@aurora.example", "Ana Ribeiro"),
        make_user("mara@aurora.example", "Mara Duarte"),
    )
    bruno, carla = (
        make_user("bruno@aurora.example", "Bruno Costa"),
        make_user("carla@borealis.example", "Carla Mendes"),
    )
    aurora = make_tenant(
        "Salon Aurora",
        "salon-aurora",
        AURORA_SCHEMA,
        plan,
        {ana: Role.OWNER, mara: Role.MANAGER, bruno: Role.STAFF},
    )
    borealis = make_tenant("Borealis Yoga", "borealis", BOREALIS_SCHEMA, plan, {carla: Role.OWNER})
    return World(plan, small, aurora, borealis, olivia, ana, mara, bruno, carla)


def make_plan(name: str, **fields: object) -> Plan:
    return Plan.objects.get_or_create(name=name, defaults=fields)[0]


def make_user(email: str, name: str, **fields: object) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, PASSWORD, name=name, **fields)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def make_tenant(
    name: str, slug: str, schema_name: str, plan: Plan, people: dict[User, Role]
) -> Tenant:
    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        tenant = Tenant.objects.create(name=name, slug=slug, schema_name=schema_name, plan=plan)
        Domain.objects.create(domain=tenant.host, tenant=tenant, is_primary=True)
        for user, role in people.items():
            Membership.objects.create(tenant=tenant, user=user, role=role)
        provision_again(tenant)
    return tenant


def provision_again(tenant: Tenant) -> None:
    """Provision, or only mark as open where the schema has outlived the row."""
    if schema_exists(tenant.schema_name):
        tenant.activated_at = timezone.now()
        tenant.save(update_fields=["activated_at"])
    else:
        provision(tenant, now=timezone.now())


def schema_exists(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [name])
        return bool(cursor.fetchone()[0])
