"""Moving many tenants at once: the ticked, all that match, twice, in the background."""

import threading
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from plans.models import Plan
from plans.services.plans import duplicate_plan
from saas.celery import app
from saas.core.models import AuditEntry
from tenants.models import PlanChange, Tenant, User
from tenants.services.administration import Move, move_tenants
from tests.tenants.console.pages import HTMX, LIST, text_of, typed

Crowd = Callable[..., list[Tenant]]
MOVE = f"{LIST}move/"


@pytest.fixture
def at_once() -> Iterator[None]:
    """Background tasks run where they are enqueued."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def ticked(*tenants: Tenant) -> str:
    return MOVE + "?" + "&".join(f"tenant={tenant.pk}" for tenant in tenants)


def on(plan: Plan) -> int:
    return Tenant.objects.filter(plan=plan).count()


def test_ticked_tenants_move_and_it_is_written_down(
    desk: Client, crowd: Crowd, aurora: Tenant, plan: Plan, olivia: User
) -> None:
    one, two, left = crowd(3)
    page = desk.get(ticked(one, two), headers=HTMX)
    assert f"Move 2 tenants to a plan {one.name}, {two.name}" in text_of(page)
    assert "paused, not deleted" in text_of(page)
    form = typed(desk, ticked(one, two), target=plan.pk, reason="A present")
    response = desk.post(MOVE, form, headers=HTMX)
    assert "2 tenants moved to Team." in response["HX-Trigger"]
    assert {Tenant.objects.get(pk=t.pk).plan_id for t in (one, two)} == {plan.pk}
    assert Tenant.objects.get(pk=left.pk).plan_id != plan.pk
    assert (
        list(AuditEntry.objects.values_list("verb", "actor_id", "reason"))
        == [("tenant.moved", olivia.pk, "A present")] * 2
    )


@pytest.mark.req(15)
def test_hidden_plan_can_be_the_target(desk: Client, crowd: Crowd, plan: Plan) -> None:
    hidden = duplicate_plan(plan)
    [one] = crowd(1)
    desk.post(MOVE, typed(desk, ticked(one), target=hidden.pk, reason="Agreed"))
    assert on(hidden) == 1


def test_all_that_match_move(desk: Client, crowd: Crowd, aurora: Tenant, plan: Plan) -> None:
    crowd(7)
    path = f"{MOVE}?all=1&q=crowd"
    response = desk.post(MOVE, typed(desk, path, target=plan.pk, reason="All"), headers=HTMX)
    assert "7 tenants moved" in response["HX-Trigger"]
    assert on(plan) == 9


def test_all_that_match_is_refused_when_others_match_by_now(
    desk: Client, crowd: Crowd, plan: Plan
) -> None:
    crowd(2)
    form = typed(desk, f"{MOVE}?all=1&q=crowd", target=plan.pk, reason="All")
    crowd(1)
    response = desk.post(MOVE, form)
    assert response.status_code == 422
    assert "have changed meanwhile" in text_of(response)
    assert "Move 3 tenants" in text_of(response)
    assert not PlanChange.objects.exists()


@pytest.mark.parametrize("query", ["tenant={pk}", "all=1&q=crowd"])
def test_sending_it_twice_moves_once(
    desk: Client, crowd: Crowd, plan: Plan, small_plan: Plan, query: str
) -> None:
    [one] = crowd(1)
    path = f"{MOVE}?{query.format(pk=one.pk)}"
    form = typed(desk, path, target=plan.pk, reason="Once", reset_usage="on")
    assert [desk.post(MOVE, form).status_code for _press in range(2)] == [302, 302]
    assert PlanChange.objects.filter(tenant=one).count() == 1
    assert AuditEntry.objects.count() == 1


def test_expiry_stays_unless_it_passed_or_is_cleared(
    desk: Client, crowd: Crowd, plan: Plan, small_plan: Plan
) -> None:
    now = timezone.now()
    soon, over = now + timezone.timedelta(days=5), now - timezone.timedelta(days=5)
    kept, passed = crowd(2)
    Tenant.objects.filter(pk=kept.pk).update(expires_at=soon)
    Tenant.objects.filter(pk=passed.pk).update(expires_at=over)
    desk.post(MOVE, typed(desk, ticked(kept, passed), target=plan.pk, reason="Up"))
    assert Tenant.objects.get(pk=kept.pk).expires_at == soon
    assert Tenant.objects.get(pk=passed.pk).expires_at is None
    desk.post(MOVE, typed(desk, ticked(kept), target=small_plan.pk, reason="x", without_end="on"))
    assert Tenant.objects.get(pk=kept.pk).expires_at is None


def test_who_is_on_the_plan_already_stays(desk: Client, crowd: Crowd, small_plan: Plan) -> None:
    form = typed(desk, ticked(*crowd(2)), target=small_plan.pk, reason="Same")
    assert "Nobody had to move" in desk.post(MOVE, form, headers=HTMX)["HX-Trigger"]
    assert not PlanChange.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"target": ""}, "Choose a plan."),
        ({"target": "999999"}, "This plan is not here any more."),
        ({"reason": ""}, "Say why, in a few words."),
        ({"reason": "x" * 301}, "at most 300 characters"),
        ({"token": "x"}, "This form was not complete."),
        ({"tenant": None}, "No tenant is ticked"),
        ({"tenant": ["abc", "999999", "-1"]}, "No tenant is ticked"),
        ({"seen": "many"}, "Enter a whole number."),
    ],
)
def test_bad_input_gets_a_sentence_and_moves_nobody(
    desk: Client, crowd: Crowd, plan: Plan, changes: dict[str, object], sentence: str
) -> None:
    form = typed(desk, ticked(*crowd(1)), **{"target": plan.pk, "reason": "Because", **changes})
    response = desk.post(MOVE, form)
    assert response.status_code == 422
    assert sentence in text_of(response)
    assert not PlanChange.objects.exists()


def test_more_than_fifty_are_moved_in_the_background(
    desk: Client, crowd: Crowd, plan: Plan, olivia: User, at_once: None
) -> None:
    crowd(51)
    form = typed(desk, f"{MOVE}?all=1&q=crowd", target=plan.pk, reason="Many")
    response = desk.post(MOVE, form, headers=HTMX)
    assert "51 tenants are being moved to Team" in response["HX-Trigger"]
    assert Tenant.objects.filter(plan=plan, name__startswith="Crowd").count() == 51
    assert AuditEntry.objects.filter(verb="tenant.moved", actor_id=olivia.pk).count() == 51


def test_nobody_else_may_move(
    client_for: Callable[..., Client], ana: User, aurora: Tenant, small_plan: Plan
) -> None:
    form = {"tenant": aurora.pk, "target": small_plan.pk, "reason": "x", "seen": 1}
    assert client_for(ana).post(MOVE, form).status_code == 404
    assert client_for().post(MOVE, form).status_code == 302
    assert not PlanChange.objects.exists()


@pytest.mark.race
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_the_same_move_twice_at_once_moves_each_tenant_once(
    crowd: Crowd, plan: Plan, olivia: User
) -> None:
    keys = [tenant.pk for tenant in crowd(10)]
    move = Move(plan_id=plan.pk, token="t" * 22, reason="Race", reset_usage=True)
    moved: list[int] = []
    start = threading.Barrier(4)

    def run() -> None:
        try:
            start.wait(timeout=30)
            moved.append(move_tenants(keys, move, by=olivia, now=timezone.now()))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sum(moved) == 10
    assert len(moved) == 4
    assert PlanChange.objects.count() == 10
    assert AuditEntry.objects.filter(verb="tenant.moved").count() == 10
