"""The doors to a gateway's settings: what is stored, what is refused, what is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from billing.models import GatewaySettings
from billing.services import gateways
from billing.services.setup.gateway_keys import OLD, OLD_UNTIL
from billing.services.setup.gateway_settings import (
    CannotSwitch,
    GatewayChange,
    remove_keys,
    save_gateway,
    switch_mode,
    test_gateway,
)
from billing.services.setup.gateway_setup import load_setup
from saas.core import audit
from saas.core.errors import NotHere
from saas.core.models import AuditEntry
from saas.core.versions import ChangedMeanwhile
from tenants.models import User
from tests.billing.settings.probe import LIVE_KEY, SIGNING, TEST_KEY, Company

test_gateway.__test__ = False  # type: ignore[attr-defined] - a door, not a test
pytestmark = pytest.mark.usefixtures("world", "company", "real")
NOW = datetime(2026, 12, 3, 9, 14, tzinfo=UTC)
ALL = frozenset({"plan", "funds", "credits"})
Told = list[dict[str, Any]]


def change(
    *, is_enabled: bool = True, used_for: frozenset[str] = ALL, **keys: str
) -> GatewayChange:
    """`change(test_secret_key="pt_…")`"""
    sets: dict[str, dict[str, str]] = {"test": {}, "live": {}}
    for name, value in keys.items():
        environment, _, field = name.partition("_")
        sets[environment][field] = value
    return GatewayChange(is_enabled, used_for, sets)


def save(now: datetime = NOW, seen: str = "", key: str = "probe", **said: Any) -> GatewaySettings:
    return save_gateway(key, change(**said), now=now, seen=seen)


def secrets(environment: str = "test") -> dict[str, str]:
    return gateways.secrets_of(GatewaySettings.objects.get(gateway="probe"), environment)


def refusal(**said: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        save(**said)
    return caught.value.message_dict


@pytest.mark.req(91)
def test_keys_are_encrypted_in_the_column_and_clear_for_the_gateway_alone() -> None:
    save(test_secret_key=TEST_KEY, test_webhook_secret=SIGNING, live_secret_key=LIVE_KEY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM billing_gatewaysettings")
        raw = repr(cursor.fetchall())
    assert "probe" in raw
    for secret in (TEST_KEY, SIGNING, LIVE_KEY, "secret_key"):
        assert secret not in raw
    assert secrets()["secret_key"] == TEST_KEY
    assert secrets("live")["secret_key"] == LIVE_KEY
    gateway = gateways.connect("probe", "plan")
    assert gateway.secrets["webhook_secret"] == SIGNING  # type: ignore[attr-defined]


def test_empty_keeps_what_is_stored() -> None:
    save(test_secret_key=TEST_KEY, live_secret_key=LIVE_KEY)
    save(now=NOW + timedelta(days=1), test_secret_key="", used_for=frozenset({"plan"}))
    assert secrets() == {"secret_key": TEST_KEY, "secret_key_set_at": NOW.isoformat()}
    assert secrets("live")["secret_key"] == LIVE_KEY
    assert GatewaySettings.objects.get(gateway="probe").not_for == ["credits", "funds"]


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        (
            "test_secret_key",
            LIVE_KEY,
            "This is a live key. One of test mode begins with pt_ or rt_.",
        ),
        ("live_secret_key", TEST_KEY, "This is a test key. A live one begins with pl_ or rl_."),
        (
            "test_secret_key",
            "pk_123",
            "This is another kind of key: it must begin with pt_ or rt_.",
        ),
        ("test_secret_key", SIGNING, "This is another kind of key: it must begin with pt_ or rt_."),
        ("test_secret_key", "pt_1 2", "A key is one word"),
        ("test_secret_key", "pt_1…2", "A key is one word"),
        ("test_secret_key", "pt_" + "1" * 253, "A key is one word"),
        ("live_webhook_secret", "whsec_1", "it must begin with sign_."),
    ],
)
def test_wrong_keys_are_named_with_the_right_beginning(
    field: str, typed: str, sentence: str
) -> None:
    said = refusal(**{"live_secret_key": LIVE_KEY, field: typed})
    assert list(said) == [field]
    assert sentence in said[field][0]
    assert typed not in said[field][0]
    assert not GatewaySettings.objects.filter(gateway="probe").exclude(secrets="").exists()


def test_signing_secret_alone_is_refused_until_there_is_a_key() -> None:
    said = refusal(test_webhook_secret=SIGNING)
    assert said == {"test_secret_key": ["Enter it as well: nothing works without it."]}
    save(test_secret_key=TEST_KEY)
    save(test_webhook_secret=SIGNING)
    assert secrets()["webhook_secret"] == SIGNING


def test_demo_takes_no_live_keys_wherever_they_are_typed(settings: Any) -> None:
    settings.DEMO = True
    for field in ("live_secret_key", "test_secret_key"):
        said = refusal(**{field: LIVE_KEY})
        assert said[field][0].startswith("This is a demo: its clock can be moved")
    assert "demo" in refusal(live_webhook_secret=SIGNING)["live_webhook_secret"][0]
    save(test_secret_key=TEST_KEY, test_webhook_secret=SIGNING)
    assert not gateways.has_live_keys()


def test_new_signing_secret_leaves_the_old_one_valid_for_a_day() -> None:
    save(test_secret_key=TEST_KEY, test_webhook_secret=SIGNING)
    assert OLD not in secrets()
    second, third = "sign_second_one_1234567890", "sign_third_one_1234567890"
    save(now=NOW + timedelta(hours=1), test_webhook_secret=second)
    assert secrets()[OLD] == SIGNING
    assert secrets()[OLD_UNTIL] == (NOW + timedelta(hours=25)).isoformat()
    save(now=NOW + timedelta(hours=2), test_webhook_secret=second)
    assert secrets()[OLD_UNTIL] == (NOW + timedelta(hours=25)).isoformat(), "the same one again"
    save(now=NOW + timedelta(hours=3), test_webhook_secret=third)
    assert (secrets()[OLD], secrets()["webhook_secret"]) == (second, third)


def test_use_is_stored_as_what_it_is_not_for_and_unknown_purposes_stay() -> None:
    save(used_for=frozenset({"plan"}))
    GatewaySettings.objects.update(not_for=["funds", "gone_app"])
    save(used_for=frozenset({"funds"}))
    assert GatewaySettings.objects.get(gateway="probe").not_for == ["credits", "gone_app", "plan"]


@pytest.mark.req(93)
def test_use_and_switch_decide_what_tenants_are_offered() -> None:
    def offered(purpose: str) -> set[str]:
        return {gateway.key for gateway in gateways.offered(purpose)}

    save(test_secret_key=TEST_KEY, used_for=frozenset({"funds"}))
    assert (offered("plan"), offered("funds")) == ({"balance"}, {"probe"})
    save(is_enabled=False)
    assert offered("funds") == set()
    save(key="balance", used_for=frozenset({"plan"}), is_enabled=False)
    assert offered("plan") == set()


def test_gateway_for_nothing_is_switched_off_instead() -> None:
    assert "used_for" in refusal(used_for=frozenset())
    assert "used_for" in refusal(used_for=frozenset({"nonsense"}))
    save(used_for=frozenset(), is_enabled=False)


def test_balance_never_fills_itself() -> None:
    assert [key for key, _label in load_setup("balance", NOW).uses] == ["plan", "credits"]
    assert "balance" not in {gateway.key for gateway in gateways.offered("funds")}
    with pytest.raises(ValidationError):
        save(key="balance", used_for=frozenset({"funds"}))


def test_unknown_gateway_and_mode_are_not_here() -> None:
    with pytest.raises(NotHere):
        save(key="nobody")
    for environment in ("sandbox", "nowhere"):
        with pytest.raises(NotHere):
            switch_mode("probe", environment, now=NOW)
        with pytest.raises(NotHere):
            remove_keys("probe", environment, now=NOW)
    with pytest.raises(NotHere):
        test_gateway("balance", now=NOW)


def test_audit_tells_that_keys_changed_and_nothing_of_them(olivia: User) -> None:
    with audit.acting_as(olivia):
        save(test_secret_key=TEST_KEY, test_webhook_secret=SIGNING, test_client="4711")
        save(used_for=frozenset({"plan"}), test_secret_key="pt_another_key_9999")
        remove_keys("probe", "test", now=NOW)
        save(used_for=frozenset({"plan"}))
    first, second, third = AuditEntry.objects.filter(verb="gateway.saved").order_by("pk")
    hidden = "•••"
    assert first.changes == {
        "test_keys.secret_key": ["", hidden],
        "test_keys.webhook_secret": ["", hidden],
        "test_keys.client": ["", hidden],
    }
    assert second.changes == {
        "used_for": [["Plans", "Adding funds", "Message credits"], ["Plans"]],
        "test_keys.secret_key": [hidden, hidden],
    }
    assert third.changes == {
        "test_keys.secret_key": [hidden, ""],
        "test_keys.webhook_secret": [hidden, ""],
        "test_keys.client": [hidden, ""],
    }
    assert first.actor_id == olivia.pk
    assert TEST_KEY not in repr([entry.__dict__ for entry in AuditEntry.objects.all()])


def test_connection_is_told_after_commit_when_it_is_another_one(
    connected: Told, company: Company, django_capture_on_commit_callbacks: Any
) -> None:
    def told_by(act: Any) -> Told:
        connected.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
            assert connected == [], "told before the commit"
        return list(connected)

    test = [{"gateway": "probe", "environment": "test"}]
    live = [{"gateway": "probe", "environment": "live"}]
    assert told_by(lambda: save()) == []
    assert told_by(lambda: save(test_secret_key=TEST_KEY)) == test
    assert told_by(lambda: save(used_for=frozenset({"plan"}))) == []
    assert told_by(lambda: save(live_secret_key=LIVE_KEY)) == [], "not in use yet"
    assert told_by(lambda: switch_mode("probe", "live", now=NOW)) == live
    assert told_by(lambda: switch_mode("probe", "live", now=NOW)) == [], "a second press"
    assert told_by(lambda: save(is_enabled=False)) == []
    assert told_by(lambda: save()) == live, "plans may have changed meanwhile"
    assert told_by(lambda: remove_keys("probe", "live", now=NOW)) == []


def test_older_form_does_not_undo_a_newer_save() -> None:
    seen = load_setup("probe", NOW).version
    save(seen=seen, test_secret_key=TEST_KEY)
    with pytest.raises(ChangedMeanwhile):
        save(seen=seen, used_for=frozenset({"plan"}))
    with pytest.raises(ChangedMeanwhile):
        remove_keys("probe", "test", now=NOW, seen=seen)
    with pytest.raises(ChangedMeanwhile):
        switch_mode("probe", "live", now=NOW, seen=seen)
    assert secrets()["secret_key"] == TEST_KEY


def test_removed_keys_leave_the_gateway_unset_and_the_other_mode_alone() -> None:
    save(test_secret_key=TEST_KEY, live_secret_key=LIVE_KEY)
    remove_keys("probe", "test", now=NOW)
    assert secrets() == {}
    assert secrets("live")["secret_key"] == LIVE_KEY
    assert [one.key for one in gateways.offered("plan")] == ["balance"]
    assert load_setup("probe", NOW).state.word == "Not set up"


def test_live_mode_needs_keys_that_work(company: Company) -> None:
    save(test_secret_key=TEST_KEY)
    with pytest.raises(CannotSwitch, match="Enter the keys of this mode first"):
        switch_mode("probe", "live", now=NOW)
    save(live_secret_key="pl_wrong_wrong_wrong_w")
    with pytest.raises(CannotSwitch, match="Probe refused: no such key"):
        switch_mode("probe", "live", now=NOW)
    save(live_secret_key=LIVE_KEY)
    company.is_down = True
    with pytest.raises(CannotSwitch, match="Probe does not answer: connection refused"):
        switch_mode("probe", "live", now=NOW)
    assert gateways.environment_of("probe") == "test"
    company.is_down = False
    row = switch_mode("probe", "live", now=NOW)
    assert (row.environment, row.test_result) == ("live", "Connected to Probe Ltd.")
    entry = AuditEntry.objects.filter(verb="gateway.saved").latest("pk")
    assert entry.changes == {"mode": ["test", "live"]}


def test_demo_does_not_go_live(settings: Any) -> None:
    save(test_secret_key=TEST_KEY, live_secret_key=LIVE_KEY)
    settings.DEMO = True
    with pytest.raises(CannotSwitch, match="This is a demo"):
        switch_mode("probe", "live", now=NOW)


def test_keys_of_a_lost_secret_key_are_as_good_as_none(settings: Any) -> None:
    save(test_secret_key=TEST_KEY)
    settings.SECRET_KEY = "another-secret-key-" + "y" * 40
    assert [one.key for one in gateways.offered("plan")] == ["balance"]
    assert load_setup("probe", NOW).state.word == "Keys lost"
    save(test_secret_key=TEST_KEY)
    assert {one.key for one in gateways.offered("plan")} == {"balance", "probe"}
    assert load_setup("probe", NOW).state.word == "Webhook missing"


def test_version_tells_nothing_of_a_key() -> None:
    save(test_secret_key=TEST_KEY)
    shown = load_setup("probe", NOW).version
    assert len(shown) == 20
    assert TEST_KEY[-6:] not in shown
