"""The console's menu."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tenants.context import entry

MENU = [
    [(_("Dashboard"), "console:home", "layout-dashboard")],
    [(_("Tenants"), "tenants_console:list", "store")],
    [(_("Plans"), "plans:list", "sliders-vertical")],
    [
        (_("Settings"), "console:settings", "settings"),
        (_("Audit log"), "console:audit", "scroll-text"),
        (_("Why?"), "console:why", "circle-question-mark"),
        (_("Style guide"), "console:style_guide", "palette"),
    ],
]


def shell(request: HttpRequest) -> dict[str, Any]:
    """The groups of the console's menu, on console pages of the platform host only."""
    if getattr(request, "tenant", None) or not request.path.startswith("/console/"):
        return {}
    return {
        "nav_groups": [
            [entry(label, reverse(url), icon, request) for label, url, icon in group]
            for group in MENU
        ],
        "home_url": reverse("console:home"),
        "logout_url": reverse("account_logout"),
        "account_url": reverse("tenants_public:account"),
    }
