"""“Pay” from the balance: what it does, what is said where it cannot be done, and who may."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from billing.ledger import balance_of
from billing.models import Payment, Status, Subscription
from billing.quotes import cycle_end
from billing.services.subscriptions import live_subscription
from plans.models import Plan, PlatformSettings
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import PlanChange, Tenant, User
from tests.billing.money import give_funds
from tests.billing.panel.scene import (
    HTMX,
    PREPAID,
    URL,
    choose_url,
    day,
    hidden,
    in_days,
    offered,
    press_pay,
    put_on,
    subscribe,
)
from tests.booking.pages import allow, fill, rows_of, words


def plan_of(tenant: Tenant) -> str:
    return Tenant.objects.select_related("plan").get(pk=tenant.pk).plan.name


@pytest.mark.req(65, 66, 67, 69)
def test_balance_pays_and_the_plan_is_there_on_the_next_page(
    owner: Client, on_free: Tenant, plan: Plan, ana: User
) -> None:
    give_funds(on_free, 9000)
    response = press_pay(owner, plan)
    assert response.status_code == 302
    assert response["Location"] == URL
    end = live_subscription(on_free).period_end  # type: ignore[union-attr]
    page = words(owner.get(URL))
    assert f"Paid. You are on Team until {day(end, 'j F')}." in page
    assert "billed monthly at" in page
    payment = Payment.objects.get()
    assert (payment.status, payment.by, payment.amount) == (Status.PAID, ana, 2900)
    assert balance_of(on_free).balance == 6100


def test_htmx_is_sent_back_to_billing(owner: Client, on_free: Tenant, plan: Plan) -> None:
    give_funds(on_free, 9000)
    address = choose_url(plan)
    form = hidden(owner.get(address, headers=HTMX)) | {"gateway": "balance"}
    response = owner.post(address, form, headers=HTMX)
    assert response["HX-Redirect"] == URL


def test_same_press_twice_pays_once(owner: Client, on_free: Tenant, plan: Plan) -> None:
    give_funds(on_free, 9000)
    form = hidden(owner.get(choose_url(plan))) | {"gateway": "balance"}
    for _ in range(2):
        assert owner.post(choose_url(plan), form).status_code in {302, 409}
    assert balance_of(on_free).balance == 6100
    assert Payment.objects.count() == 1


def test_second_tab_does_not_pay_again(owner: Client, on_free: Tenant, plan: Plan) -> None:
    """What it shows is the first month, which the other tab has paid: it is told so and can look again."""
    give_funds(on_free, 9000)
    tabs = [hidden(owner.get(choose_url(plan))) for _ in range(2)]
    owner.post(choose_url(plan), tabs[0] | {"gateway": "balance"})
    response = owner.post(choose_url(plan), tabs[1] | {"gateway": "balance"})
    assert response.status_code == 409
    assert "Something has changed since this page was opened." in offered(response)
    assert "One more month of Team" in offered(response)
    assert balance_of(on_free).balance == 6100


def test_price_that_changed_is_shown_and_nothing_is_charged(
    owner: Client, on_free: Tenant, plan: Plan
) -> None:
    give_funds(on_free, 9000)
    form = hidden(owner.get(choose_url(plan))) | {"gateway": "balance"}
    Plan.objects.filter(pk=plan.pk).update(monthly_price=3900)
    response = owner.post(choose_url(plan), form, headers=HTMX)
    assert response.status_code == 409
    said = offered(response)
    assert "The price is another one by now: $39.00. Please look again before you pay." in said
    assert "Due today $39.00" in said
    assert balance_of(on_free).balance == 9000
    owner.post(choose_url(plan), hidden(response) | {"gateway": "balance"})
    assert balance_of(on_free).balance == 5100


def test_balance_that_was_spent_meanwhile_says_so_and_keeps_what_was_ticked(
    owner: Client, on_free: Tenant, plan: Plan, sandbox: StripeSandbox
) -> None:
    allow(plan, staff=2)
    ids = fill(on_free, "staff", 3)
    give_funds(on_free, 2900)
    form = hidden(owner.get(choose_url(plan))) | {"gateway": "balance", "keep-staff": ids[1:]}
    account = balance_of(on_free)
    account.balance = 100
    account.save()
    response = owner.post(choose_url(plan), form)
    assert response.status_code == 409
    assert "Your balance of $1.00 is not enough for $29.00." in offered(response)
    assert [row.pk for row in response.context["tight"][0].rows if row.stays] == ids[1:]
    assert (plan_of(on_free), Payment.objects.get().status) == ("Free", Status.FAILED)


@pytest.mark.parametrize(
    "wrong",
    [
        {"gateway": ""},
        {"gateway": "bitcoin"},
        {"gateway": "stripe"},
        {"token": "short"},
        {"basis": ""},
        {"basis": "x" * 500},
        {"due-balance": "1"},
        {"due-balance": "-2900"},
        {"due-balance": "much"},
        {"due-balance": ""},
    ],
    ids=str,
)
def test_form_that_is_not_as_it_was_shown_charges_nothing(
    wrong: dict[str, str], owner: Client, on_free: Tenant, plan: Plan
) -> None:
    give_funds(on_free, 9000)
    response = press_pay(owner, plan, **{"gateway": "balance", **wrong})
    assert response.status_code in {409, 422}
    assert "Choose Team today" in offered(response)
    assert balance_of(on_free).balance == 9000
    assert not Payment.objects.exists()


def test_nothing_chosen_is_said_in_one_sentence(owner: Client, on_free: Tenant, plan: Plan) -> None:
    give_funds(on_free, 9000)
    assert "Choose how you want to pay." in offered(press_pay(owner, plan, gateway=""))


def test_old_form_of_a_free_switch_does_not_pay(owner: Client, on_free: Tenant, plan: Plan) -> None:
    give_funds(on_free, 9000)
    response = owner.post(choose_url(plan), {"token": "t" * 22})
    assert response.status_code == 422
    assert balance_of(on_free).balance == 9000


def test_plan_that_costs_nothing_by_now_is_not_paid_for(
    owner: Client, on_free: Tenant, plan: Plan
) -> None:
    give_funds(on_free, 9000)
    form = hidden(owner.get(choose_url(plan))) | {"gateway": "balance"}
    Plan.objects.filter(pk=plan.pk).update(monthly_price=0, annual_price=0)
    response = owner.post(choose_url(plan), form | {"token": "t" * 22})
    assert response.status_code == 302
    assert balance_of(on_free).balance == 9000


@pytest.mark.req(67)
def test_one_more_month_is_added_to_what_is_paid(owner: Client, aurora: Tenant, plan: Plan) -> None:
    give_funds(aurora, 9000)
    running = subscribe(aurora, plan, **PREPAID)
    press_pay(owner, plan)
    aurora.refresh_from_db()
    assert aurora.expires_at == cycle_end(running.started_at, "monthly", running.period_end)
    assert Subscription.objects.filter(tenant=aurora).count() == 1


@pytest.mark.req(83)
def test_who_had_no_plan_is_back_at_once_with_all_that_was_paused(
    owner: Client, aurora: Tenant, small_plan: Plan, plan: Plan
) -> None:
    PlatformSettings.objects.update(expired_plan=small_plan)
    put_on(aurora, small_plan)
    fill(aurora, "staff", 3, paused_at=clock.now())
    give_funds(aurora, 9000)
    assert "Staff that come back from their pause: Row 00, Row 01, Row 02." in offered(
        owner.get(choose_url(plan))
    )
    press_pay(owner, plan)
    assert plan_of(aurora) == "Team"
    assert all(row.in_use for row in rows_of(aurora, "staff"))


def test_trial_that_is_kept_does_not_lose_its_days(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    PlatformSettings.objects.update(trial_plan=plan)
    end = in_days(9)
    put_on(aurora, plan, end=end)
    give_funds(aurora, 9000)
    assert f"Team, {day(end, 'j F')} to" in offered(owner.get(choose_url(plan)))
    press_pay(owner, plan)
    aurora.refresh_from_db()
    assert aurora.expires_at == cycle_end(end, "monthly", end)


def test_plan_that_pauses_something_asks_who_stays(
    owner: Client, aurora: Tenant, plan: Plan, bigger: Plan
) -> None:
    allow(bigger, staff=1)
    ids = fill(aurora, "staff", 3)
    give_funds(aurora, 9000)
    subscribe(aurora, plan, **PREPAID)
    said = offered(owner.get(choose_url(bigger)))
    assert "Which one of your 3 staff stays active?" in said
    refused = press_pay(owner, bigger, **{"keep-staff": ids[:2]})
    assert refused.status_code == 422
    assert "Team+ has room for 1 of your staff." in offered(refused)
    press_pay(owner, bigger, **{"keep-staff": [ids[2]]})
    assert [row.pk for row in rows_of(aurora, "staff") if row.in_use] == [ids[2]]


def test_paying_is_for_owners_and_for_their_own_tenant(
    client_for: Callable[..., Client],
    mara: User,
    bruno: User,
    carla: User,
    on_free: Tenant,
    borealis: Tenant,
    plan: Plan,
) -> None:
    give_funds(on_free, 9000)
    for person, answer in ((mara, 403), (bruno, 403), (carla, 302)):
        response = client_for(person, on_free).post(choose_url(plan), {"gateway": "balance"})
        assert response.status_code == answer
    assert balance_of(on_free).balance == 9000


def test_paying_needs_the_pages_own_token_against_forgery(
    client_for: Callable[..., Client], ana: User, on_free: Tenant, plan: Plan
) -> None:
    give_funds(on_free, 9000)
    browser = client_for(ana, on_free)
    form = hidden(browser.get(choose_url(plan))) | {"gateway": "balance"}
    browser.handler.enforce_csrf_checks = True
    assert browser.post(choose_url(plan), form).status_code == 403
    assert balance_of(on_free).balance == 9000


def test_pressing_very_often_is_stopped(
    owner: Client, on_free: Tenant, plan: Plan, settings: Any
) -> None:
    give_funds(on_free, 9000)
    statuses = [press_pay(owner, plan, **{"due-balance": "1"}).status_code for _ in range(31)]
    assert statuses == [409] * 30 + [429]
    assert not PlanChange.objects.exists()
