"""What the tests of logins say again and again: inviting, opening the mailed link, joining."""

import html
from collections.abc import Callable
from datetime import datetime

from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from tenants.models import Invitation, Membership, Role, Tenant, User
from tenants.services import invitations
from tests.world import PASSWORD

ClientFor = Callable[..., Client]
NOW = timezone.now()
INES = "ines@aurora.example"
NEWCOMER = {"name": "Inês Duarte", "password1": PASSWORD, "password2": PASSWORD}


def invited(
    tenant: Tenant,
    by: User,
    *,
    email: str = INES,
    role: str = Role.STAFF,
    staff_id: int | None = None,
    now: datetime = NOW,
) -> Invitation:
    wanted = invitations.Wanted(email, role, staff_id)
    return invitations.invite(tenant, wanted, by=by, now=now)


def link_of(invitation: Invitation) -> str:
    """The path on the platform's host that stands in the mail."""
    return f"/invitations/{invitations.token_of(invitation)}/"


def member_of(tenant: Tenant, user: User) -> Membership:
    return Membership.objects.get(tenant=tenant, user=user)


def make_owner(tenant: Tenant, user: User) -> Membership:
    """A second owner."""
    Membership.objects.filter(tenant=tenant, user=user).update(role=Role.OWNER)
    return member_of(tenant, user)


def words(response: HttpResponse) -> str:
    return " ".join(html.unescape(response.content.decode()).split())
