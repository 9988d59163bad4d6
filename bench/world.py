"""What the page benchmarks look at: the small-business grid and one salon that is on it."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client

from booking.models import Service, ServiceCategory, Staff
from plans.entitlements import UNLIMITED
from plans.models import Plan, PlatformSettings
from plans.registry import registry
from saas.core.clock import now
from tenants.models import Domain, Membership, Role, Tenant, User
from tenants.scope import tenant_scope
from tenants.services.provisioning import provision

STAFF, SERVICES, CATEGORIES = 12, 20, 4
NOT_ON_TRIAL = {"workflows", "reports"}
ONLY_ON_BEST = {
    "booking_page.remove_branding",
    "booking_page.upload_logo",
    "booking_page.dynamic_translations",
}
DESCRIPTION = (
    "<p>For <strong>growing</strong> teams.</p><ul><li>Reminders</li><li>Reports</li></ul>"
)


@dataclass(frozen=True)
class Salon:
    """A business that is open, its owner, and the owner's session on its host."""

    tenant: Tenant
    owner: User

    def client(self) -> Client:
        """The owner's browser, logged in on the tenant's host."""
        client = Client(SERVER_NAME=self.tenant.host, SERVER_PORT=settings.PORT)
        client.force_login(self.owner)
        session = client.session
        session["host"] = self.tenant.pk
        session.save()
        return client

    def cookie(self) -> str:
        """The Cookie header of a logged-in owner."""
        return f"{settings.SESSION_COOKIE_NAME}={self.client().session.session_key}"


def make_grid() -> dict[str, Plan]:
    """The plans of a small-business platform, by name; the trial plan is the default one."""
    PlatformSettings.load()
    everything = set(registry.capabilities)
    return {
        plan.name: plan
        for plan in (
            _plan(
                "Free trial", 10, 0, everything - NOT_ON_TRIAL - ONLY_ON_BEST, (2, 5, 1, 50, 200)
            ),
            _plan("Team", 20, 2900, everything - ONLY_ON_BEST, (10, 50, 3, 1000, UNLIMITED)),
            _plan("Team+", 30, 5900, everything, (25, UNLIMITED, 5, UNLIMITED, UNLIMITED)),
        )
    }


def _plan(name: str, order: int, price: int, on: set[str], ceilings: tuple[int, ...]) -> Plan:
    keys = ("staff", "services", "locations", "appointments", "customers")
    limits = dict(zip(keys, ceilings, strict=True))
    return Plan.objects.create(
        name=name,
        order_number=order,
        monthly_price=price,
        annual_price=price * 10,
        annual_discount=17 if price else 0,
        bookmark_text="POPULAR" if name == "Team" else "",
        description=DESCRIPTION,
        is_default=price == 0,
        capabilities={key: key in on for key in registry.capabilities},
        limits={key: limits.get(key, UNLIMITED) for key in registry.limits},
    )


def make_salon() -> Salon:
    """One business with staff and services, on the biggest plan of a new grid."""
    plan = make_grid()["Team+"]
    tenant = Tenant.objects.create(name="Salon Aurora", slug="salon-aurora", plan=plan)
    Domain.objects.create(domain=tenant.host, tenant=tenant, is_primary=True)
    owner = User.objects.create_user("ana@aurora.example", name="Ana Ribeiro")
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    Membership.objects.create(tenant=tenant, user=owner, role=Role.OWNER)
    tenant = provision(tenant, now=now())
    with tenant_scope(tenant):
        _fill()
    return Salon(tenant, owner)


def _fill() -> None:
    categories = [
        ServiceCategory.objects.create(name=f"Category {number}", order_number=number)
        for number in range(CATEGORIES)
    ]
    Staff.objects.bulk_create(
        Staff(name=f"Person {number}", title="Stylist", email=f"person{number}@aurora.example")
        for number in range(STAFF)
    )
    Service.objects.bulk_create(
        Service(
            name=f"Service {number}",
            category=categories[number % CATEGORIES],
            minutes=30 + number,
            price=1500 + 100 * number,
        )
        for number in range(SERVICES)
    )
