"""What waits in tenants' schemas, found with one query of the public one: a sweep never goes through all schemas.

An app keeps one errand of each tenant for each kind of work. It is a hint: whoever goes looks for what is due.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Least

from tenants.models import Errand, Tenant

LEASE = timedelta(minutes=5)
"""After which an errand that nobody came back from is gone on again."""


def look_by(tenant: Tenant, kind: str, at: datetime) -> None:
    """Somebody looks at `at`, or before. In the caller's transaction, so that it is there with what waits."""
    Errand.objects.bulk_create([Errand(tenant=tenant, kind=kind, due_at=at)], ignore_conflicts=True)
    Errand.objects.filter(tenant=tenant, kind=kind).update(due_at=Least("due_at", at))


def set_next(tenant: Tenant, kind: str, at: datetime | None) -> None:
    """Somebody looks at `at` next, whatever was said before; None where nothing waits. Under the tenant's lock."""
    if at is None:
        Errand.objects.filter(tenant=tenant, kind=kind).delete()
    else:
        Errand.objects.update_or_create(tenant=tenant, kind=kind, defaults={"due_at": at})


@transaction.atomic
def claim(kind: str, now: datetime, at_most: int) -> list[int]:
    """Tenants to look at now, the longest waiting first; nobody else gets them while the lease lasts. Two queries."""
    due = Errand.objects.filter(kind=kind, due_at__lte=now).order_by("due_at", "pk")
    found = list(due.select_for_update(skip_locked=True)[:at_most])
    Errand.objects.filter(pk__in=[one.pk for one in found]).update(due_at=now + LEASE)
    return [one.tenant_id for one in found]
