"""What the button of each plan says, by where the tenant is and which prices are shown."""

from typing import Any

import pytest
from django.test import Client

from billing.models import Standing
from plans.models import Plan, PlatformSettings
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant
from tests.billing.panel.scene import (
    PREPAID,
    URL,
    buttons,
    card,
    day,
    in_days,
    put_on,
    subscribe,
)
from tests.booking.pages import words

pytestmark = pytest.mark.usefixtures("sandbox")


@pytest.mark.req(63, 99)
def test_who_pays_for_nothing_yet_chooses(
    owner: Client, on_free: Tenant, small_plan: Plan, plan: Plan, bigger: Plan
) -> None:
    assert buttons(owner, plan) == {"monthly": "Choose Team", "annual": "Choose Team"}
    assert buttons(owner, bigger)["monthly"] == "Choose Team+"
    assert buttons(owner, small_plan) == {}
    assert "Your plan" in card(owner, small_plan)


@pytest.mark.req(99)
def test_who_pays_upgrades_or_switches(
    owner: Client, aurora: Tenant, small_plan: Plan, plan: Plan, solo: Plan, bigger: Plan
) -> None:
    subscribe(aurora, plan)
    assert buttons(owner, bigger) == {"monthly": "Upgrade to Team+", "annual": "Upgrade to Team+"}
    assert buttons(owner, solo)["monthly"] == "Switch to Solo"
    assert buttons(owner, small_plan) == {"both": "Switch to Free"}
    assert buttons(owner, plan) == {"annual": "Pay by the year"}


def test_annual_plan_goes_back_to_months_later(owner: Client, aurora: Tenant, plan: Plan) -> None:
    subscribe(aurora, plan, cycle="annual", left=200)
    assert buttons(owner, plan) == {"monthly": "Switch to monthly"}


def test_prepaid_plan_can_be_paid_for_once_more(owner: Client, aurora: Tenant, plan: Plan) -> None:
    subscribe(aurora, plan, **PREPAID)
    assert buttons(owner, plan) == {"monthly": "Pay one more month", "annual": "Pay by the year"}


def test_trial_can_be_kept(owner: Client, aurora: Tenant, plan: Plan, bigger: Plan) -> None:
    PlatformSettings.objects.update(trial_plan=plan)
    put_on(aurora, plan, end=in_days(9))
    assert buttons(owner, plan) == {"monthly": "Keep Team", "annual": "Keep Team"}
    assert buttons(owner, bigger)["monthly"] == "Choose Team+"


def test_plan_without_an_end_that_somebody_gave_is_nothing_to_pay(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    assert buttons(owner, plan) == {}


def test_failed_renewal_can_be_paid_anew(owner: Client, aurora: Tenant, plan: Plan) -> None:
    subscribe(aurora, plan, left=-1, standing=Standing.PAST_DUE, past_due_at=clock.now())
    assert buttons(owner, plan) == {"monthly": "Pay for Team", "annual": "Pay for Team"}


def test_what_comes_next_is_marked(
    owner: Client, aurora: Tenant, plan: Plan, solo: Plan, small_plan: Plan
) -> None:
    running = subscribe(aurora, plan, next_plan=solo, next_cycle="monthly", next_amount=900)
    until = day(running.period_end, "j F")
    assert buttons(owner, solo) == {"monthly": f"From {until}", "annual": "Switch to Solo"}
    running.next_plan, running.next_amount = small_plan, 0
    running.save()
    assert buttons(owner, small_plan) == {"both": f"From {until}"}


@pytest.mark.req(12)
@pytest.mark.parametrize(
    ("prices", "shown"),
    [
        ({"monthly_price": 0}, {"monthly": "By the year only", "annual": "Upgrade to Team+"}),
        ({"annual_price": 0}, {"monthly": "Upgrade to Team+", "annual": "By the month only"}),
    ],
)
def test_plan_without_a_price_for_a_cycle_is_not_offered_by_it(
    prices: dict[str, Any],
    shown: dict[str, str],
    owner: Client,
    aurora: Tenant,
    plan: Plan,
    bigger: Plan,
) -> None:
    subscribe(aurora, plan)
    Plan.objects.filter(pk=bigger.pk).update(**prices)
    assert buttons(owner, bigger) == shown


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        ({"monthly_price": 0}, "Sold by the year only"),
        ({"annual_price": 0}, "Sold by the month only"),
    ],
)
def test_plan_that_is_sold_by_one_cycle_is_not_called_free_on_the_other(
    prices: dict[str, Any],
    said: str,
    owner: Client,
    aurora: Tenant,
    plan: Plan,
    small_plan: Plan,
    bigger: Plan,
) -> None:
    subscribe(aurora, plan)
    Plan.objects.filter(pk=bigger.pk).update(**prices)
    assert said in card(owner, bigger)
    assert "<b>Free</b>" not in card(owner, bigger)
    assert card(owner, small_plan).count("<b>Free</b>") == 2


def test_page_has_one_primary_button_for_each_cycle(
    owner: Client, aurora: Tenant, plan: Plan, solo: Plan, bigger: Plan
) -> None:
    Plan.objects.create(name="Huge", monthly_price=9900, annual_price=99000, order_number=40)
    subscribe(aurora, plan)
    assert words(owner.get(URL)).count("btn-primary") == 2
    assert card(owner, bigger).count("btn-primary") == 2


def test_without_a_way_to_pay_the_owner_is_asked(
    owner: Client, on_free: Tenant, plan: Plan, settings: Any
) -> None:
    """An empty balance that nothing can be put on is no way."""
    settings.STRIPE_SANDBOX_URL = ""
    PlatformSettings.objects.update(contact_email="hello@x.example")
    assert "Ask for Team</a>" in card(owner, plan)
    assert "/choose/" not in card(owner, plan)
    response = owner.get(f"{URL}choose/{plan.pk}/")
    assert response.status_code == 409
    assert "Team is a paid plan. Ask Tenantry for it." in words(response)


@pytest.mark.req(93)
def test_double_of_the_demo_is_a_way_to_pay(
    owner: Client, on_free: Tenant, plan: Plan, sandbox: StripeSandbox
) -> None:
    assert "Choose Team" in card(owner, plan)
