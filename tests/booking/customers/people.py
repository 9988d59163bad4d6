"""What the tests of customers say again and again."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.utils import timezone

from booking.imports import running
from booking.models import Customer, ImportRefusal, ImportRun
from tenants.models import Tenant
from tenants.scope import tenant_scope

Clients = Callable[..., Client]
CUSTOMERS = "/panel/customers/"


def make(tenant: Tenant, name: str, **fields: Any) -> Customer:
    with tenant_scope(tenant):
        return Customer.objects.create(name=name, **fields)


def customers_of(tenant: Tenant) -> list[Customer]:
    with tenant_scope(tenant):
        return list(Customer.objects.order_by("pk"))


def names(tenant: Tenant) -> list[str]:
    return [row.name for row in customers_of(tenant)]


def check(tenant: Tenant, text: str | bytes, **chosen: Any) -> ImportRun:
    """The file is uploaded and read, with the columns that were guessed unless `chosen` says otherwise."""
    now = timezone.now()
    content = text.encode() if isinstance(text, str) else text
    run = running.begin(tenant, name="list.csv", content=content, by_id=None, now=now)
    how = {name: getattr(run, name) for name in ("encoding", "delimiter", "has_head", "columns")}
    running.choose(tenant, run.pk, now=now, **how | chosen)
    running.work_on(tenant, run.pk, now)
    return fresh(tenant, run)


def bring_in(tenant: Tenant, text: str | bytes, **chosen: Any) -> ImportRun:
    """The same, and imported."""
    run = check(tenant, text, **chosen)
    running.apply(tenant, run.pk, now=timezone.now())
    running.work_on(tenant, run.pk, timezone.now())
    return fresh(tenant, run)


def fresh(tenant: Tenant, run: ImportRun) -> ImportRun:
    with tenant_scope(tenant):
        return ImportRun.objects.get(pk=run.pk)


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    """New, changed, the same, refused."""
    return run.new, run.changed, run.same, run.refused


def refusals(tenant: Tenant, run: ImportRun) -> dict[int, str]:
    with tenant_scope(tenant):
        return dict(ImportRefusal.objects.filter(run=run).values_list("line", "reason"))
