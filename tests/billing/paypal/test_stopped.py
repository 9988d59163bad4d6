"""Where PayPal would have charged what nobody has chosen, it was told to stop: the owners hear of it, once."""

from datetime import timedelta

import pytest

from billing.models import Payment, Standing, Subscription
from billing.services.letters import due as letters
from billing.services.letters import owner_mail
from plans.models import Plan, PlatformSettings
from tenants.models import Membership, Role, Tenant, User
from tests.billing.expiry.due import swept
from tests.billing.expiry.mails import Mails, check, deliver
from tests.billing.money import NOW, give_funds
from tests.billing.paypal.shop import Shop
from tests.billing.paypal.test_changing import follow
from tests.tenants.services.rows import make_plan

MONTH = NOW.replace(month=12)


@pytest.fixture
def small(shop: Shop) -> Plan:
    made = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(made)
    return made


@pytest.fixture
def late(shop: Shop, on_free: Tenant, plan: Plan, small: Plan, ana: User) -> Subscription:
    """Five days before the next payment a cheaper plan is chosen, which is too late for PayPal."""
    PlatformSettings.objects.update(expired_plan=make_plan("Resting", staff=1))
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    shop.sandbox.advance(days=25)
    follow(shop, on_free, small, "monthly", 900)
    return running


def test_owners_hear_what_happened_what_they_keep_and_what_to_do(
    shop: Shop, on_free: Tenant, late: Subscription, mara: User, mailoutbox: Mails
) -> None:
    Membership.objects.filter(tenant=on_free, user=mara).update(role=Role.OWNER)
    assert deliver(shop.now) == 0
    shop.push_all()
    assert deliver(shop.now) == 2
    assert [mail.to for mail in mailoutbox] == [["ana@aurora.example"], ["mara@aurora.example"]]
    mail = mailoutbox[0]
    check(mail, on_free)
    assert mail.subject == "PayPal collects nothing more for Team"
    for part in (
        "“Solo, monthly” for Salon Aurora, $9.00 from 25 December 2026 on",
        "Nothing was charged",
        "Team stays as it is until 25 December 2026",
        "Add at least $9.00 to your balance until then",
        "paused on that day, not deleted",
    ):
        assert part in mail.body


def test_nobody_hears_of_it_twice(
    shop: Shop, on_free: Tenant, late: Subscription, mailoutbox: Mails
) -> None:
    shop.push_all()
    shop.hear()
    assert deliver(shop.now) == 1
    shop.push_all()
    shop.hear()
    assert deliver(shop.now + timedelta(days=1)) == 0
    assert deliver(MONTH + timedelta(days=1)) == 0
    assert len(mailoutbox) == 1


def test_whoever_hears_of_the_end_first_knows_why(
    shop: Shop, on_free: Tenant, late: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PayPal's notification may be faster than the answer to what we asked."""
    shop.sandbox.fault("after", method="POST", path="*/cancel", times=1)
    shop.push_all()
    late.refresh_from_db()
    assert late.is_live
    assert "It has ended." in shop.hear()
    late.refresh_from_db()
    assert (late.standing, late.was_stopped) == (Standing.ENDED, True)
    assert deliver(shop.now) == 1


def test_balance_that_will_do_is_said_and_what_was_promised_happens(
    shop: Shop, on_free: Tenant, late: Subscription, small: Plan, mailoutbox: Mails
) -> None:
    give_funds(on_free, 2000)
    shop.push_all()
    assert deliver(shop.now) == 1
    body = mailoutbox[0].body
    assert "$9.00 is taken off your balance. There is $20.00 on it now" in body
    assert "paused" not in body
    swept(MONTH)
    on_free.refresh_from_db()
    assert on_free.plan == small
    assert Payment.objects.get(purpose="renewal").amount == 900


def test_who_has_paid_anew_before_the_mail_leaves_gets_none(
    shop: Shop, on_free: Tenant, late: Subscription, small: Plan, ana: User, mailoutbox: Mails
) -> None:
    shop.push_all()
    (letter,) = letters.due(shop.now, at_most=10)
    shop.buy(on_free, small, ana, due=900)
    owner = owner_mail.owners_of(on_free.pk)[0]
    assert not letters.write(letter.kind, letter.about_id, letter.number, owner, shop.now)
    assert mailoutbox == []


def test_end_that_the_payer_wanted_is_no_matter_of_a_letter(
    shop: Shop, on_free: Tenant, late: Subscription, mailoutbox: Mails
) -> None:
    from sandbox.paypal.subscriptions import cancel

    cancel(shop.sandbox.world, {"reason": "payer"}, late.external_id)
    shop.hear()
    late.refresh_from_db()
    assert (late.standing, late.was_stopped) == (Standing.ENDED, False)
    assert deliver(shop.now) == 0
