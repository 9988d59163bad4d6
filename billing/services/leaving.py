"""A tenant that is on another plan than the one it pays for: what it paid for does not renew any more.

That is so after a move by the platform, or onto a free plan. Whatever pays for a plan, renews it or lets it lapse
leaves subscription and plan in step, in one transaction.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from billing.models import Subscription
from billing.services import subscriptions
from tenants.models import Tenant


def end_left(tenant_id: int, now: datetime) -> bool:
    """The live subscription of the tenant is ended, where it is of a plan that the tenant has left."""
    tenant = Tenant.objects.filter(pk=tenant_id).first()
    return tenant is not None and _end(tenant, now)


def left(at_most: int) -> list[int]:
    """Tenants with a subscription that they have left: news of the move was lost."""
    return list(_left().values_list("tenant_id", flat=True)[:at_most])


def _left() -> "QuerySet[Subscription]":
    """Live subscriptions of another plan than the tenant's, which is not what they go on with either."""
    is_next = Q(next_plan__isnull=False, next_plan=F("tenant__plan"))
    return Subscription.objects.live().exclude(plan=F("tenant__plan")).exclude(is_next)


@transaction.atomic
def _end(tenant: Tenant, now: datetime) -> bool:
    locked = tenant.lock()
    subscription = subscriptions.lock_live(locked)
    if subscription is None or locked.plan_id in {subscription.plan_id, subscription.next_plan_id}:
        return False
    subscriptions.end(subscription, now=now)
    return True
