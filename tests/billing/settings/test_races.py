"""Two super admins at the same settings: nothing that one of them saved is lost without the other being told."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as project
from django.db import connection

from billing.models import BillingSettings, GatewaySettings
from billing.services import gateways
from billing.services.setup.billing_settings import save_billing_settings, version
from billing.services.setup.gateway_settings import GatewayChange, save_gateway
from billing.services.setup.gateway_setup import load_setup
from saas.core import clock
from saas.core.models import AuditEntry
from tests.billing.settings.probe import LIVE_KEY, SIGNING, TEST_KEY

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=project.INSTALLED_APPS),
    pytest.mark.usefixtures("world", "company", "real"),
]
PEOPLE = 8


def think_after_reading(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """So that all have read before the first one writes, unless they wait for each other."""
    result = execute(sql, params, many, context)
    if str(sql).startswith("SELECT") and "settings" in str(sql):
        time.sleep(0.03)
    return result


def all_at_once(act: Callable[[int], object]) -> Counter[str]:
    """`act(0)` … in a thread and on a connection each; how often which outcome came."""
    outcomes: list[str] = []
    start = threading.Barrier(PEOPLE)

    def run(number: int) -> None:
        try:
            start.wait(timeout=30)
            with connection.execute_wrapper(think_after_reading):
                act(number)
            outcomes.append("done")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return Counter(outcomes)


def test_of_many_with_the_same_page_one_saves_and_the_others_are_told() -> None:
    now = clock.true_now()
    GatewaySettings.objects.create(gateway="probe")
    seen = load_setup("probe", now).version

    def save(number: int) -> None:
        keys = {"test": {"secret_key": f"pt_{number:030}"}}
        save_gateway("probe", GatewayChange(True, frozenset({"plan"}), keys), now=now, seen=seen)

    assert all_at_once(save) == {"done": 1, "ChangedMeanwhile": PEOPLE - 1}
    assert GatewaySettings.objects.filter(gateway="probe").count() == 1
    assert AuditEntry.objects.filter(verb="gateway.saved").count() == 1


def test_first_save_of_all_makes_one_row() -> None:
    now = clock.true_now()
    seen = load_setup("probe", now).version

    def save(number: int) -> None:
        change = GatewayChange(True, frozenset({"plan"}))
        save_gateway("probe", change, now=now, seen=seen)

    assert all_at_once(save) == {"done": 1, "ChangedMeanwhile": PEOPLE - 1}
    assert GatewaySettings.objects.filter(gateway="probe").count() == 1


def test_different_keys_entered_at_once_are_all_kept() -> None:
    """Without a page that showed anything: a script, say. The keys of one do not overwrite the other's."""
    now, uses = clock.true_now(), frozenset({"plan"})
    test = {"test": {"secret_key": TEST_KEY}}
    save_gateway("probe", GatewayChange(True, uses, test), now=now)
    nothing: dict[str, dict[str, str]] = {}
    entered = [{"test": {"webhook_secret": SIGNING}}, {"live": {"secret_key": LIVE_KEY}}]

    def save(number: int) -> None:
        keys = entered[number] if number < len(entered) else nothing
        save_gateway("probe", GatewayChange(True, uses, keys), now=now)

    assert all_at_once(save) == {"done": PEOPLE}
    row = GatewaySettings.objects.get(gateway="probe")
    assert gateways.secrets_of(row, "test")["secret_key"] == TEST_KEY
    assert gateways.secrets_of(row, "test")["webhook_secret"] == SIGNING
    assert gateways.secrets_of(row, "live")["secret_key"] == LIVE_KEY


def test_billing_settings_are_saved_by_one_and_refused_to_the_others() -> None:
    seen = version(BillingSettings.load())
    assert all_at_once(
        lambda number: save_billing_settings({"grace_days": 10 + number}, seen=seen)
    ) == {"done": 1, "ChangedMeanwhile": PEOPLE - 1}
    assert AuditEntry.objects.filter(verb="billing_settings.saved").count() == 1
