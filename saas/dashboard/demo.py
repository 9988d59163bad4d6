"""The demo's small world: a platform owner and three businesses, one of them at the limit of its plan.

Every login has the same well-known password, so none of this may ever reach a production database.
"""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from billing import ledger
from billing.ledger import Kind, Why
from billing.services import checkout
from billing.services.checkout import Press
from billing.services.expiry.sweeping import sweep
from booking.models import Service
from booking.services.categories import add_category
from booking.services.extras import add_extra
from booking.services.locations import add_location
from booking.services.services import add_service
from booking.services.staff import add_staff
from plans.entitlements import UNLIMITED
from plans.models import Plan, PlatformSettings
from plans.services.grids import load_grid
from saas.dashboard.demo_credits import buy, purchases_of, sell_packs, use_credits
from saas.dashboard.demo_history import fill_history
from saas.dashboard.demo_team import add_team
from tenants.models import Cycle, Domain, Membership, PlanChange, Role, Tenant, User
from tenants.scope import tenant_scope
from tenants.services.provisioning import provision
from workflows import starters
from workflows.services import rules

PASSWORD = "tenantry-demo-2026"  # noqa: S105  # printed at every start of the demo
BALANCE = "balance"
SMS = 50
"""How many a month come with the first paid plan; the second has twice as many."""
WORLD = yaml.safe_load(Path(__file__).with_name("demo.yaml").read_text())


def is_wanted() -> bool:
    """Whether the database is still empty: nobody is on the platform."""
    return not User.objects.exists()


@transaction.atomic
def load(now: datetime) -> None:
    """The whole world, or nothing. Raises ImproperlyConfigured in production."""
    if settings.IS_PRODUCTION:
        raise ImproperlyConfigured(
            "Demo data have well-known passwords. They are not for production."
        )
    load_grid(os.environ.get("TENANTRY_DEMO_GRID", "small-business"))
    add_messages_to_plans()
    PlatformSettings.load()
    PlatformSettings.objects.update(contact_email="hello@tenantry.example")
    password = make_password(PASSWORD)
    add_person(WORLD["super_admin"], password, is_super_admin=True)
    sell_packs(WORLD, now)
    for business in WORLD["businesses"]:
        add_business(business, password, now)


def add_messages_to_plans() -> None:
    """SMS beside e-mails in every plan with workflows: the grids leave them to whoever sells them."""
    for place, plan in enumerate(Plan.objects.visible().order_by("order_number")):
        if plan.capabilities.get("workflows"):
            plan.capabilities |= {"workflows.sms": True, "workflows.webhook": True}
            plan.limits |= {"sms_per_month": SMS * place}
            plan.save(update_fields=["capabilities", "limits"])


def add_person(person: dict[str, str], password: str, *, is_super_admin: bool = False) -> User:
    """A login whose e-mail address is confirmed."""
    user = User.objects.create(
        name=person["name"], email=person["email"], password=password, is_super_admin=is_super_admin
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def add_business(business: dict[str, Any], password: str, now: datetime) -> Tenant:
    """A business with its people and its days; as many rows as its plan has room for.

    One that pays from its balance has begun with the default plan.
    """
    since = now - timedelta(days=business["days_ago"])
    months, paying_since = business.get("paid_from_balance", 0), now
    plan = chosen = plan_at(business["plan"])
    if months:
        plan, paying_since = plan_at(0), now - timedelta(days=business["paid_days_ago"])
    tenant = Tenant.objects.create(
        name=business["name"], slug=business["slug"], time_zone=business["time_zone"],
        plan=plan, plan_started_at=since, created_at=since,
    )  # fmt: skip
    Domain.objects.create(tenant=tenant, domain=tenant.host)
    PlanChange.objects.create(
        tenant=tenant,
        to_plan=plan,
        reason=PlanChange.Reason.SIGNUP,
        cause=f"demo:{tenant.slug}",
        at=since,
    )
    for person in business["people"]:
        Membership.objects.create(
            tenant=tenant, user=add_person(person, password), role=person["role"], created_at=since
        )
    tenant = provision(tenant, now=since)
    story = business.get("credits", {})
    if months:
        pay_from_balance(tenant, chosen, months, paying_since, now, story)
    furnish(tenant, business)
    add_team(tenant, business.get("invited", []), now)
    rooms = {limit: room(tenant, limit) for limit in ("customers", "appointments")}
    fill_history(tenant, business, now, rooms)
    add_workflows(tenant, business.get("workflows", []), now)
    use_credits(tenant, story, now)
    return tenant


def pay_from_balance(
    tenant: Tenant, plan: Plan, months: int, since: datetime, now: datetime, story: dict[str, Any]
) -> None:
    """`tenant` has put `months` on its balance and has paid `plan` from it, month by month, from `since` until `now`.

    What the `story` says was bought in between is bought in between: invoices are numbered as they come.
    """
    owner = tenant.memberships.select_related("user").get(role=Role.OWNER).user
    why = Why(Kind.ADJUSTMENT, "demo", note="By bank transfer")
    ledger.deposit(tenant.lock(), months * plan.monthly_price, why, now=since)
    press = Press(BALANCE, plan.monthly_price, "demo-first-month", owner)
    payment = checkout.order_plan(tenant, plan.pk, Cycle.MONTHLY, press, now=since)
    checkout.begin(payment, now=since)
    for at, pack in purchases_of(story, now):
        renew_until(tenant, at)
        buy(tenant, pack, at)
    renew_until(tenant, now)


def renew_until(tenant: Tenant, instant: datetime) -> None:
    tenant.refresh_from_db()
    while tenant.expires_at and tenant.expires_at <= instant:
        sweep(tenant.expires_at, at_most=1)
        tenant.refresh_from_db()


def furnish(tenant: Tenant, business: dict[str, Any]) -> None:
    """Staff, categories, services and their extras and locations, up to the limits of the plan."""
    for person in business["staff"][: room(tenant, "staff")]:
        add_staff(tenant, **only(person, "name", "title", "email", "phone"))
    left = room(tenant, "services")
    for order, (heading, services) in enumerate(business["services"].items(), start=1):
        category = add_category(tenant, name=heading, order_number=order)
        for service in services[:left]:
            fields = only(service, "name", "minutes", "price", "description")
            add_service(tenant, category=category, **fields)
        left = max(left - len(services), 0)
    for place in business["locations"][: room(tenant, "locations")]:
        add_location(tenant, **place)
    add_extras(tenant, business["extras"])


def only(told: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: told[name] for name in names if name in told}


def add_extras(tenant: Tenant, extras: list[dict[str, Any]]) -> None:
    """Those of `extras` whose service is there, as far as the plan has room."""
    with tenant_scope(tenant):
        services = {service.name: service for service in Service.objects.all()}
    found = [extra for extra in extras if extra["service"] in services]
    for extra in found[: room(tenant, "service_extras")]:
        add_extra(tenant, **extra | {"service": services[extra["service"]]})


def add_workflows(tenant: Tenant, keys: list[str], now: datetime) -> None:
    """Those of the templates that its plan has, switched on: what is booked from now on is told."""
    wanted = {one.key: one for one in starters.offered(tenant)}
    for key in keys:
        if key in wanted:
            rules.create(tenant, starters.rule_of(wanted[key], tenant), now, is_on=True)


def room(tenant: Tenant, limit: str) -> int:
    """How many rows of an empty business fit; more than the demo has where there is no ceiling."""
    ceiling = tenant.entitlements.ceiling(limit)
    return sys.maxsize if ceiling == UNLIMITED else ceiling


def plan_at(place: int) -> Plan:
    """The default plan for 0, the first visible paid plan for 1, and so on; the last where there are fewer."""
    if place == 0:
        return Plan.objects.get(is_default=True)
    paid = list(Plan.objects.visible().exclude(monthly_price=0, annual_price=0))
    return paid[min(place, len(paid)) - 1]


def facts() -> dict[str, Any]:
    """What the terminal shows after the start: where to go and who can log in."""
    admin = WORLD["super_admin"]
    logins = [
        _login(
            f"{admin['name']}, platform owner", f"{settings.PLATFORM_URL}/console/", admin["email"]
        )
    ]
    for business in WORLD["businesses"]:
        tenant = Tenant(name=business["name"], slug=business["slug"])
        for person in business["people"]:
            who = f"{person['name']}, {person['role']} of {tenant.name}"
            logins.append(_login(who, tenant.url("/panel/"), person["email"]))
    return {"platform_url": f"{settings.PLATFORM_URL}/", "logins": logins}


def _login(who: str, url: str, email: str) -> dict[str, str]:
    return {"who": who, "url": url, "email": email, "password": PASSWORD}
