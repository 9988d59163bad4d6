"""*Test connection*: what is asked, what is told, what is stored."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as project

from billing.models import GatewaySettings
from billing.services.gateways import NotConnected
from billing.services.setup.gateway_settings import (
    GatewayChange,
    remove_keys,
    save_gateway,
    switch_mode,
    test_gateway,
)
from tests.billing.settings.probe import LIVE_KEY, SIGNING, TEST_KEY, Company

test_gateway.__test__ = False  # type: ignore[attr-defined] - a door, not a test
NOW = datetime(2026, 12, 3, 9, 14, tzinfo=UTC)
ALL = frozenset({"plan", "funds"})


def save(**test_keys: str) -> GatewaySettings:
    return save_gateway("probe", GatewayChange(True, ALL, {"test": test_keys}), now=NOW)


def stored() -> tuple[Any, bool, str]:
    row = GatewaySettings.objects.get(gateway="probe")
    return row.tested_at, row.test_passed, row.test_result


@pytest.mark.usefixtures("world")
def test_result_is_stored_in_words(company: Company) -> None:
    save(secret_key=TEST_KEY)
    assert test_gateway("probe", now=NOW).text == "Connected to Probe test."
    assert stored() == (NOW, True, "Connected to Probe test.")


@pytest.mark.usefixtures("world")
def test_wrong_key_is_said_without_the_key(company: Company) -> None:
    """The company's own words repeat it; ours do not."""
    wrong = "pt_wrong_key_1234567"
    save(secret_key=wrong)
    tested = test_gateway("probe", now=NOW)
    assert (tested.passed, tested.text) == (False, "Probe refused: no such key: •••")
    assert stored() == (NOW, False, "Probe refused: no such key: •••")


@pytest.mark.usefixtures("world")
def test_company_that_is_down_is_said(company: Company) -> None:
    save(secret_key=TEST_KEY)
    company.is_down = True
    assert test_gateway("probe", now=NOW).text == "Probe does not answer: connection refused"


@pytest.mark.usefixtures("world")
def test_without_keys_there_is_nothing_to_ask(company: Company) -> None:
    with pytest.raises(NotConnected):
        test_gateway("probe", now=NOW)
    assert company.asked == []


@pytest.mark.usefixtures("world")
def test_result_stands_as_long_as_what_was_tested(company: Company) -> None:
    save(secret_key=TEST_KEY)
    test_gateway("probe", now=NOW)
    save(webhook_secret=SIGNING)
    assert stored()[0] == NOW, "the secret of the webhook is no part of the test"
    save(secret_key="pt_another_key_12345")
    assert stored() == (None, False, "")
    test_gateway("probe", now=NOW)
    remove_keys("probe", "test", now=NOW)
    assert stored() == (None, False, "")


@pytest.mark.usefixtures("world")
def test_result_is_not_stored_for_keys_that_were_changed_meanwhile(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(secret_key=TEST_KEY)
    accounts = company.accounts

    class Slow(dict[str, str]):
        def __getitem__(self, key: str) -> str:
            save(secret_key="pt_entered_meanwhile")
            return accounts[key]

    company.accounts = Slow(accounts)
    assert test_gateway("probe", now=NOW).passed
    assert stored() == (None, False, "")


@pytest.mark.django_db(transaction=True, available_apps=project.INSTALLED_APPS)
def test_nobody_is_asked_inside_a_transaction(world: object, company: Company, real: None) -> None:
    save(secret_key=TEST_KEY)
    test_gateway("probe", now=NOW)
    change = GatewayChange(True, ALL, {"live": {"secret_key": LIVE_KEY}})
    save_gateway("probe", change, now=NOW)
    switch_mode("probe", "live", now=NOW + timedelta(days=1))
    assert company.asked == [TEST_KEY, LIVE_KEY]
    assert company.asked_in_transaction == [False, False]
