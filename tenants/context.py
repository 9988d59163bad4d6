"""What every template may count on."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from plans.models import PlatformSettings
from plans.registry import MenuItem, registry
from saas.core import clock
from saas.core.access import EVERY_ROLE
from tenants.role_table import roles_of
from tenants.standing import plan_line


def shell(request: HttpRequest) -> dict[str, Any]:
    """`platform`, and for members the tenant's menu: exactly the entries that the plan has and the role may open."""
    tenant, membership = getattr(request, "tenant", None), getattr(request, "membership", None)
    context: dict[str, Any] = {"platform": tenant.platform_settings if tenant else PlatformLater()}
    if tenant and membership:
        context |= {
            "nav_groups": panel_menu(request),
            "home_url": reverse("booking:home"),
            "logout_url": reverse("tenants:logout"),
            "account_url": f"{settings.PLATFORM_URL}/account/",
            "plan_line": plan_line(tenant, clock.now()),
        }
    if getattr(request, "impersonator", None):
        leave_url = reverse("tenants:impersonation_leave")
        context |= {"leave_url": leave_url, "logout_url": leave_url, "account_url": ""}
    return context


class PlatformLater:
    """The platform's settings, read at the first use on a page of the platform host."""

    _row: PlatformSettings | None = None

    def __getattr__(self, name: str) -> Any:
        if self._row is None:
            self._row = PlatformSettings.load()
        return getattr(self._row, name)


def panel_menu(request: HttpRequest) -> list[list[dict[str, Any]]]:
    """Groups of menu entries for the member of this request."""
    groups: dict[int, list[dict[str, Any]]] = {}
    for item in registry.menu():
        if _shows(item, request):
            groups.setdefault(item.group, []).append(
                entry(item.label, reverse(item.url), item.icon, request)
            )
    return list(groups.values())


def _shows(item: MenuItem, request: HttpRequest) -> bool:
    if item.capability and not request.tenant.entitlements.can(item.capability):
        return False
    may_open = item.roles or EVERY_ROLE  # the page itself has the last word
    return request.membership.role in may_open & roles_of(item.url)


def entry(label: Any, href: str, icon: str, request: HttpRequest) -> dict[str, Any]:
    """One entry of a side menu; current when the present page lies below it."""
    exact = href in {"/panel/", "/console/"}
    current = request.path == href if exact else request.path.startswith(href)
    return {"label": label, "href": href, "icon": icon, "is_current": current}
