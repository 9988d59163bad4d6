"""The types of requests once the middleware has let them through."""

from django.http import HttpRequest

from tenants.models import Membership, Tenant, User


class SignedInRequest(HttpRequest):
    """What a view gets that is marked @signed_in, @console or @panel."""

    user: User


class TenantRequest(HttpRequest):
    """What a view on a tenant's host gets, whoever asks."""

    tenant: Tenant
    impersonator: User | None
    """The super admin who sees it as the person of this request; None: that person is here."""


class MemberRequest(TenantRequest):
    """What a view gets that is marked @panel."""

    user: User
    membership: Membership
