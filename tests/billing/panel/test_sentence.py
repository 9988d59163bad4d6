"""The sentence about the present plan: one for each way in which a tenant can stand."""

from datetime import UTC, timedelta

import pytest
from django.test import Client

from billing.models import BillingSettings, Payment, Standing
from plans.models import Plan, PlatformSettings
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant
from tests.billing.money import give_funds
from tests.billing.panel.scene import PREPAID, URL, card, day, in_days, put_on, sentence, subscribe
from tests.booking.pages import queries_for, words


def test_plan_by_card_says_price_day_and_card(owner: Client, aurora: Tenant, plan: Plan) -> None:
    running = subscribe(aurora, plan)
    for page in (URL, URL + "current-plan/"):
        assert sentence(owner, page) == (
            "You are on Team, billed monthly at $29.00."
            f" It renews on {day(running.period_end)} with Visa ending 4242."
        )


def test_price_is_the_one_it_was_bought_at(owner: Client, aurora: Tenant, plan: Plan) -> None:
    subscribe(aurora, plan)
    Plan.objects.filter(pk=plan.pk).update(monthly_price=3900)
    assert "billed monthly at $29.00." in sentence(owner)


def test_annual_plan_says_so(owner: Client, aurora: Tenant, plan: Plan) -> None:
    running = subscribe(aurora, plan, cycle="annual", left=100)
    assert sentence(owner) == (
        "You are on Team, billed annually at $290.00."
        f" It renews on {day(running.period_end)} with Visa ending 4242."
    )


def test_prepaid_plan_renews_from_the_balance_and_says_when_that_is_short(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    running = subscribe(aurora, plan, **PREPAID)
    until = day(running.period_end)
    said = f"You are on Team, billed monthly at $29.00. It renews on {until} from your balance."
    assert sentence(owner) == f"{said} Your balance does not cover that yet."
    give_funds(aurora, 2900)
    assert sentence(owner) == said


def test_day_is_the_tenants_own(owner: Client, aurora: Tenant, plan: Plan) -> None:
    aurora.time_zone = "Asia/Tokyo"
    running = subscribe(aurora, plan)
    end = (running.period_end + timedelta(days=1)).replace(hour=20, tzinfo=UTC)
    running.period_end = end
    running.save()
    assert f"It renews on {day(end + timedelta(days=1))} with" in sentence(owner)


def test_trial_says_that_nothing_is_charged(owner: Client, aurora: Tenant, plan: Plan) -> None:
    PlatformSettings.objects.update(trial_plan=plan)
    put_on(aurora, plan, end=in_days(9))
    assert sentence(owner) == (
        "You are on a free trial of Team with 9 days left. Nothing is charged unless you choose to pay."
    )


def test_cancelled_plan_says_when_it_ends(owner: Client, aurora: Tenant, plan: Plan) -> None:
    running = subscribe(aurora, plan, cancelled_at=clock.now())
    until = day(running.period_end)
    assert sentence(owner) == (f"You are on Team. It ends on {until}, and nothing more is charged.")
    assert ">Resume renewal</button>" in words(owner.get(URL))


@pytest.mark.parametrize(
    ("price", "words_of_it"), [(900, "Solo, $9.00 a month."), (0, "Solo, which costs nothing.")]
)
def test_switch_that_waits_is_told(
    price: int, words_of_it: str, owner: Client, aurora: Tenant, plan: Plan, solo: Plan
) -> None:
    running = subscribe(aurora, plan, next_plan=solo, next_cycle="monthly", next_amount=price)
    assert sentence(owner) == (
        f"You are on Team, billed monthly at $29.00. From {day(running.period_end)}: {words_of_it}"
    )
    assert ">Stay on Team</button>" in words(owner.get(URL))
    assert f"From {day(running.period_end, 'j F')}" in card(owner, solo)


def test_failed_renewal_says_calmly_what_to_do_and_until_when_all_stays(
    owner: Client, aurora: Tenant, plan: Plan, sandbox: StripeSandbox
) -> None:
    BillingSettings.load()
    BillingSettings.objects.update(grace_days=7)
    running = subscribe(aurora, plan, left=-1, standing=Standing.PAST_DUE, past_due_at=clock.now())
    assert sentence(owner) == (
        "You are on Team, billed monthly at $29.00."
        f" The renewal of {day(running.period_end)} did not go through."
    )
    page = words(owner.get(URL))
    until = day(running.period_end + timedelta(days=7), "j F")
    assert f"Everything stays as it is until {until}." in page
    assert "Visa ending 4242 could not be charged." in page
    assert page.count(">Update card</button>") == 1
    assert page.count(">Pay another way</a>") == 1


def test_renewal_under_way_is_told_and_cannot_be_paid_twice(
    owner: Client, aurora: Tenant, plan: Plan, sandbox: StripeSandbox
) -> None:
    running = subscribe(aurora, plan, left=-0.2)
    assert sentence(owner).endswith(f"Its renewal of {day(running.period_end)} is under way.")
    assert "/choose/" not in card(owner, plan)


def test_plan_given_by_hand_says_how_it_goes_on(owner: Client, aurora: Tenant, plan: Plan) -> None:
    end = in_days(40)
    put_on(aurora, plan, end=end)
    assert sentence(owner) == (
        f"You are on Team. It runs until {day(end)}."
        " Then it renews from your balance, if that covers $29.00."
    )


@pytest.mark.req(55)
def test_who_has_no_plan_reads_no_name_of_one(
    owner: Client, aurora: Tenant, small_plan: Plan, plan: Plan
) -> None:
    """Also where the plan that nobody chooses is one of the cards."""
    small_plan.name = "Expired"
    small_plan.is_default = False
    small_plan.save()
    PlatformSettings.objects.update(expired_plan=small_plan)
    put_on(aurora, small_plan)
    for page in (URL, URL + "current-plan/", f"{URL}choose/{plan.pk}/"):
        assert "xpired" not in words(owner.get(page))
    assert "You have no plan at present." in sentence(owner)
    assert card(owner, small_plan) == ""
    refused = owner.get(f"{URL}choose/{small_plan.pk}/")
    assert refused.status_code == 409
    assert "xpired" not in words(refused)


@pytest.mark.req(60, 62)
def test_hidden_plan_has_its_sentence_and_no_card(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    subscribe(aurora, plan)
    Plan.objects.filter(pk=plan.pk).update(is_hidden=True)
    assert sentence(owner).startswith("You are on Team, billed monthly at $29.00. It renews on")
    assert card(owner, plan) == ""


def test_hidden_plan_can_be_paid_for_again_beside_its_sentence(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    give_funds(aurora, 9000)
    subscribe(aurora, plan, **PREPAID)
    assert "Pay one more month" not in words(owner.get(URL)).split("</header>")[1]
    Plan.objects.filter(pk=plan.pk).update(is_hidden=True)
    assert ">Pay one more month</a>" in words(owner.get(URL))


@pytest.mark.parametrize("count", [1, 30])
def test_page_takes_as_many_queries_whatever_there_is(
    count: int, owner: Client, aurora: Tenant, plan: Plan, solo: Plan
) -> None:
    for number in range(count):
        Plan.objects.create(name=f"Plan {number}", monthly_price=100 + number)
        subscribe(
            aurora, plan, external_id=f"old_{number}", standing=Standing.ENDED, ended_at=clock.now()
        )
        Payment.objects.create(
            tenant=aurora, gateway="stripe", environment="sandbox", purpose="plan", status="paid",
            paid_at=clock.now(), amount=2900, currency="USD", title="Team, monthly",
        )  # fmt: skip
    give_funds(aurora, 100)
    subscribe(aurora, plan, next_plan=solo, next_cycle="monthly", next_amount=900)
    assert queries_for(owner, URL) <= 8
