"""Who: logins, businesses, their addresses, who works where and on which terms. All in the public schema."""

from tenants.models.businesses import (
    Cycle,
    Domain,
    Membership,
    Role,
    Tenant,
    TenantQuerySet,
    TenantState,
    new_schema_name,
    slug_shape,
)
from tenants.models.errands import Errand
from tenants.models.invitations import Invitation
from tenants.models.terms import KeptRows, Override, PlanChange, PlanRefit
from tenants.models.usage import UsageCharge, UsageCounter
from tenants.models.users import UsedHandoff, User, UserManager, initials

__all__ = [
    "Cycle",
    "Domain",
    "Errand",
    "Invitation",
    "KeptRows",
    "Membership",
    "Override",
    "PlanChange",
    "PlanRefit",
    "Role",
    "Tenant",
    "TenantQuerySet",
    "TenantState",
    "UsageCharge",
    "UsageCounter",
    "UsedHandoff",
    "User",
    "UserManager",
    "initials",
    "new_schema_name",
    "slug_shape",
]
