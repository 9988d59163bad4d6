"""Who may open which page. A view that does not say so is refused, so forgetting is safe.

`@public`, `@signed_in`, `@console` and `@panel(...)` write an Access onto the view; the members' middleware asks it.
What belongs to allauth is declared here by module, since its views are not ours to decorate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured

V = TypeVar("V", bound=Callable[..., Any])
OPEN_MODULES = ("allauth.account.", "allauth.mfa.")
"""allauth guards its own pages: those that need a login ask for one."""

OWNER, MANAGER, STAFF = "owner", "manager", "staff"
EVERY_ROLE = frozenset({OWNER, MANAGER, STAFF})
MANAGERS = frozenset({OWNER, MANAGER})
OWNERS = frozenset({OWNER})


@dataclass(frozen=True)
class Access:
    """`audience`: public, signed_in, console or panel. `capability`, `roles` and `in_person` refine panel."""

    audience: str
    capability: str = ""
    roles: frozenset[str] = EVERY_ROLE
    in_person: bool = False

    @staticmethod
    def of(view: Callable[..., Any]) -> "Access":
        """What `view` declares. Raises ImproperlyConfigured when it declares nothing."""
        declared = getattr(view, "access", None)
        if isinstance(declared, Access):
            return declared
        if view.__module__.startswith(OPEN_MODULES):
            return Access("public")
        raise ImproperlyConfigured(f"{view.__module__}.{view.__qualname__} declares no access.")


def _declare(access: Access) -> Callable[[V], V]:
    def mark(view: V) -> V:
        view.access = access
        return view

    return mark


public = _declare(Access("public"))
"""Everybody, signed in or not."""
signed_in = _declare(Access("signed_in"))
"""Whoever has logged in on this host."""
console = _declare(Access("console"))
"""Super admins, on the platform host."""


def panel(
    capability: str = "", *, roles: frozenset[str] = EVERY_ROLE, in_person: bool = False
) -> Callable[[V], V]:
    """Members of the tenant with one of `roles`, while the plan has `capability`.

    `in_person`: not for a super admin who sees the business as its owner.
    """
    return _declare(Access("panel", capability, roles, in_person))
