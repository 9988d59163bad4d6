"""A message leaves once, is paid once, and where it may not leave it says why."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from plans.models import Plan
from tenants.models import Tenant
from tests.credits.accounting import spend
from tests.workflows.delivery.scene import (
    DISCARDED,
    FAILED,
    HELD,
    NOW,
    OTHER_NUMBER,
    QUEUED,
    SENT,
    ScriptedDriver,
    allow,
    charged,
    due,
    fresh,
    go,
    kept,
    many,
    states,
    used,
)
from workflows.models import Message
from workflows.services import channels, handing_over, opt_outs
from workflows.services.delivery import LEASE

DAY = timedelta(days=1)
MOMENT = timedelta(seconds=5)


def test_due_message_leaves_and_is_paid_from_the_month(
    driver: ScriptedDriver, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, sms_per_month=5)
    message = due(aurora, units=2)
    assert go() == 1
    message = fresh(message)
    assert message.state == SENT
    assert (message.is_charged, message.from_month, message.from_purchased) == (True, 2, 0)
    assert (message.driver, message.provider_id) == ("scripted", f"id-{message.key}")
    assert message.sent_at
    assert (message.attempts, message.due_at) == (1, None)
    assert used(aurora) == 2


def test_nothing_leaves_twice_or_before_it_is_due(driver: ScriptedDriver, aurora: Tenant) -> None:
    first, later = due(aurora), due(aurora, due_at=NOW + DAY)
    assert [go(), go(), go()] == [1, 0, 0]
    assert driver.keys == [first.key]
    assert go(DAY) == 1
    assert driver.keys == [first.key, later.key]
    assert used(aurora) == 2


def test_without_a_ceiling_it_costs_nothing_but_is_counted(
    driver: ScriptedDriver, aurora: Tenant
) -> None:
    message = due(aurora, units=3)
    go()
    assert (fresh(message).is_charged, fresh(message).from_month) == (True, 0)
    assert used(aurora) == 3


def test_platforms_own_costs_nobody(driver: ScriptedDriver) -> None:
    message = due(None)
    go()
    assert (fresh(message).state, fresh(message).is_charged) == (SENT, False)
    assert charged() == []


def test_driver_gets_no_more_at_once_than_it_takes(
    driver: ScriptedDriver, aurora: Tenant, borealis: Tenant
) -> None:
    wanted = many(aurora, 7) + many(borealis, 5) + many(None, 3)
    assert go() == 15
    assert [len(call) for call in driver.calls] == [10, 5]
    assert driver.keys == [one.key for one in wanted]


def test_what_is_left_over_comes_with_the_next_batch(
    driver: ScriptedDriver, aurora: Tenant
) -> None:
    many(aurora, 7)
    assert [go(at_most=3) for _ in range(4)] == [3, 3, 1, 0]


def test_a_batch_is_no_larger_in_any_plan_of_the_database(
    driver: ScriptedDriver, aurora: Tenant
) -> None:
    """With nested loops alone, a limit inside of IN (…) is asked anew for each row."""
    many(aurora, 7)
    with connection.cursor() as cursor:
        for way in ("hashjoin", "mergejoin", "hashagg", "material", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
    assert [go(at_most=3) for _ in range(4)] == [3, 3, 1, 0]


class TestNotAllowed:
    """It fails, or is discarded, with a sentence; nobody pays, and no driver sees it."""

    def check(self, driver: ScriptedDriver, message: Message, state: str, words: str) -> None:
        assert go() == 1
        message = fresh(message)
        assert message.state == state
        assert words in message.detail
        assert message.finished_at
        assert (message.is_charged, driver.keys) == (False, [])
        assert kept() == set()

    def test_of_a_closed_business(self, driver: ScriptedDriver, aurora: Tenant) -> None:
        Tenant.objects.filter(pk=aurora.pk).update(suspended_at=NOW)
        self.check(driver, due(aurora), FAILED, "closed")

    @pytest.mark.parametrize("key", ["workflows", "workflows.sms"])
    def test_without_the_feature(
        self, driver: ScriptedDriver, aurora: Tenant, plan: Plan, key: str
    ) -> None:
        plan.capabilities[key] = False
        plan.save()
        self.check(driver, due(aurora), FAILED, "not part of your plan")

    @pytest.mark.parametrize("by_all", [True, False])
    def test_to_somebody_who_asked_for_no_more(
        self, driver: ScriptedDriver, aurora: Tenant, borealis: Tenant, *, by_all: bool
    ) -> None:
        message = due(aurora)
        opt_outs.opt_out("sms", message.address, None if by_all else aurora, "stop", NOW)
        opt_outs.opt_out("sms", OTHER_NUMBER, aurora, "stop", NOW)
        self.check(driver, message, FAILED, "asked for no more SMS")

    def test_when_it_is_too_late(self, driver: ScriptedDriver, aurora: Tenant) -> None:
        self.check(driver, due(aurora, useless_at=NOW), DISCARDED, "has begun")

    def test_over_a_channel_that_is_gone(self, driver: ScriptedDriver, aurora: Tenant) -> None:
        self.check(driver, due(aurora, "pigeon"), FAILED, "no such channel")

    def test_and_what_was_charged_before_is_back(
        self, driver: ScriptedDriver, aurora: Tenant
    ) -> None:
        """A worker charged it, and died before it had stored that."""
        from tenants import metering
        from tenants.metering import Item

        message = due(aurora, useless_at=NOW)
        metering.meter().charge(aurora, "sms", [Item(message.key, 1)], NOW)
        assert used(aurora) == 1
        self.check(driver, message, DISCARDED, "has begun")
        assert used(aurora) == 0


def test_what_another_tenant_was_asked_for_does_not_count(
    driver: ScriptedDriver, aurora: Tenant, borealis: Tenant
) -> None:
    message = due(aurora)
    opt_outs.opt_out("sms", message.address, borealis, "stop", NOW)
    opt_outs.opt_out("whatsapp", message.address, aurora, "stop", NOW)
    go()
    assert states(message) == [SENT]


@pytest.mark.req(118)
def test_what_nothing_is_left_for_is_held_and_all_else_goes_on(
    driver: ScriptedDriver, aurora: Tenant, borealis: Tenant, plan: Plan
) -> None:
    allow(plan, sms_per_month=2)
    sms = many(aurora, 4)
    others = [due(aurora, "email"), due(aurora, "whatsapp"), due(borealis)]
    go()
    assert states(*sms) == [SENT, SENT, HELD, HELD]
    assert states(*others) == [SENT] * 3
    held = fresh(sms[2])
    assert "No SMS is left" in held.detail
    assert (held.is_charged, held.due_at, held.finished_at) == (False, None, None)
    assert used(aurora) == 2


def test_smaller_one_may_leave_where_a_larger_is_held(
    driver: ScriptedDriver, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, sms_per_month=3)
    messages = [due(aurora, units=units) for units in (2, 2, 1, 1)]
    go()
    assert states(*messages) == [SENT, HELD, SENT, HELD]
    assert used(aurora) == 3


def test_email_leaves_instead_where_that_is_wanted(
    driver: ScriptedDriver, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, sms_per_month=0)
    instead = {
        "channel": "email",
        "address": "clara@example.org",
        "text": "See you",
        "content": {"subject": "Salon Aurora"},
    }
    message = due(aurora, content={"instead": instead}, useless_at=NOW + DAY, name="Clara")
    assert [go(), go(MOMENT)] == [1, 1]
    assert states(message) == [DISCARDED]
    assert "e-mail instead" in fresh(message).detail
    mail = Message.objects.get(channel="email")
    assert (mail.state, mail.key) == (SENT, f"{message.key}:email")
    assert (mail.address, mail.text, mail.name) == ("clara@example.org", "See you", "Clara")
    assert mail.content == {"subject": "Salon Aurora"}
    assert (mail.tenant, mail.useless_at) == (aurora, NOW + DAY)
    assert (used(aurora), used(aurora, "email")) == (0, 1)


class TestChannelThatIsNotSetUp:
    @pytest.fixture(autouse=True)
    def _nobody(self, settings: Any, aurora: Tenant) -> None:
        settings.DEMO = False

    def test_messages_wait_and_cost_nothing(self, aurora: Tenant) -> None:
        message = due(aurora)
        go()
        message = fresh(message)
        assert (message.state, message.attempts) == (QUEUED, 0)
        assert message.due_at
        assert NOW < message.due_at <= NOW + timedelta(minutes=11)
        assert "has to set up the channel" in message.detail
        assert used(aurora) == 0

    def test_after_a_day_they_have_failed(self, aurora: Tenant) -> None:
        message = due(aurora)
        go(DAY)
        assert states(message) == [FAILED]
        assert "has to set up the channel" in fresh(message).detail


def test_channel_that_breaks_stops_no_other(
    driver: ScriptedDriver,
    aurora: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sms, mail = due(aurora), due(aurora, "email")
    real = channels.driver_of

    def breaks(channel: str) -> Any:
        if channel == "email":
            raise ValueError(channel)
        return real(channel)

    with monkeypatch.context() as patch:
        patch.setattr(channels, "driver_of", breaks)
        assert go() == 2
    assert states(sms, mail) == [SENT, QUEUED]
    assert "1 messages over email wait" in caplog.text
    assert go(LEASE) == 1
    assert states(mail) == [SENT]


def test_slow_carrier_is_left_in_time_and_the_rest_is_due_again(
    driver: ScriptedDriver, aurora: Tenant, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(plan, sms_per_month=50)
    messages = many(aurora, 25)
    with monkeypatch.context() as patch:
        patch.setattr(handing_over, "SECONDS", -1)
        go()
    assert driver.keys == []
    assert used(aurora) == 25, "They are paid for, and stay so."
    assert [go(MOMENT), used(aurora)] == [25, 25]
    assert driver.keys == [one.key for one in messages]


@pytest.mark.parametrize("count", [1, 40])
def test_statements_do_not_depend_on_the_number_of_messages(
    driver: ScriptedDriver, aurora: Tenant, plan: Plan, count: int
) -> None:
    allow(plan, sms_per_month=1000)
    driver.at_once = 100
    spend(aurora)  # the account is there
    many(aurora, count)
    with CaptureQueriesContext(connection) as queries:
        go()
    real = [q["sql"] for q in queries if "SAVEPOINT" not in q["sql"]]
    assert len(real) == 7, "\n".join(real)
