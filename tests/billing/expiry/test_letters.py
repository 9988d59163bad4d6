"""Owners are told at once and in time of a payment that failed, in calm words; and of each thing once."""

from datetime import timedelta

import pytest

from billing.models import BillingSettings, Standing, Subscription
from billing.services.letters import due as letters
from billing.services.letters import dunning, owner_mail
from billing.services.subscriptions import cancel, take_in
from plans.models import Plan
from tenants.models import Membership, Role, Tenant, User
from tests.billing.expiry.due import (
    END,
    GRACE,
    START,
    by_card,
    fresh,
    past_due,
    swept,
)
from tests.billing.expiry.mails import Mails, check, deliver
from tests.billing.money import renewal_fact, tell

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


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
    aurora: Tenant, plan: Plan, ana: User, mara: User, expired: Plan, mailoutbox: Mails, who: str
) -> None:
    """A business has an owner always; hers is a login that is switched off, so nobody is written to."""
    Membership.objects.filter(tenant=aurora, user=mara).update(role=Role.OWNER)
    User.objects.filter(pk=mara.pk).update(is_active=False)
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
