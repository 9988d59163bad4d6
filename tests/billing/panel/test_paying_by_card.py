"""“Pay” by card: on to the gateway’s page, and what is said where that cannot be."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from billing.ledger import balance_of
from billing.models import Payment, Standing, Status
from billing.services.checkout import order_plan
from billing.services.settlement import fail_payment
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.money import give_funds
from tests.billing.money import press as pressed
from tests.billing.panel.scene import (
    HTMX,
    URL,
    choose_url,
    hidden,
    offered,
    press_pay,
    subscribe,
)
from tests.booking.pages import words

Sell = Callable[..., None]


def plan_of(tenant: Tenant) -> str:
    return Tenant.objects.select_related("plan").get(pk=tenant.pk).plan.name


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
