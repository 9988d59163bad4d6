"""Not going on: why, what happens when, and back again; and the card that is charged."""

from collections.abc import Callable

import pytest
from django.test import Client

from billing.models import Standing
from billing.services import checkout
from billing.services.subscriptions import live_subscription
from plans.models import Plan, PlatformSettings
from saas.core import clock
from sandbox.stripe.testing import StripeSandbox
from tenants.models import Tenant, User
from tests.billing.panel.scene import (
    HTMX,
    PREPAID,
    URL,
    day,
    offered,
    press_pay,
    sentence,
    subscribe,
)
from tests.booking.pages import allow, fill, words

CANCEL, RESUME, CARD = f"{URL}cancel/", f"{URL}resume/", f"{URL}card/"


def test_question_lists_what_happens_and_when(
    owner: Client, aurora: Tenant, plan: Plan, solo: Plan
) -> None:
    PlatformSettings.objects.update(expired_plan=solo)
    allow(solo, staff=1)
    fill(aurora, "staff", 3)
    running = subscribe(aurora, plan)
    until = day(running.period_end)
    said = offered(owner.get(CANCEL))
    for part in (
        "Cancel the renewal of Team?",
        f"Nothing is charged on {until}, nor later.",
        "Until then Team stays as it is: it is paid.",
        "After that these staff are paused, not deleted: Row 01, Row 02.",
        "Nothing is deleted: it comes back with the plan that you choose next.",
        f"Until {until} you can change your mind with one press.",
        "Keep Team",
    ):
        assert part in said
    assert "Solo" not in said


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        ({}, ""),
        ({"reason": "price"}, "It costs too much"),
        ({"note": " Too slow. "}, "Too slow."),
        (
            {"reason": "missing", "note": "Invoices in Welsh"},
            "Something that I need is missing: Invoices in Welsh",
        ),
    ],
)
def test_cancelled_with_a_reason_or_without(
    form: dict[str, str], kept: str, owner: Client, aurora: Tenant, plan: Plan
) -> None:
    running = subscribe(aurora, plan)
    response = owner.post(CANCEL, form, follow=True)
    until = day(running.period_end, "j F")
    assert f"Team ends on {until}. Nothing more is charged." in words(response)
    running.refresh_from_db()
    assert running.cancelled_at is not None
    assert running.cancel_reason == kept
    assert running.push_due_at is not None
    aurora.refresh_from_db()
    assert (aurora.plan, aurora.expires_at) == (plan, running.period_end)


@pytest.mark.parametrize("form", [{"reason": "no such"}, {"note": "x" * 241}])
def test_wrong_reason_cancels_nothing(
    form: dict[str, str], owner: Client, aurora: Tenant, plan: Plan
) -> None:
    running = subscribe(aurora, plan)
    response = owner.post(CANCEL, form, headers=HTMX)
    assert response.status_code == 422
    assert "Cancel the renewal of Team?" in offered(response)
    running.refresh_from_db()
    assert running.cancelled_at is None


@pytest.mark.parametrize("paid", [{}, PREPAID], ids=["card", "prepaid"])
def test_resumed_as_if_nothing_had_been_said(
    paid: dict[str, str], owner: Client, aurora: Tenant, plan: Plan
) -> None:
    running = subscribe(aurora, plan, **paid)
    owner.post(CANCEL, {"reason": "price"})
    assert "It ends on" in sentence(owner)
    response = owner.post(RESUME, follow=True)
    assert f"Team is renewed on {day(running.period_end, 'j F')}." in words(response)
    running.refresh_from_db()
    assert (running.cancelled_at, running.cancel_reason) == (None, "")
    assert "It renews on" in sentence(owner)


def test_switch_that_waits_goes_with_it(
    owner: Client, aurora: Tenant, plan: Plan, solo: Plan
) -> None:
    running = subscribe(aurora, plan, next_plan=solo, next_cycle="monthly", next_amount=900)
    assert "The switch to Solo is cancelled, too." in offered(owner.get(CANCEL))
    owner.post(CANCEL)
    running.refresh_from_db()
    assert (running.next_plan, running.next_amount) == (None, None)


def test_failed_renewal_can_be_given_up(owner: Client, aurora: Tenant, plan: Plan) -> None:
    running = subscribe(aurora, plan, left=-1, standing=Standing.PAST_DUE, past_due_at=clock.now())
    assert "The renewal that failed is not tried any more" in offered(owner.get(CANCEL))
    owner.post(CANCEL)
    running.refresh_from_db()
    assert running.cancelled_at is not None


def test_where_nothing_runs_there_is_nothing_to_cancel(owner: Client, aurora: Tenant) -> None:
    for response in (owner.get(CANCEL), owner.post(CANCEL), owner.post(RESUME), owner.post(CARD)):
        assert response.status_code == 409
        assert "Nothing renews at present, so there is nothing to change." in words(response)


def test_cancelled_twice_is_cancelled_once(owner: Client, aurora: Tenant, plan: Plan) -> None:
    running = subscribe(aurora, plan)
    owner.post(CANCEL, {"reason": "price"})
    response = owner.post(CANCEL, {"reason": "unused"}, follow=True)
    assert "It is not renewed, as you wished." in words(response)
    running.refresh_from_db()
    assert running.cancel_reason == "It costs too much"


def test_current_plan_dialog_says_what_comes_and_leads_to_cancelling(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    running = subscribe(aurora, plan)
    dialog = owner.get(URL + "current-plan/", headers=HTMX)
    said = offered(dialog)
    assert f"Renews on {day(running.period_end, 'j F')} for $29.00." in said
    assert f'hx-get="{CANCEL}"' in words(dialog)
    assert "Update card" in words(owner.get(URL))
    running.cancelled_at = clock.now()
    running.save()
    assert "Cancel renewal" not in offered(owner.get(URL + "current-plan/", headers=HTMX))


def test_card_is_changed_on_the_gateways_page(
    owner: Client,
    on_free: Tenant,
    plan: Plan,
    sandbox: StripeSandbox,
    sell: Callable[..., None],
) -> None:
    sell(plan)
    press_pay(owner, plan, "stripe")
    payment = on_free.payments.get()
    sandbox.pay(payment.pay_url)
    # Not by the page one returns to: where the gateway is slow, that says “being processed” and asks again later.
    assert checkout.look(payment, now=clock.now()).is_paid
    assert live_subscription(on_free) is not None
    response = owner.post(CARD, headers=HTMX)
    assert response.status_code == 200, words(response)
    assert response["HX-Redirect"].startswith(f"{sandbox.url}/p/session/")
    page = words(owner.post(CARD))
    assert "Going on to Stripe…" in page
    assert f'content="0;url={sandbox.url}/p/session/' in page


def test_gateway_that_is_down_is_said_where_the_card_was_to_be_changed(
    owner: Client, aurora: Tenant, plan: Plan, sandbox: StripeSandbox
) -> None:
    subscribe(aurora, plan)
    sandbox.fault("500", times=20)
    response = owner.post(CARD, headers=HTMX)
    assert response.status_code == 503
    assert "does not answer at present" in words(response)


def test_prepaid_plan_has_no_card_to_change(owner: Client, aurora: Tenant, plan: Plan) -> None:
    subscribe(aurora, plan, **PREPAID)
    assert "Update card" not in words(owner.get(URL))
    assert owner.post(CARD).status_code == 409


@pytest.mark.parametrize("address", [CANCEL, RESUME, CARD])
def test_only_owners_decide(
    address: str,
    client_for: Callable[..., Client],
    mara: User,
    bruno: User,
    aurora: Tenant,
    plan: Plan,
) -> None:
    running = subscribe(aurora, plan)
    for person in (mara, bruno):
        assert client_for(person, aurora).post(address).status_code == 403
    running.refresh_from_db()
    assert (running.cancelled_at, running.push_due_at) == (None, None)
