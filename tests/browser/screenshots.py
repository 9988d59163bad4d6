"""`make screenshots`: every main page from the demo data, light and dark, desktop and phone.

All pictures go to `var/screenshots/`, which git ignores; those that the README shows go to `docs/screenshots/` too.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django

import tests.environment  # noqa: F401 - first of all: it decides which settings are read

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from tests.browser.fixtures import ARGUMENTS, ServerThread, Visitor, chromium_path  # noqa: E402

DEVICES = {"desktop": (1360, 900), "phone": (390, 844)}
PICTURES = settings.BASE_DIR / "var" / "screenshots"
IN_README = {
    "console-plan-editor-light-desktop",
    "panel-billing-light-desktop",
    "panel-billing-dark-desktop",
    "panel-calendar-week-light-desktop",
    "tenant-book-time-light-phone",
}


@dataclass(frozen=True)
class Shot:
    """A page to take: `path` on the host of `who`; `click` opens a dialog on it first."""

    name: str
    who: str
    path: str
    click: str = ""


SHOTS = [
    Shot("landing", "", "/"),
    Shot("signup", "", "/signup/"),
    Shot("login", "", "/login/"),
    Shot("console-dashboard", "console", "/console/"),
    Shot("console-plans", "console", "/console/plans/"),
    Shot("console-plan-editor", "console", "/console/plans/", "table a.title >> nth=1"),
    Shot("console-settings", "console", "/console/settings/"),
    Shot("console-payments", "console", "/console/settings/payments/"),
    Shot("console-stripe", "console", "/console/settings/payments/stripe/"),
    Shot("console-tenants", "console", "/console/tenants/"),
    Shot("console-tenant", "console", "/console/tenants/1/"),
    Shot("console-why", "console", "/console/why/?q=corte-certo&what=staff.add"),
    Shot("console-audit", "console", "/console/audit/"),
    Shot("console-style-guide", "console", "/console/style-guide/"),
    Shot("panel-home", "panel", "/panel/"),
    Shot("panel-staff", "panel", "/panel/staff/"),
    Shot("panel-services", "panel", "/panel/services/"),
    Shot("panel-locations", "panel", "/panel/locations/"),
    Shot("panel-customers", "panel", "/panel/customers/"),
    Shot("panel-calendar-day", "panel", "/panel/calendar/?view=day"),
    Shot("panel-calendar-week", "panel", "/panel/calendar/?view=week"),
    Shot("panel-calendar-month", "panel", "/panel/calendar/?view=month"),
    Shot("panel-appointments", "panel", "/panel/appointments/"),
    Shot("panel-new-appointment", "panel", "/panel/appointments/add/"),
    Shot("panel-reports", "panel", "/panel/reports/"),
    Shot("panel-occupancy", "panel", "/panel/reports/occupancy/"),
    Shot("panel-hours", "panel", "/panel/hours/"),
    Shot("panel-booking-page", "panel", "/panel/booking-page/"),
    Shot("panel-team", "panel", "/panel/team/"),
    Shot("panel-workflows", "panel", "/panel/workflows/"),
    Shot("panel-new-workflow", "panel", "/panel/workflows/add/"),
    Shot("panel-messages", "panel", "/panel/messages/"),
    Shot("panel-billing", "panel", "/panel/billing/"),
    Shot("panel-smaller-plan", "panel", "/panel/billing/", "a[href*='/choose/'] >> nth=0"),
    Shot("panel-current-plan", "panel", "/panel/billing/", "a[href*='current-plan']"),
    Shot("tenant-public", "public", "/"),
    Shot("tenant-book", "public", "/book/"),
    Shot("tenant-book-time", "public", "/book/time/?service=1&location=1"),
]


def main() -> None:
    call_command("prepare", demo=True)
    demo = json.loads((settings.VAR_DIR / "demo.json").read_text())
    PICTURES.mkdir(parents=True, exist_ok=True)
    server = ServerThread("127.0.0.1", lambda handler: handler, port=int(settings.PORT))
    server.start()
    server.is_ready.wait()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        for theme in ("light", "dark"):
            for device in DEVICES:
                take_round(browser, demo, theme, device)
        browser.close()
    server.terminate()
    publish()
    print(
        f"{len(list(PICTURES.glob('*.png')))} pictures are in {PICTURES.relative_to(settings.BASE_DIR)}/"
    )


def take_round(browser: Browser, demo: dict[str, Any], theme: str, device: str) -> None:
    """All shots in one theme on one device: as a stranger, then as the owners of the platform and of a business."""
    width, height = DEVICES[device]
    logins = {"console": demo["logins"][0], "panel": demo["logins"][1]}
    for who in ("", "public", "console", "panel"):
        context = browser.new_context(
            color_scheme=theme, viewport={"width": width, "height": height}
        )
        visitor = Visitor(context.new_page()).watch()
        if login := logins.get(who):
            visitor.log_in(login["email"], login["password"])
            visitor.page.wait_for_load_state("networkidle")
        origin = (
            settings.PLATFORM_URL
            if who in {"", "console"}
            else tenant_origin(logins["panel"]["url"])
        )
        for shot in (shot for shot in SHOTS if shot.who == who):
            take(visitor, shot, origin, PICTURES / f"{shot.name}-{theme}-{device}.png")
        context.close()


def tenant_origin(url: str) -> str:
    return "/".join(url.split("/")[:3])


def take(visitor: Visitor, shot: Shot, origin: str, target: Path) -> None:
    page = visitor.open(origin + shot.path)
    if shot.click:
        page.click(shot.click)
        page.wait_for_selector("dialog[open]")
        page.wait_for_timeout(400)
    page.screenshot(path=target, full_page=not shot.click)
    for complaint in visitor.complaints:
        print(f"{target.stem}: {complaint}")
    visitor.complaints.clear()


def publish() -> None:
    """Copy what the README shows."""
    shown = settings.BASE_DIR / "docs" / "screenshots"
    shown.mkdir(parents=True, exist_ok=True)
    for name in IN_README:
        if (picture := PICTURES / f"{name}.png").exists():
            shutil.copy(picture, shown)


if __name__ == "__main__":
    main()
