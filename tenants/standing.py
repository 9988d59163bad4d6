"""How a tenant stands with its plan, as the tenant itself is told: how long a trial goes on, never that it is over."""

import math
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tenants.models import Tenant, TenantState


def trial_days_left(tenant: Tenant, now: datetime) -> int | None:
    """Days left of the free trial, the present one included; None when there is none, or it is over."""
    if tenant.expires_at is None or tenant.state(now) is not TenantState.TRIAL:
        return None
    return math.ceil((tenant.expires_at - now) / timedelta(days=1))


def is_without_plan(tenant: Tenant) -> bool:
    """Whether it has landed on the platform's Expired plan, whose name is not meant for its eyes."""
    return tenant.plan_id == tenant.platform_settings.expired_plan_id


def plan_line(tenant: Tenant, now: datetime) -> str:
    """What stands under the tenant's name: its plan, or “Free trial, 9 days left”. Only present facts."""
    days = trial_days_left(tenant, now)
    if days is not None:
        said = ngettext("Free trial, %(days)s day left", "Free trial, %(days)s days left", days)
        return said % {"days": days}
    if is_without_plan(tenant):
        return _("No plan at present")
    return _("%(plan)s plan") % {"plan": tenant.plan.name}
