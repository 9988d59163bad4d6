"""Owners are told before the time of a tenant ends: a balance that will not do, and the end of a trial."""

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from billing.models import EndNotice, Subscription
from billing.services.letters import due as letters
from billing.services.letters import owner_mail
from billing.services.letters.owner_mail import Kind, Letter
from plans.models import Plan, PlatformSettings
from tenants.models import Tenant
from tests.billing.expiry.due import (
    END,
    START,
    by_card,
    fresh,
    past_due,
    runs_out,
    subscribe,
    swept,
)
from tests.billing.expiry.mails import Mails, check, deliver
from tests.billing.money import give_funds

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


def test_day_is_the_one_where_the_business_is(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    """The evening of the 25th in UTC is the morning of the 26th on Kiritimati."""
    Tenant.objects.filter(pk=aurora.pk).update(time_zone="Pacific/Kiritimati")
    subscribe(aurora, plan, start=START + 10 * HOUR)
    deliver(END - 5 * DAY)
    assert "until 26 November 2026" in mailoutbox[0].body


def test_balance_that_will_not_do_is_told_a_week_before(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    subscribe(aurora, plan)
    give_funds(aurora, 1200)
    assert deliver(END - 7 * DAY - SECOND) == 0
    assert deliver(END - 7 * DAY) == 1
    assert deliver(END - DAY) == 0
    mail = mailoutbox[0]
    check(mail, aurora)
    assert mail.subject == "$17.00 more, and Team goes on"
    assert "paid for Salon Aurora until 25 November 2026" in mail.body
    assert "for $29.00, and there is $12.00 on it" in mail.body


def test_balance_that_will_do_is_not_mentioned_until_it_is_spent(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    subscribe(aurora, plan, amount=1000)
    give_funds(aurora, 1000)
    assert deliver(END - 6 * DAY) == 0
    Subscription.objects.update(amount=1001)
    assert deliver(END - 5 * DAY) == 1


def test_each_period_has_its_own_letter(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    subscribe(aurora, plan)
    assert deliver(END - 7 * DAY) == 1
    give_funds(aurora, 2900)
    swept(END)
    end = fresh(aurora).expires_at
    assert end
    assert deliver(end - 7 * DAY) == 1
    assert EndNotice.objects.count() == 2


def test_chosen_plan_decides_what_the_balance_is_needed_for(
    aurora: Tenant, plan: Plan, small_plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    running = subscribe(aurora, plan, next_plan=small_plan, next_cycle="monthly", next_amount=0)
    assert deliver(END - DAY) == 0
    running.next_amount = 500
    running.save()
    assert deliver(END - DAY) == 1
    assert mailoutbox[0].subject == "$5.00 more, and Free goes on"


@pytest.mark.parametrize("why", ["cancelled", "by card", "suspended"])
def test_balance_is_no_matter_to(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails, why: str
) -> None:
    if why == "by card":
        by_card(aurora, plan)
    else:
        subscribe(aurora, plan, cancelled_at=START if why == "cancelled" else None)
    if why == "suspended":
        Tenant.objects.filter(pk=aurora.pk).update(suspended_at=START)
    assert deliver(END - DAY) == 0


def test_funds_that_come_before_the_mail_leaves_stop_it(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    subscribe(aurora, plan)
    (letter,) = letters.due(END - DAY, at_most=10)
    assert letter == Letter(Kind.BALANCE, aurora.pk, EndNotice.objects.get().pk)
    give_funds(aurora, 2900)
    owner = owner_mail.owners_of(aurora.pk)[0]
    assert not letters.write(letter.kind, letter.about_id, 1, owner, END - DAY)
    assert mailoutbox == []


@pytest.mark.req(55)
def test_end_of_a_trial_is_told_three_days_before(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    PlatformSettings.objects.update(trial_plan=plan)
    runs_out(aurora, plan, plan_started_at=START)
    assert deliver(END - 3 * DAY - SECOND) == 0
    assert deliver(END - 3 * DAY) == 1
    assert deliver(END - DAY) == 0
    mail = mailoutbox[0]
    check(mail, aurora)
    assert mail.subject == "The free trial of Salon Aurora ends on 25 November 2026"
    assert "nothing is charged" in mail.body


def test_short_trial_is_not_greeted_with_its_end(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    PlatformSettings.objects.update(trial_plan=plan)
    runs_out(aurora, plan, plan_started_at=END - 3 * DAY)
    assert deliver(END - 3 * DAY) == 0


def test_trial_that_was_paid_for_is_no_trial_any_more(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    PlatformSettings.objects.update(trial_plan=plan)
    subscribe(aurora, plan)
    Tenant.objects.filter(pk=aurora.pk).update(plan_started_at=START)
    give_funds(aurora, 2900)
    assert deliver(END - DAY) == 0


def test_few_at_a_time_are_all_in_the_end(
    aurora: Tenant, borealis: Tenant, plan: Plan, expired: Plan
) -> None:
    for tenant in (aurora, borealis):
        subscribe(tenant, plan)
    given_out = [letters.due(END - DAY, at_most=1) for _ in range(3)]
    assert [len(some) for some in given_out] == [1, 1, 0]


@pytest.mark.race
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_eight_workers_at_once_give_each_letter_out_once(
    aurora: Tenant, borealis: Tenant, plan: Plan
) -> None:
    past_due(aurora, plan)
    subscribe(borealis, plan, start=END - timedelta(days=26))
    found: list[Letter] = []
    start = threading.Barrier(8)

    def work() -> None:
        try:
            start.wait(timeout=30)
            found.extend(letters.due(END, at_most=100))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted((letter.kind, letter.tenant_id) for letter in found) == [
        ("balance", borealis.pk),
        ("failed", aurora.pk),
    ]
