"""Owners are told in time and once: of a payment that failed, of a balance that will not do, of a trial that ends."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection

from billing.models import BillingSettings, EndNotice, Standing, Subscription
from billing.services.letters import due as letters
from billing.services.letters import dunning, owner_mail
from billing.services.letters.owner_mail import Kind, Letter
from billing.services.subscriptions import cancel, take_in
from plans.models import Plan, PlatformSettings
from tenants.models import Membership, Role, Tenant, User
from tests.billing.expiry.due import (
    END,
    GRACE,
    START,
    by_card,
    fresh,
    past_due,
    runs_out,
    subscribe,
    swept,
)
from tests.billing.money import give_funds, renewal_fact, tell

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
WORDS = re.compile("expired", re.IGNORECASE)
Mails = list[EmailMultiAlternatives]


def deliver(now: Any) -> int:
    """Everything that is due at `now` is written, as the tasks do it; how many mails left."""
    return sum(
        letters.write(letter.kind, letter.about_id, letter.number, owner_id, now)
        for letter in letters.due(now, at_most=100)
        for owner_id in owner_mail.owners_of(letter.tenant_id)
    )


def check(mail: EmailMultiAlternatives, tenant: Tenant) -> None:
    """What holds for every letter."""
    html = mail.alternatives[0][0]
    link = tenant.url("/panel/billing/")
    assert re.findall(r"https?://\S+", mail.body) == [link], "One link, and it leads to Billing."
    assert f'href="{link}"' in html
    for text in (mail.subject, mail.body, html):
        assert not WORDS.search(text)
        assert "None" not in text
        assert "\n\n\n\n" not in text
    assert "\n" not in mail.subject


@pytest.mark.req(55)
def test_failed_payment_is_told_three_times_in_calm_words(
    aurora: Tenant, plan: Plan, ana: User, expired: Plan, mailoutbox: Mails
) -> None:
    past_due(aurora, plan)
    assert deliver(END) == 1
    assert deliver(END + GRACE / 2 - SECOND) == 0
    assert deliver(END + GRACE / 2) == 1
    assert deliver(END + 2 * DAY - SECOND) == 0
    assert deliver(END + 2 * DAY) == 1
    assert deliver(END + GRACE - SECOND) == 0
    assert [mail.subject for mail in mailoutbox] == [
        "Your payment for Team did not go through",
        "Your payment for Team is still open",
        "Team stays until 28 November 2026, 09:00",
    ]
    for mail in mailoutbox:
        check(mail, aurora)
        assert mail.to == ["ana@aurora.example"]
        assert "$29.00 for Team" in mail.body
        assert "until 28 November 2026" in mail.body
    first, _second, last = mailoutbox
    assert "Hello Ana Ribeiro," in first.body
    assert "could not be collected with Visa 4242 for Salon Aurora" in first.body
    assert "paused then, not deleted" in last.body


def test_event_of_a_failed_renewal_sends_the_first_letter(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    card = by_card(aurora, plan)
    assert deliver(END) == 0
    fact = renewal_fact(card).subscription
    assert fact
    failed = type(fact)(fact.external_id, "past_due", fact.period_start, fact.period_end)
    take_in(failed, gateway="stripe", environment="sandbox", now=END + HOUR)
    assert deliver(END + HOUR) == 1
    assert deliver(END + HOUR) == 0


def test_payment_that_comes_in_stops_the_letters(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    card = past_due(aurora, plan)
    assert deliver(END) == 1
    given_out = letters.due(END + 2 * DAY, at_most=10)
    assert len(given_out) == 1, "It is on its way when the money comes."
    tell(renewal_fact(card), END + 2 * DAY)
    owner = owner_mail.owners_of(aurora.pk)[0]
    letter = given_out[0]
    assert not letters.write(letter.kind, letter.about_id, letter.number, owner, END + 2 * DAY)
    assert deliver(END + GRACE) == 0
    card.refresh_from_db()
    assert (card.reminders, card.reminded_at) == (0, None)


def test_next_failure_is_told_from_the_beginning(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    card = past_due(aurora, plan)
    deliver(END)
    tell(renewal_fact(card), END + DAY)
    card.refresh_from_db()
    later = card.period_end
    Subscription.objects.filter(pk=card.pk).update(standing=Standing.PAST_DUE, past_due_at=later)
    assert deliver(later) == 1
    assert mailoutbox[-1].subject == "Your payment for Team did not go through"


def test_letters_that_were_missed_are_not_made_up_for(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    past_due(aurora, plan)
    assert deliver(END + 2 * DAY + HOUR) == 1
    assert mailoutbox[0].subject.startswith("Team stays until")


def test_after_the_grace_nothing_is_written_and_the_plan_lapses(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    past_due(aurora, plan)
    assert deliver(END + GRACE) == 0
    swept(END)
    swept(END + GRACE)
    assert fresh(aurora).plan == expired
    assert deliver(END + GRACE + DAY) == 0
    assert mailoutbox == []


@pytest.mark.parametrize(
    ("days", "after_hours"),
    [(0, []), (1, [0, 12]), (2, [0, 24]), (3, [0, 36, 48]), (14, [0, 168, 312])],
)
def test_grace_decides_how_often_they_are_told(
    aurora: Tenant, plan: Plan, expired: Plan, days: int, after_hours: list[int]
) -> None:
    BillingSettings.objects.update(grace_days=days)
    card = past_due(aurora, plan)
    found = dunning.moments(card, END + timedelta(days=days))
    assert [(moment - END) / HOUR for moment in found] == after_hours


@pytest.mark.parametrize("who", ["suspended", "cancelled", "staff", "left", "login off"])
def test_nobody_else_is_written_to(
    aurora: Tenant, plan: Plan, ana: User, expired: Plan, mailoutbox: Mails, who: str
) -> None:
    past_due(aurora, plan)
    member = Membership.objects.filter(tenant=aurora, user=ana)
    if who == "suspended":
        Tenant.objects.filter(pk=aurora.pk).update(suspended_at=START)
    elif who == "cancelled":
        cancel(aurora, reason="", now=END)
    elif who == "staff":
        member.update(role=Role.STAFF)
    elif who == "left":
        member.update(is_active=False)
    else:
        User.objects.filter(pk=ana.pk).update(is_active=False)
    assert deliver(END) == 0
    assert mailoutbox == []


def test_every_owner_gets_a_mail_of_their_own(
    aurora: Tenant, plan: Plan, mara: User, expired: Plan, mailoutbox: Mails
) -> None:
    Membership.objects.filter(tenant=aurora, user=mara).update(role=Role.OWNER)
    past_due(aurora, plan)
    assert deliver(END) == 2
    assert [mail.to for mail in mailoutbox] == [["ana@aurora.example"], ["mara@aurora.example"]]


def test_somebody_who_is_no_owner_any_more_when_the_mail_leaves_gets_none(
    aurora: Tenant, plan: Plan, bruno: User, expired: Plan, mailoutbox: Mails
) -> None:
    past_due(aurora, plan)
    (letter,) = letters.due(END, at_most=10)
    assert not letters.write(letter.kind, letter.about_id, letter.number, bruno.pk, END)
    assert mailoutbox == []


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


def test_names_are_words_and_never_markup(
    aurora: Tenant, plan: Plan, expired: Plan, mailoutbox: Mails
) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(name="Cut & <b>Go</b>\r\nBcc: x@y.example")
    past_due(aurora, plan, plan_name="Team & <i>Co</i>\r\nBcc: x@y.example")
    assert deliver(END) == 1
    mail = mailoutbox[0]
    assert "\n" not in mail.subject
    assert mail.subject.startswith("Your payment for Team & <i>Co</i>")
    assert mail.recipients() == ["ana@aurora.example"]
    assert "<i>" not in mail.alternatives[0][0]
    assert "Team & <i>Co</i>" in mail.body


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
