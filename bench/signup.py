"""From the button “confirm my e-mail” to one's own panel, schema and all; and the schema by itself."""

import time
from statistics import median

from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.conf import settings
from django.urls import reverse

from bench.progress import say
from bench.rows import Row, figure
from bench.scratch import our_database
from bench.serving import our_server
from bench.visitor import Visitor
from bench.world import make_grid
from plans.models import Plan
from saas.core.clock import now
from tenants.models import Tenant
from tenants.services.provisioning import provision

BUSINESSES = 5
MOST_SECONDS = 2
MOST_MS = 150


def run() -> list[Row]:
    with our_database("signup") as url:
        plan = make_grid()["Free trial"]
        with our_server(url) as port:
            first, *seconds = [sign_up(port, number) for number in range(BUSINESSES + 1)]
        say(f"the first after a start took {first:.2f} s")
        _, *milliseconds = [provision_one(plan, number) for number in range(BUSINESSES + 1)]
    return [
        figure("signup_to_panel", "s", median(seconds), limit=MOST_SECONDS),
        figure("provision_ms", "ms", median(milliseconds), limit=MOST_MS),
    ]


def sign_up(port: int, number: int) -> float:
    """Seconds from pressing the button in the confirmation mail to the panel's HTML."""
    platform = f"http://{settings.PLATFORM_HOST}:{port}"
    email = f"owner{number}@bench.example"
    visitor = Visitor()
    form = visitor.get(platform + _path("tenants_public:signup"))
    visitor.submit(
        form,
        business_name=f"Business {number}",
        slug=f"business-{number}",
        name="Owner",
        email=email,
        password1="correct horse battery",
    )
    key = EmailConfirmationHMAC(EmailAddress.objects.get(email=email)).key
    button = visitor.get(platform + _path("tenants_public:confirm_email", key))
    began = time.perf_counter()
    page = visitor.submit(button)
    taken = time.perf_counter() - began
    visitor.leave()
    if not page.url.endswith("/panel/"):
        raise RuntimeError(f"The way in ended at {page.url}.")
    return taken


def _path(name: str, *arguments: str) -> str:
    return reverse(name, urlconf=settings.PUBLIC_SCHEMA_URLCONF, args=arguments)


def provision_one(plan: Plan, number: int) -> float:
    """Milliseconds for one more tenant's schema, complete and committed."""
    tenant = Tenant.objects.create(name="Bench", slug=f"provisioned-{number}", plan=plan)
    began = time.perf_counter()
    provision(tenant, now=now())
    return (time.perf_counter() - began) * 1000
