"""What the dialog of a paid plan says before anything is pressed."""

import pytest
from django.test import Client

from billing.ledger import balance_of
from billing.models import GatewaySettings
from billing.quotes import cycle_end
from plans.models import Plan
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant
from tests.billing.money import give_funds
from tests.billing.panel.scene import (
    PREPAID,
    choose_url,
    day,
    hidden,
    offered,
    press_pay,
    subscribe,
)
from tests.booking.pages import allow, fill, queries_for, words


def test_upgrade_says_what_it_costs_as_the_figures_add_up(
    owner: Client, aurora: Tenant, plan: Plan, bigger: Plan, sandbox: StripeSandbox
) -> None:
    give_funds(aurora, 4250)
    subscribe(aurora, plan)
    said, now = offered(owner.get(choose_url(bigger))), clock.now()
    until = cycle_end(now, "monthly", now)
    for sentence in (
        "Upgrade to Team+ today",
        "It takes effect at once, and this month’s counters start again from zero.",
        f"Team+, {day(now, 'j F')} to {day(until, 'j F')} $59.00",
        "Credit for 12 unused days of Team −$11.60",
        "Due today $47.40",
        "Balance $42.50 is not enough for $47.40",
        "Card On Stripe’s page, renews by itself",
        f"Then $59.00 on the {day(now, 'jS')} of each month",
        "Pay $47.40",
    ):
        assert sentence in said


def test_balance_that_is_enough_says_what_is_left_of_it(
    owner: Client, on_free: Tenant, plan: Plan
) -> None:
    give_funds(on_free, 4250)
    said, now = offered(owner.get(choose_url(plan))), clock.now()
    until = day(cycle_end(now, "monthly", now), "j F")
    assert "Choose Team today" in said
    assert "Balance $42.50 available, $13.50 after this" in said
    assert f"Then $29.00 from your balance on {until}, if it covers that." in said


@pytest.mark.req(10, 11, 12, 13)
def test_each_cycle_has_its_own_price_and_the_badge_changes_none(
    owner: Client, on_free: Tenant, plan: Plan
) -> None:
    Plan.objects.filter(pk=plan.pk).update(annual_price=12345, annual_discount=90)
    give_funds(on_free, 90_000)
    assert "Due today $29.00" in offered(owner.get(choose_url(plan)))
    assert "Due today $123.45" in offered(owner.get(choose_url(plan, "annual")))
    press_pay(owner, plan, cycle="annual")
    assert balance_of(on_free).balance == 90_000 - 12_345
    assert Tenant.objects.get(pk=on_free.pk).cycle == "annual"


def test_same_plan_keeps_the_counters_and_says_nothing_of_them(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    give_funds(aurora, 90_000)
    subscribe(aurora, plan, **PREPAID)
    assert "counters" not in offered(owner.get(choose_url(plan)))
    assert "counters" not in offered(owner.get(choose_url(plan, "annual")))


def test_prepaid_plan_has_one_bill_for_the_balance_and_one_for_the_card(
    owner: Client, aurora: Tenant, plan: Plan, sandbox: StripeSandbox
) -> None:
    """The balance adds a month at the end; a card begins one of its own, less the days that are paid."""
    give_funds(aurora, 9000)
    running = subscribe(aurora, plan, **PREPAID)
    response = owner.get(choose_url(plan))
    said = offered(response)
    assert f"Team, {day(running.period_end, 'j F')} to" in said
    assert "Credit for 12 unused days of Team −$11.60" in said
    assert {"due-balance": "2900", "due-stripe": "1740"}.items() <= hidden(response).items()
    page = words(response)
    assert page.count('class="kv quote is-once"') == page.count('class="kv quote is-renewing"') == 1


def test_way_that_would_charge_nothing_is_no_way(
    owner: Client, aurora: Tenant, plan: Plan, sandbox: StripeSandbox
) -> None:
    give_funds(aurora, 9000)
    subscribe(aurora, plan, left=30, **PREPAID)
    said = offered(owner.get(choose_url(plan)))
    assert "Card What is paid in advance has to be used up first" in said
    assert "Due today $0.00" not in said


def test_where_nothing_is_enough_funds_can_be_added(
    owner: Client, on_free: Tenant, plan: Plan, sandbox: StripeSandbox
) -> None:
    GatewaySettings.objects.create(gateway="stripe", environment="sandbox", not_for=["plan"])
    response = owner.get(choose_url(plan))
    assert "$0.00 is not enough for $29.00" in offered(response)
    assert "Add funds</a>" in words(response)
    assert "Pay $29.00" not in offered(response)


@pytest.mark.req(14, 60)
def test_hidden_plan_of_others_is_not_offered(owner: Client, on_free: Tenant, plan: Plan) -> None:
    give_funds(on_free, 9000)
    form = hidden(owner.get(choose_url(plan)))
    Plan.objects.filter(pk=plan.pk).update(is_hidden=True)
    for response in (
        owner.get(choose_url(plan)),
        owner.post(choose_url(plan), form | {"gateway": "balance"}),
    ):
        assert response.status_code == 409
        assert "This plan is not offered any more." in words(response)
    assert balance_of(on_free).balance == 9000


@pytest.mark.parametrize("count", [1, 60])
def test_dialog_takes_as_many_queries_whatever_there_is(
    count: int, owner: Client, aurora: Tenant, plan: Plan, bigger: Plan
) -> None:
    give_funds(aurora, 9000)
    subscribe(aurora, plan, **PREPAID)
    allow(bigger, staff=0)
    fill(aurora, "staff", count)
    assert queries_for(owner, choose_url(bigger)) == 12
