"""What the Team logins page shows. Reads only."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import Case, Value, When
from django.db.models.functions import Lower

from saas.core.access import MANAGER, OWNER, STAFF
from tenants.models import Invitation, Membership, Tenant, User
from tenants.staff_links import free_staff, staff_names

PER_PAGE = 50
RANK = Case(*(When(role=role, then=Value(n)) for n, role in enumerate((OWNER, MANAGER, STAFF))))


@dataclass(frozen=True)
class Login:
    """One member: `staff` is who they are among the staff, `last_login` on the clock of the business."""

    member: Membership
    staff: str
    last_login: datetime | None
    is_you: bool

    @property
    def can_log_in(self) -> bool:
        return self.member.is_active and self.member.user.is_active


@dataclass(frozen=True)
class Waiting:
    """One open invitation, its instants on the clock of the business."""

    invitation: Invitation
    staff: str
    sent_at: datetime
    good_until: datetime
    is_good: bool


class Team:
    """The logins of `tenant` as `viewer` sees them. Four queries, one more with invitations for staff."""

    def __init__(self, tenant: Tenant, viewer: User, *, now: datetime, page: str = "1") -> None:
        self.tenant, self.viewer, self.now = tenant, viewer, now
        self.zone = ZoneInfo(tenant.time_zone)
        self._asked = page

    @cached_property
    def page(self) -> Page[Any]:
        """Active ones first, then by role and name."""
        members = Membership.objects.filter(tenant=self.tenant).select_related("user")
        found = members.order_by("-is_active", RANK, Lower("user__name"), "pk")
        page: Page[Any] = Paginator(found, PER_PAGE).get_page(self._asked)
        names = staff_names(self.tenant)
        page.object_list = [self._login(one, names.get(one.user_id, "")) for one in page]
        return page

    def _login(self, member: Membership, staff: str) -> Login:
        at = member.last_login_at
        is_you = member.user_id == self.viewer.pk
        return Login(member, staff, self.local(at) if at else None, is_you)

    @cached_property
    def waiting(self) -> list[Waiting]:
        """Open invitations, the newest mail first."""
        found = list(self.tenant.invitations.open().order_by("-sent_at", "pk"))
        names = dict(free_staff(self.tenant)) if any(one.staff_id for one in found) else {}
        return [
            Waiting(
                one,
                names.get(one.staff_id or 0, ""),
                self.local(one.sent_at),
                self.local(one.good_until),
                one.is_good(self.now),
            )
            for one in found
        ]

    def local(self, instant: datetime) -> datetime:
        """`instant` on the clock of the business."""
        return instant.astimezone(self.zone)
