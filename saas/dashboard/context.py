"""The console's menu."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from saas.core.errors import Sentence
from tenants.context import entry

Entry = tuple[Sentence, str, str]
"""Label, address, icon."""


def _credits(entry: Entry) -> list[Entry]:
    """`entry`, where the app that sells credits is installed."""
    return [entry] if apps.is_installed("credits") else []


MENU = [
    [(_("Dashboard"), "console:home", "layout-dashboard")],
    [(_("Tenants"), "tenants_console:list", "store")],
    [
        (_("Plans"), "plans:list", "sliders-vertical"),
        *_credits((_("Top-up plans"), "credits_console:packs", "coins")),
    ],
    [(_("Workflows"), "platform_workflows:list", "zap")],
    [
        (_("Payments"), "payments:list", "receipt"),
        (_("Renewals"), "renewals:list", "calendar-clock"),
        *_credits((_("Credits"), "credits_console:figures", "message-square-text")),
        (_("Reconciliation"), "payments:reconciliation", "scale"),
        (_("Payment events"), "payment_events:list", "webhook"),
    ],
    [
        (_("Settings"), "console:settings", "settings"),
        (_("Audit log"), "console:audit", "scroll-text"),
        (_("Why?"), "console:why", "circle-question-mark"),
        (_("Style guide"), "console:style_guide", "palette"),
    ],
]

if settings.DEMO:
    MENU[-1].append((_("Clock"), "console:clock", "fast-forward"))


def shell(request: HttpRequest) -> dict[str, Any]:
    """The groups of the console's menu, on console pages of the platform host only."""
    if getattr(request, "tenant", None) or not request.path.startswith("/console/"):
        return {}
    return {
        "nav_groups": _with_one_current(
            [
                [entry(label, reverse(url), icon, request) for label, url, icon in group]
                for group in MENU
            ]
        ),
        "home_url": reverse("console:home"),
        "logout_url": reverse("account_logout"),
        "account_url": reverse("tenants_public:account"),
    }


def _with_one_current(groups: list[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """Of entries that lie below one another the nearest is the current one."""
    current = [item for group in groups for item in group if item["is_current"]]
    for item in current:
        item["is_current"] = item is max(current, key=lambda one: len(one["href"]))
    return groups
