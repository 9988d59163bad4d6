"""Which driver carries a channel: set up, changed, tried; secrets told to nobody."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from saas.core.clock import now
from saas.core.errors import NotHere, TooMany
from saas.core.models import AuditEntry
from sandbox.twilio import TwilioSandbox
from sandbox.twilio.sandbox import INVALID
from tenants.models import User
from workflows.drivers import memory
from workflows.drivers.base import Accepted, Outgoing
from workflows.drivers.catalogue import KINDS, kinds_for
from workflows.models import ChannelSettings
from workflows.services import channels
from workflows.services.channels import (
    NotSetUp,
    driver_called,
    driver_of,
    save_setup,
    send_test,
    setup_of,
)

pytestmark = pytest.mark.django_db
ACCOUNT = "AC" + "1" * 32
NUMBER = "+15005550006"
TOKEN = "a-token-that-nobody-reads"
CLARA = "+351915550201"


def twilio_values(**more: str) -> dict[str, str]:
    return {"account_sid": ACCOUNT, "auth_token": TOKEN, "sender": NUMBER, **more}


def test_without_a_setting_the_demo_has_somebody_for_every_channel() -> None:
    found = {one: driver_of(one).key for one in ("email", "sms", "whatsapp", "webhook")}
    assert found == {
        "email": "platform",
        "sms": "console",
        "whatsapp": "console",
        "webhook": "webhook",
    }
    with pytest.raises(LookupError):
        driver_of("pigeon")


def test_in_production_nothing_is_pretended(settings: Settings) -> None:
    settings.DEMO = False
    assert driver_of("email").key == "platform"
    for channel in ("sms", "whatsapp"):
        with pytest.raises(NotSetUp, match="Nobody carries"):
            driver_of(channel)
        assert not {"console", "memory"} & {one.key for one in kinds_for(channel)}
    ChannelSettings.objects.create(channel="sms", driver="console")
    with pytest.raises(NotSetUp):
        driver_of("sms")


def test_a_setting_is_in_force_with_the_next_message(olivia: User) -> None:
    save_setup("sms", "memory", {}, by=olivia, now=now())
    assert driver_of("sms").key == "memory"
    save_setup("sms", "twilio", twilio_values(), by=olivia, now=now())
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert driver_of("sms").key == "twilio"
    assert len(queries) == 1


def test_the_memory_driver_keeps_what_it_gets() -> None:
    memory.SENT.clear()
    one = Outgoing("k1", "sms", CLARA, "Hi")
    assert memory.MemoryDriver().send([one]) == [Accepted("memory-k1")]
    assert [one] == memory.SENT
    memory.SENT.clear()


def test_the_console_writes_one_line_and_no_content(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "workflows.messages")
    one = Outgoing("k1", "sms", CLARA, "Hi\nERROR forged: line", content={"secret": "s3cret"})
    assert driver_of("sms").send([one]) == [Accepted("console-k1")]
    assert caplog.messages == [f"sms to {CLARA}: Hi ERROR forged: line"]


def test_secrets_are_stored_encrypted_and_shown_to_nobody(olivia: User) -> None:
    row = save_setup("sms", "twilio", twilio_values(), by=olivia, now=now())
    assert TOKEN not in row.secrets
    assert ACCOUNT not in row.secrets
    setup = setup_of("sms")
    assert setup.plain == {"account_sid": ACCOUNT, "sender": NUMBER}
    assert setup.stored == {"auth_token"}
    assert setup.is_set_up
    assert TOKEN not in repr(setup)
    assert setup.callback.endswith("/webhooks/messages/twilio/")
    entry = AuditEntry.objects.get(verb="channel.saved")
    assert entry.actor_id == olivia.pk
    assert TOKEN not in str(entry.changes)
    assert entry.changes["auth_token"] == [None, "•••"]
    assert entry.changes["sender"][1] == NUMBER


def test_an_empty_secret_stays_as_it_is(olivia: User) -> None:
    save_setup("sms", "twilio", twilio_values(), by=olivia, now=now())
    save_setup(
        "sms", "twilio", twilio_values(auth_token="", sender="+15005550009"), by=olivia, now=now()
    )
    assert channels._secrets_of(ChannelSettings.objects.get(), "twilio") == {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "sender": "+15005550009",
    }
    last = AuditEntry.objects.filter(verb="channel.saved").latest("pk")
    assert set(last.changes) == {"sender"}


def test_what_was_entered_for_another_driver_is_kept(olivia: User) -> None:
    save_setup("sms", "twilio", twilio_values(), by=olivia, now=now())
    save_setup("sms", "console", {}, by=olivia, now=now())
    assert driver_of("sms").key == "console"
    assert setup_of("sms", "twilio").stored == {"auth_token"}
    save_setup("sms", "twilio", twilio_values(auth_token=""), by=olivia, now=now())
    assert driver_of("sms").key == "twilio"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"account_sid": ""}, "account_sid"),
        ({"account_sid": "SK123"}, "account_sid"),
        ({"auth_token": ""}, "auth_token"),
        ({"sender": "00351"}, "sender"),
        ({"auth_token": "a\r\nX-Evil: 1"}, "auth_token"),
        ({"auth_token": "x" * 2000}, "auth_token"),
    ],
)
def test_what_cannot_be_right_is_said_by_field(
    wrong: dict[str, str], field: str, olivia: User
) -> None:
    with pytest.raises(ValidationError) as caught:
        save_setup("sms", "twilio", twilio_values(**wrong), by=olivia, now=now())
    assert list(caught.value.message_dict) == [field]
    assert not ChannelSettings.objects.filter(driver="twilio").exists()


def test_a_driver_of_another_channel_is_not_taken(olivia: User) -> None:
    for channel, driver in (
        ("sms", "meta"),
        ("email", "twilio"),
        ("webhook", "webhook"),
        ("sms", "x"),
    ):
        with pytest.raises(NotHere):
            save_setup(channel, driver, {}, by=olivia, now=now())
        with pytest.raises(NotHere):
            setup_of(channel, driver)


def test_after_the_installations_key_was_lost_it_says_what_to_do(
    olivia: User, settings: Settings
) -> None:
    save_setup("sms", "twilio", twilio_values(), by=olivia, now=now())
    settings.SECRET_KEY = "another-one-" + "y" * 50
    with pytest.raises(NotSetUp, match="Twilio is not set up yet"):
        driver_of("sms")
    assert not setup_of("sms").is_set_up
    save_setup("sms", "twilio", twilio_values(), by=olivia, now=now())
    assert driver_of("sms").key == "twilio"


def test_a_call_of_a_carrier_finds_its_driver_also_after_a_change(olivia: User) -> None:
    with pytest.raises(NotHere):
        driver_called("twilio")
    save_setup("sms", "twilio", twilio_values(), by=olivia, now=now())
    save_setup("sms", "console", {}, by=olivia, now=now())
    assert driver_called("twilio").key == "twilio"
    for unknown in ("console", "twilio_whatsapp", "meta", "webhook", "pigeon"):
        with pytest.raises(NotHere):
            driver_called(unknown)


# A test message


def carried_by_twilio(twilio: TwilioSandbox, olivia: User, **more: str) -> None:
    save_setup("sms", "twilio", {**twilio.values, **more}, by=olivia, now=now())


def test_a_test_message_is_sent_and_its_outcome_stored(twilio: TwilioSandbox, olivia: User) -> None:
    carried_by_twilio(twilio, olivia)
    moment = now()
    tested = send_test("sms", CLARA, now=moment)
    assert tested.passed
    assert twilio.taken[0].to == CLARA
    row = ChannelSettings.objects.get()
    assert (row.tested_at, row.test_passed) == (moment, True)
    assert row.test_result == tested.text == "Handed over to: Twilio."


def test_a_failed_test_says_why_without_the_key(twilio: TwilioSandbox, olivia: User) -> None:
    carried_by_twilio(twilio, olivia, auth_token="wrong-token")
    moment = now()
    tested = send_test("sms", CLARA, now=moment)
    assert not tested.passed
    assert "refuses our key" in tested.text
    assert "wrong-token" not in tested.text
    later = moment + timedelta(seconds=11)
    carried_by_twilio(twilio, olivia)
    assert "cannot get messages" in send_test("sms", INVALID, now=later).text
    twilio.fault("after")
    assert "No clear answer" in send_test("sms", CLARA, now=later + timedelta(seconds=11)).text


def test_tests_are_ten_seconds_apart(twilio: TwilioSandbox, olivia: User) -> None:
    carried_by_twilio(twilio, olivia)
    moment = now()
    send_test("sms", CLARA, now=moment)
    with pytest.raises(TooMany):
        send_test("sms", CLARA, now=moment + timedelta(seconds=9))
    assert len(twilio.taken) == 1
    send_test("sms", CLARA, now=moment + timedelta(seconds=10))
    assert len(twilio.taken) == 2


def test_another_setting_forgets_the_test(twilio: TwilioSandbox, olivia: User) -> None:
    carried_by_twilio(twilio, olivia)
    send_test("sms", CLARA, now=now())
    carried_by_twilio(twilio, olivia)
    assert ChannelSettings.objects.get().test_passed, "nothing has changed"
    carried_by_twilio(twilio, olivia, sender="+15005550009")
    row = ChannelSettings.objects.get()
    assert (row.tested_at, row.test_passed, row.test_result) == (None, False, "")


def test_a_test_where_nothing_is_set_up_says_so(settings: Settings) -> None:
    settings.DEMO = False
    tested = send_test("sms", CLARA, now=now())
    assert not tested.passed
    assert "Nobody carries" in tested.text


def test_a_test_e_mail_goes_through_the_platform(mailoutbox: list[Any]) -> None:
    assert send_test("email", "clara@example.com", now=now()).passed
    assert mailoutbox[0].to == ["clara@example.com"]
    assert mailoutbox[0].subject


# The catalogue


@pytest.mark.parametrize("key", sorted(KINDS))
def test_every_kind_is_made_of_its_required_values_alone(key: str) -> None:
    kind = KINDS[key]
    values = {
        one.name: str(one.choices[0][0]) if one.choices else "1"
        for one in kind.fields
        if one.is_required
    }
    driver = kind.makes(values)
    assert driver.key == key
    assert driver.at_once >= 1
    assert len(key) <= 20
    assert hasattr(driver, "hear") is kind.calls_back
    assert hasattr(driver, "greet") is kind.greets
