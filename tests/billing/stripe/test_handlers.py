"""From the event to Stripe: whatever is decided here is known there, with nobody doing anything for it."""

from collections.abc import Callable, Iterator

import pytest

from billing.models import PlanSync
from billing.services import leaving, subscriptions
from billing.tasks import gateways as gateway_tasks
from plans.models import Plan
from plans.services.plans import delete_plan, save_plan
from saas.celery import app
from saas.core.clock import now
from tenants.models import PlanChange, Tenant, User
from tenants.services.plan_changes import change_plan
from tests.billing.stripe.shop import Shop

Commit = Callable[..., object]


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Commit) -> Iterator[Commit]:
    """`with committed():` everything that follows the commit has happened, the worker’s part, too."""
    app.conf.task_always_eager = app.conf.task_eager_propagates = True
    yield lambda: django_capture_on_commit_callbacks(execute=True)
    app.conf.task_always_eager = app.conf.task_eager_propagates = False


@pytest.mark.req(86, 87, 89)
def test_saved_plan_is_at_stripe(shop: Shop, plan: Plan, committed: Commit) -> None:
    with committed():  # type: ignore[attr-defined]
        save_plan(plan, {"name": "Crew", "monthly_price": 3900})
    assert [one["name"] for one in shop.at("product")] == ["Crew"]
    with committed():  # type: ignore[attr-defined]
        save_plan(plan, {"name": "Crew+"})
    assert [one["name"] for one in shop.at("product")] == ["Crew+"]


@pytest.mark.req(87)
def test_deleted_plan_is_not_sold_at_stripe(shop: Shop, db: None, committed: Commit) -> None:
    solo = Plan.objects.create(name="Solo", monthly_price=900)
    shop.send(solo)
    with committed():  # type: ignore[attr-defined]
        delete_plan(solo)
    assert shop.at("product", active=True) == []
    assert shop.at("price", active=True) == []


@pytest.mark.req(68)
def test_cancelled_subscription_is_told_at_once(
    shop: Shop, on_free: Tenant, plan: Plan, ana: User, committed: Commit
) -> None:
    shop.send(plan)
    running = shop.buy(on_free, plan, ana, due=2900)
    with committed():  # type: ignore[attr-defined]
        subscriptions.cancel(on_free, reason="", now=now())
    assert shop.running() == []
    running.refresh_from_db()
    assert running.push_due_at is None


def test_retry_is_carried_out_at_once(shop: Shop, plan: Plan, committed: Commit) -> None:
    from billing.services import plan_sync

    PlanSync.objects.create(
        plan=plan, gateway="stripe", environment="sandbox", state="failed", due_at=now()
    )
    with committed():  # type: ignore[attr-defined]
        plan_sync.retry(plan, now())
    assert PlanSync.objects.get().state == "done"


def test_moved_tenant_is_looked_at(
    shop: Shop,
    on_free: Tenant,
    plan: Plan,
    small_plan: Plan,
    ana: User,
    committed: Commit,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[int] = []
    monkeypatch.setattr(gateway_tasks.nudge, "give", lambda: given.append(1))
    shop.send(plan)
    shop.buy(on_free, plan, ana, due=2900)
    with committed():  # type: ignore[attr-defined]
        change_plan(on_free, small_plan, cause="hand", reason=PlanChange.Reason.MOVED, now=now())
    assert given == [1]
    with committed():  # type: ignore[attr-defined]
        app.tasks["billing.tasks.gateways.end_left"]()
    assert leaving.left(9) == []
    assert shop.running() == [], "and Stripe is told in the same go"
