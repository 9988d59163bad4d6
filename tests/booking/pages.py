"""What the tests of the tenant's side say again and again."""

import html
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking.models import Service, ServiceCategory, Staff
from plans.models import Plan
from tenants.models import Tenant
from tenants.scope import tenant_scope

KINDS = {
    "staff": (Staff, "/panel/staff/", {"name": "Inês"}),
    "services": (Service, "/panel/services/", {"name": "Cut", "minutes": "30", "price": "25.00"}),
}
"""By module: the model, the list's address and a form that is in order."""


def allow(plan: Plan, **limits: int) -> None:
    plan.limits |= limits
    plan.save()


def switch(plan: Plan, *keys: str, on: bool) -> None:
    plan.capabilities |= dict.fromkeys(keys, on)
    plan.save()


def put_on(tenant: Tenant, plan: Plan) -> None:
    tenant.plan = plan
    tenant.save()


def fill(tenant: Tenant, module: str, count: int, **fields: object) -> list[int]:
    """`count` rows, and their keys."""
    model = KINDS[module][0]
    extra = {"price": 1000} if model is Service else {}
    with tenant_scope(tenant):
        rows = [model(**{"name": f"Row {n:02}"} | extra | fields) for n in range(count)]
        return [row.pk for row in model.objects.bulk_create(rows)]


def fill_apart(tenant: Tenant, module: str, count: int) -> None:
    """`count` rows, services each in a category of its own: what would cost a query per row does."""
    for number in range(count):
        category = headings(tenant, f"Heading {number}")[0] if module == "services" else None
        fill(tenant, module, 1, **({"category": category} if category else {}))


def headings(tenant: Tenant, *names: str) -> list[ServiceCategory]:
    with tenant_scope(tenant):
        return [ServiceCategory.objects.create(name=name) for name in names]


def rows_of(tenant: Tenant, module: str) -> list[Staff | Service]:
    with tenant_scope(tenant):
        return list(KINDS[module][0].objects.order_by("pk"))


def row(tenant: Tenant, module: str, pk: int) -> Staff | Service:
    with tenant_scope(tenant):
        return KINDS[module][0].objects.get(pk=pk)


def words(response: HttpResponse) -> str:
    """The page with its entities read, all white space as one blank."""
    return " ".join(html.unescape(response.content.decode()).split())


@contextmanager
def counted() -> Iterator[list[str]]:
    """The queries of the block, without the search paths that are set for them."""
    queries: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield queries
    queries += [q["sql"] for q in captured if not q["sql"].startswith("SET search_path")]


def queries_for(client: Client, url: str, status: int = 200) -> int:
    """How many queries one GET of `url` takes, once the process is warm."""
    client.get(url)
    with counted() as queries:
        assert client.get(url).status_code == status
    return len(queries)
