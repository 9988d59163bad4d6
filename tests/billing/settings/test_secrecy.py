"""A key that was entered is nowhere but encrypted in its column: no page, no log, no error report, no audit."""

import logging
import sys
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.test.client import RequestFactory
from django.urls import resolve
from django.views.debug import ExceptionReporter

from billing.services.setup import gateway_settings
from billing.services.setup.gateway_settings import GatewayChange
from billing.services.setup.gateway_setup import load_setup
from saas.core import clock
from saas.core.models import AuditEntry
from tests.billing.settings.probe import LIVE_KEY, SIGNING, TEST_KEY, Company
from tests.plans.pages import read_form

PROBE = "/console/settings/payments/probe/"
SECRETS = (TEST_KEY, LIVE_KEY, SIGNING)
KEYS = {
    "test_secret_key": TEST_KEY,
    "test_webhook_secret": SIGNING,
    "live_secret_key": LIVE_KEY,
}
pytestmark = pytest.mark.usefixtures("world", "company", "real")


def assert_silent(text: str) -> None:
    for secret in SECRETS:
        assert secret not in text


class Broken(Exception):
    pass


def break_down(*_args: Any, **_options: Any) -> None:
    raise Broken("on purpose")


def test_no_page_log_or_audit_entry_has_a_key(
    desk: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    values = {**read_form(desk.get(PROBE)), **KEYS}
    responses = [
        desk.post(PROBE, {**values, "used_for": "nonsense"}),
        desk.post(PROBE, {**values, "seen": "old"}),
        desk.post(PROBE, values),
        desk.post(f"{PROBE}test/", follow=True),
        *(
            desk.get(path)
            for path in (
                PROBE,
                "/console/settings/payments/",
                f"{PROBE}mode/live/",
                f"{PROBE}keys/test/remove/",
                "/console/audit/",
                "/console/audit/export/",
                "/console/",
            )
        ),
    ]
    assert [response.status_code for response in responses] == [422, 409, 302, *[200] * 8]
    for response in responses:
        assert_silent(response.content.decode() + str(response.headers))
        assert_silent(str([str(message) for message in get_messages(response.wsgi_request)]))
    assert AuditEntry.objects.filter(verb="gateway.saved").exists()
    assert_silent(repr(list(AuditEntry.objects.values())))
    assert_silent(caplog.text)


def test_error_page_and_error_report_have_no_key(
    desk: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    values = {**read_form(desk.get(PROBE)), **KEYS}
    monkeypatch.setattr(gateway_settings, "_store", break_down)
    desk.raise_request_exception = False
    response = desk.post(PROBE, values)
    assert response.status_code == 500
    assert_silent(response.content.decode())
    assert_silent(caplog.text)
    assert "Broken" in caplog.text


def test_report_of_a_crash_hides_what_was_posted_and_every_variable(
    desk: Client, monkeypatch: pytest.MonkeyPatch, rf: RequestFactory
) -> None:
    """As it would be mailed to whoever runs the installation."""
    monkeypatch.setattr(gateway_settings, "_store", break_down)
    request = rf.post(PROBE, {**read_form(desk.get(PROBE)), **KEYS})
    view = resolve(PROBE, urlconf="saas.urls_public")
    try:
        view.func(request, **view.kwargs)
    except Broken:
        reporter = ExceptionReporter(request, *sys.exc_info())
    for text in (reporter.get_traceback_text(), reporter.get_traceback_html()):
        assert "save_gateway" in text
        assert "break_down" in text
        assert_silent(text)


def test_what_carries_keys_does_not_print_them(company: Company) -> None:
    change = GatewayChange(True, frozenset({"plan"}), {"test": {"secret_key": TEST_KEY}})
    assert_silent(repr(change))
    gateway_settings.save_gateway("probe", change, now=clock.true_now())
    setup = load_setup("probe", clock.true_now())
    assert_silent(repr([setup.key_sets, setup.row.__dict__, setup.state, setup.version]))
