"""Whoever is on another plan than it pays for does not go on paying; and what is still paid for keeps its plan."""

import pytest
from django.core.exceptions import ValidationError

from billing.models import Standing, Subscription
from billing.services import checkout, leaving
from billing.services.subscriptions import live_subscription
from plans.models import Plan
from plans.services.plans import PlanInUse, delete_plan, obstacles_to_deletion
from plans.services.settings import save_platform_settings
from saas.celery import app
from tenants.models import PlanChange, Tenant, User
from tenants.services.plan_changes import change_plan
from tests.billing.money import NOW, give_funds, press
from tests.billing.stripe.shop import Shop


@pytest.fixture
def running(shop: Shop, on_free: Tenant, plan: Plan, ana: User) -> Subscription:
    shop.send(plan)
    return shop.buy(on_free, plan, ana, due=2900)


def move(tenant: Tenant, plan: Plan) -> None:
    """By hand, as a super admin does."""
    change_plan(tenant, plan, cause=f"moved:{plan.pk}", reason=PlanChange.Reason.MOVED, now=NOW)


@pytest.mark.req(68)
def test_tenant_that_was_moved_by_hand_is_not_charged_any_more(
    shop: Shop, running: Subscription, on_free: Tenant, small_plan: Plan
) -> None:
    move(on_free, small_plan)
    assert leaving.left(10) == [on_free.pk]
    app.tasks["billing.tasks.gateways.end_left"]()
    running.refresh_from_db()
    assert running.standing == Standing.ENDED
    Subscription.objects.update(push_due_at=shop.now)
    shop.push_all()
    assert shop.running() == []
    assert leaving.left(10) == []


def test_tenant_on_the_plan_that_it_pays_for_is_left_alone(
    shop: Shop, running: Subscription, on_free: Tenant
) -> None:
    assert leaving.left(10) == []
    assert not leaving.end_left(on_free.pk, NOW)
    assert not leaving.end_left(999_999, NOW)
    assert live_subscription(on_free) == running


def test_move_to_what_comes_next_anyway_ends_nothing(
    shop: Shop, running: Subscription, on_free: Tenant, small_plan: Plan
) -> None:
    from tests.billing.stripe.test_pushing import go_on_with

    go_on_with(on_free, small_plan, "monthly")
    move(on_free, small_plan)
    assert leaving.left(10) == []
    assert not leaving.end_left(on_free.pk, NOW)


def test_move_there_and_back_ends_nothing(
    shop: Shop, running: Subscription, on_free: Tenant, plan: Plan, small_plan: Plan
) -> None:
    move(on_free, small_plan)
    move(on_free, plan)
    assert not leaving.end_left(on_free.pk, NOW)


def test_upgrade_leaves_nothing_behind(
    shop: Shop, running: Subscription, on_free: Tenant, ana: User
) -> None:
    bigger = Plan.objects.create(name="Team+", monthly_price=5900)
    shop.send(bigger)
    new = shop.buy(on_free, bigger, ana, due=3000)
    assert leaving.left(10) == []
    assert live_subscription(on_free) == new


# What stands in the way


def test_plan_that_somebody_pays_for_cannot_be_deleted(
    shop: Shop,
    running: Subscription,
    on_free: Tenant,
    borealis: Tenant,
    plan: Plan,
    small_plan: Plan,
) -> None:
    Tenant.objects.update(plan=small_plan)
    with pytest.raises(PlanInUse) as caught:
        delete_plan(plan)
    assert [str(one) for one in caught.value.obstacles] == [
        "1 subscription runs on Team, or is about to. Move its tenant to another plan first."
    ]
    leaving.end_left(on_free.pk, NOW)
    delete_plan(plan)
    running.refresh_from_db()
    assert (running.plan, running.plan_name) == (None, "Team")


def test_plan_that_somebody_goes_on_with_cannot_be_deleted(
    shop: Shop, running: Subscription, on_free: Tenant
) -> None:
    from plans.models import PlatformSettings
    from tests.billing.stripe.test_pushing import go_on_with

    solo = Plan.objects.create(name="Solo", monthly_price=900)
    go_on_with(on_free, solo, "monthly")
    found = obstacles_to_deletion(solo, PlatformSettings.load())
    assert [str(one) for one in found] == [
        "1 subscription runs on Solo, or is about to. Move its tenant to another plan first."
    ]


def test_plan_that_somebody_is_paying_for_at_this_moment_cannot_be_deleted(
    shop: Shop, on_free: Tenant, ana: User
) -> None:
    from plans.models import PlatformSettings

    solo = Plan.objects.create(name="Solo", monthly_price=900)
    payment = checkout.order_plan(
        on_free, solo.pk, "monthly", press(ana, 900, gateway="stripe"), now=NOW
    )
    found = obstacles_to_deletion(solo, PlatformSettings.load())
    assert [str(one) for one in found] == [
        "1 payment for Solo is under way. Please wait until it is through."
    ]
    checkout.abandon(payment, now=NOW)
    assert obstacles_to_deletion(solo, PlatformSettings.load()) == []


def test_currency_stays_as_soon_as_there_is_money(on_free: Tenant) -> None:
    save_platform_settings({"currency": "EUR"})
    save_platform_settings({"currency": "USD"})
    give_funds(on_free, 100)
    with pytest.raises(ValidationError, match="Payments and balances are in this currency"):
        save_platform_settings({"currency": "EUR"})
    save_platform_settings({"currency": "USD", "platform_name": "Other"})
