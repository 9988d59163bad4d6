"""From a session to whoever it belongs to: on a tenant's host with what they are there, in one query."""

from allauth.account.auth_backends import AuthenticationBackend
from django.db import connection

from saas.core.rows import Columns, fetch
from tenants.models import Membership, Tenant, User

COLUMNS = Columns(person=User, member=Membership)
FOUND = """
SELECT {columns} FROM tenants_user AS person
LEFT JOIN tenants_membership AS member
    ON member.user_id = person.id AND member.tenant_id = %(tenant)s AND member.is_active
WHERE person.id = %(person)s
"""


class SessionBackend(AuthenticationBackend):
    """allauth's, which asks for the person of a session and their membership together."""

    def get_user(self, user_id: int) -> User | None:
        """None for whoever may not log in any more. `membership_of` knows what came along."""
        tenant = connection.tenant  # type: ignore[attr-defined]
        if not isinstance(tenant, Tenant):
            found: User | None = super().get_user(user_id)
            return found
        rows = fetch(FOUND.format(columns=COLUMNS.text), {"tenant": tenant.pk, "person": user_id})
        if not rows:
            return None
        user, member = COLUMNS.read(rows[0])
        if member:
            member.tenant, member.user = tenant, user
        user.member_here = (tenant.pk, member)
        return user if self.user_can_authenticate(user) else None


def membership_of(user: User, tenant: Tenant) -> Membership | None:
    """What `user` is at `tenant`; None for nobody. No query for the person of a session on that tenant's host."""
    asked, member = getattr(user, "member_here", (None, None))
    if asked == tenant.pk:
        found: Membership | None = member
        return found
    return Membership.objects.filter(tenant=tenant, user=user, is_active=True).first()
