"""A real browser against a real server: Chromium, driven by Playwright, on the hosts that people use.

Every page that a test opens is watched: one breach of the Content Security Policy or one error in the console
fails the test.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connections
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from pytest_django.plugin import DjangoDbBlocker

from tests.world import PASSWORD, World

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
]
VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} blocked ${event.blockedURI}`));
"""
SETTLED = """
() => Promise.all(document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().iterations !== Infinity)
  .map((one) => one.finished.catch(() => {})))
"""
FAILED = pytest.StashKey[bool]()
PATIENCE = 30_000
"""Milliseconds that a page may take on a busy machine; what is there sooner is not waited for."""
expect.set_options(timeout=PATIENCE)
EXPECTED_CONSOLE = ("Failed to load resource: the server responded with a status of",)
"""Chromium's own note on a 404, 409 or 422; the page is asserted on instead."""


def chromium_path() -> str | None:
    """Where Chromium is: TENANTRY_CHROMIUM, or the first known name on PATH."""
    return os.environ.get("TENANTRY_CHROMIUM") or next(
        filter(None, map(shutil.which, CHROMIUM_NAMES)), None
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let the visitor know at its end whether the test failed, so that it can say where it stood."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


class ServerThread(LiveServerThread):
    """The live server on this process's port, with connections of its own to the test database."""

    def _create_server(self, connections_override: Any = None) -> Any:
        return self.server_class(
            (self.host, self.port), QuietWSGIRequestHandler, allow_reuse_address=True,
            connections_override=connections_override,
        )  # fmt: skip


@pytest.fixture(scope="session")
def server(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    with django_db_blocker.unblock():
        thread = ServerThread("127.0.0.1", lambda handler: handler, port=int(settings.PORT))
        thread.start()
        thread.is_ready.wait()
        if thread.error:
            raise thread.error
        yield settings.PLATFORM_URL
        thread.terminate()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = chromium_path()
    if path is None:
        message = (
            "NO CHROMIUM: browser tests need one. Install it, or set TENANTRY_CHROMIUM to its path."
        )
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A person at a browser: opens pages, and remembers what the browser complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> "Visitor":
        self.page.add_init_script(VIOLATIONS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return self

    def _hear(self, message: Any) -> None:
        if message.type == "error" and not message.text.startswith(EXPECTED_CONSOLE):
            self.complaints.append(message.text)

    def open(self, url: str) -> Page:
        self.page.goto(url, wait_until="load")
        return self.page

    def log_in(self, email: str, password: str = PASSWORD) -> None:
        """Through the login page of the platform, as people do."""
        self.open(f"{settings.PLATFORM_URL}/login/")
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", password)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(lambda url: "/login/" not in url)

    def serious_findings(self) -> list[str]:
        """What axe calls serious or critical on the present page, once nothing fades in or out any more."""
        self.page.evaluate(SETTLED)
        found = Axe().run(self.page).response["violations"]
        return [
            f"{v['id']}: {node['html'][:160]}"
            for v in found if v["impact"] in {"serious", "critical"} for node in v["nodes"]
        ]  # fmt: skip

    def scrolls_sideways(self) -> bool:
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )


@pytest.fixture
def visitor(
    request: pytest.FixtureRequest, server: str, chromium: Browser, committed_world: World
) -> Iterator[Callable[..., Visitor]]:
    """`visitor(theme="dark", width=390)`; fails the test at its end if a page broke the CSP or threw an error."""
    contexts: list[BrowserContext] = []
    visitors: list[Visitor] = []

    def make(
        *,
        theme: str = "light",
        width: int = 1360,
        height: int = 900,
        javascript: bool = True,
        touch: bool = False,
    ) -> Visitor:
        context = chromium.new_context(
            color_scheme=theme, viewport={"width": width, "height": height}, java_script_enabled=javascript,
            has_touch=touch,
        )  # fmt: skip
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        visitors.append(Visitor(context.new_page()).watch())
        return visitors[-1]

    yield make
    if request.node.stash.get(FAILED, False):
        for one in visitors:
            print(f"The browser was at {one.page.url}:\n{one.page.inner_text('body')[:800]}")
    for context in contexts:
        context.close()
    connections.close_all()
    assert [complaint for one in visitors for complaint in one.complaints] == []
