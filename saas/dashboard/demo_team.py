"""Who logs in to a business of the demo: which of the staff they are, when they came last, who is still invited."""

from datetime import datetime, timedelta
from typing import Any

from booking.models import Staff
from booking.services.logins import link_staff
from tenants.models import Role, Tenant
from tenants.scope import tenant_scope
from tenants.services import invitations, members

AGO = (timedelta(hours=1), timedelta(hours=20), timedelta(days=4))


def add_team(tenant: Tenant, invited: list[dict[str, Any]], now: datetime) -> None:
    """Members are the staff with their e-mail, where there is one; each came in some time ago.

    `invited`: e-mails with a role, of staff without a login.
    """
    with tenant_scope(tenant):
        staff = dict(Staff.objects.values_list("email", "pk"))
    people = list(tenant.memberships.select_related("user").order_by("pk"))
    for person, ago in zip(people, AGO, strict=False):
        if person.user.email in staff:
            link_staff(tenant, staff[person.user.email], person.user)
        members.came_in(tenant, person.user, now=now - ago)
    owner = next(person.user for person in people if person.role == Role.OWNER)
    for one in invited:
        wanted = invitations.Wanted(one["email"], one["role"], staff.get(one["email"]))
        invitations.invite(tenant, wanted, by=owner, now=now - timedelta(days=2))
