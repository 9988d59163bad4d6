"""A paid plan: what the dialog says, what “Pay” does, and what is said where it cannot be done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from billing.ledger import balance_of
from billing.models import GatewaySettings, Payment, Standing, Status, Subscription
from billing.quotes import cycle_end
from billing.services.checkout import order_plan
from billing.services.settlement import fail_payment
from billing.services.subscriptions import live_subscription
from plans.models import Plan, PlatformSettings
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import PlanChange, Tenant, User
from tests.billing.money import give_funds
from tests.billing.money import press as pressed
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
from tests.booking.pages import allow, fill, queries_for, rows_of, words

Sell = Callable[..., None]


def plan_of(tenant: Tenant) -> str:
    return Tenant.objects.select_related("plan").get(pk=tenant.pk).plan.name


# What the dialog says


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
    assert queries_for(owner, choose_url(bigger)) == 13


# Paying from the balance


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


# Paying by card


@pytest.mark.req(93)
def test_card_leads_on_to_the_gateways_page(
    owner: Client, on_free: Tenant, plan: Plan, sandbox: StripeSandbox, sell: Sell
) -> None:
    sell(plan)
    response = press_pay(owner, plan, "stripe")
    payment = Payment.objects.get()
    assert payment.pay_url.startswith(sandbox.url)
    page = words(response)
    assert response.status_code == 200
    assert "Going on to Stripe…" in page
    assert f'<meta http-equiv="refresh" content="0;url={payment.pay_url}">' in page
    assert f'href="{payment.pay_url}"' in page
    assert plan_of(on_free) == "Free"


def test_htmx_goes_on_by_a_header(
    owner: Client, on_free: Tenant, plan: Plan, sandbox: StripeSandbox, sell: Sell
) -> None:
    sell(plan)
    form = hidden(owner.get(choose_url(plan))) | {"gateway": "stripe"}
    response = owner.post(choose_url(plan), form, headers=HTMX)
    assert response["HX-Redirect"] == Payment.objects.get().pay_url


def test_two_tabs_lead_to_the_same_page(
    owner: Client, on_free: Tenant, plan: Plan, sandbox: StripeSandbox, sell: Sell
) -> None:
    sell(plan)
    tabs = [hidden(owner.get(choose_url(plan))) for _ in range(2)]
    for form in tabs:
        owner.post(choose_url(plan), form | {"gateway": "stripe"}, headers=HTMX)
    assert Payment.objects.count() == 1
    assert len(list(sandbox.world.store.all("checkout.session"))) == 1


def test_whoever_changes_the_way_with_the_same_form_pays_by_the_new_one(
    owner: Client, on_free: Tenant, plan: Plan, sandbox: StripeSandbox, sell: Sell
) -> None:
    sell(plan)
    give_funds(on_free, 9000)
    form = hidden(owner.get(choose_url(plan)))
    owner.post(choose_url(plan), form | {"gateway": "stripe"})
    owner.post(choose_url(plan), form | {"gateway": "balance"})
    assert plan_of(on_free) == "Team"
    assert sorted(Payment.objects.values_list("gateway", "status")) == [
        ("balance", Status.PAID),
        ("stripe", Status.PENDING),
    ]


def test_gateway_that_is_down_is_said_in_one_sentence_and_tried_again(
    owner: Client, on_free: Tenant, plan: Plan, sandbox: StripeSandbox, sell: Sell
) -> None:
    sell(plan)
    sandbox.fault("500", times=20)
    response = press_pay(owner, plan, "stripe")
    assert response.status_code == 409
    said = offered(response)
    assert "does not answer at present. Nothing was charged." in said
    assert "Due today $29.00" in said
    assert owner.get(URL).status_code == 200
    sandbox.plan.clear()
    again = owner.post(choose_url(plan), hidden(response) | {"gateway": "stripe"}, headers=HTMX)
    assert again["HX-Redirect"].startswith(sandbox.url)
    assert Payment.objects.count() == 1


def test_failed_attempt_is_no_answer_to_the_next_press(
    owner: Client, on_free: Tenant, plan: Plan, ana: User
) -> None:
    """A token whose payment failed leads to what became of it, never to a second charge."""
    form = {"token": "t" * 22, "gateway": "balance"}
    give_funds(on_free, 9000)
    payment = order_plan(
        on_free,
        plan.pk,
        "monthly",
        pressed(ana, 2900, token=f"{'t' * 22}:balance"),
        now=clock.now(),
    )
    fail_payment(payment, "The bank said no.", now=clock.now())
    shown = hidden(owner.get(choose_url(plan)))
    response = owner.post(choose_url(plan), shown | form)
    assert response["Location"] == f"{URL}payments/{payment.reference}/"
    assert balance_of(on_free).balance == 9000


def test_failed_renewal_is_paid_by_another_way_and_the_old_one_ends(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    failed = subscribe(aurora, plan, left=-1, standing=Standing.PAST_DUE, past_due_at=clock.now())
    give_funds(aurora, 2900)
    assert "The renewal that failed is not tried any more." in offered(owner.get(choose_url(plan)))
    press_pay(owner, plan)
    failed.refresh_from_db()
    assert failed.standing == Standing.ENDED
    assert failed.push_due_at is not None
    running = live_subscription(aurora)
    assert running is not None
    assert running.gateway == "balance"
    assert running.period_end > clock.now() + timedelta(days=27)


# Who may


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
