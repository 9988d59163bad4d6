"""Whose login is whose row among the staff. The app that keeps the staff registers here; without one there are none.

A row is known by its plain id: no public row refers into a tenant's schema.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tenants.models import Tenant, User

Free = Callable[[Tenant], list[tuple[int, str]]]
"""(tenant) → id and name of the staff who have no login yet, by name. One query."""
Names = Callable[[Tenant], Mapping[int, str]]
"""(tenant) → by id of the login, the name of whom it belongs to. One query."""
Link = Callable[[Tenant, int, User], bool]
"""(tenant, staff id, login) → whether it is theirs now; False where the row is gone or one of the two is taken.

Called under the tenant's lock, in the transaction in which the login joins.
"""


Landing = Callable[[Tenant, User], str]
"""(tenant, login) → the page of the panel where they begin, or "" for its first one."""


@dataclass(frozen=True)
class _Keeper:
    free: Free
    names: Names
    link: Link
    landing: Landing


_keepers: list[_Keeper] = []


def register(*, free: Free, names: Names, link: Link, landing: Landing) -> None:
    """Make the staff known."""
    _keepers.append(_Keeper(free, names, link, landing))


def free_staff(tenant: Tenant) -> list[tuple[int, str]]:
    return _keepers[-1].free(tenant) if _keepers else []


def staff_names(tenant: Tenant) -> Mapping[int, str]:
    return _keepers[-1].names(tenant) if _keepers else {}


def link_staff(tenant: Tenant, staff_id: int, user: User) -> bool:
    return _keepers[-1].link(tenant, staff_id, user) if _keepers else False


def landing_of(tenant: Tenant, user: User) -> str:
    return _keepers[-1].landing(tenant, user) if _keepers else ""
