"""Real messages through a real worker: a task lands on its tenant's schema or nowhere."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import chain, chord, group
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from booking.models import Staff
from saas.celery import app
from tenants import tasks
from tenants.models import Tenant, UsedHandoff
from tenants.scope import current_schema, tenant_scope
from tenants.tasks import HEADER, NoTenant, PublicTask, TenantTask
from tests.tenants.conftest import create_tenant
from tests.tenants.worker import Worker, gather, overlook, pass_on, stumble, use_queue, visit
from tests.world import World


@pytest.fixture(scope="module")
def running(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    before = app.conf.task_default_queue
    worker = Worker(tmp_path_factory.mktemp("worker"), f"test-{uuid.uuid4().hex}")
    use_queue(worker.queue)
    worker.start()
    yield worker
    worker.stop()
    use_queue(before)


@pytest.fixture
def worker(running: Worker) -> Worker:
    """The worker, with nothing seen so far."""
    running.seen_file.write_text("")
    return running


@pytest.fixture
def people(committed_world: World) -> World:
    """Each tenant has one member of staff, named like it."""
    for tenant in (committed_world.aurora, committed_world.borealis):
        with tenant_scope(tenant):
            Staff.objects.create(name=tenant.slug)
    return committed_world


def test_task_runs_on_the_tenant_it_was_enqueued_for(people: World, worker: Worker) -> None:
    aurora, borealis = people.aurora, people.borealis
    with tenant_scope(aurora):
        visit.delay("scope")
        pass_on.apply_async(["other"], headers={HEADER: borealis.pk})
    visit.enqueue_for(borealis.pk, "sweep", pause=0)
    seen = worker.wait_for("scope again", "sweep again", "other again")
    assert ("scope", aurora.schema_name, [aurora.slug]) in seen
    assert ("sweep", borealis.schema_name, [borealis.slug]) in seen
    assert ("other", borealis.schema_name, [borealis.slug]) in seen


def forget_header(tenant: Tenant) -> dict[str, Any]:
    return {}


def name_nobody(tenant: Tenant) -> dict[str, Any]:
    return {HEADER: 10**9}


def name_a_schema(tenant: Tenant) -> dict[str, Any]:
    return {HEADER: tenant.schema_name}


def suspend(tenant: Tenant) -> dict[str, Any]:
    Tenant.objects.filter(pk=tenant.pk).update(suspended_at=timezone.now())
    return {HEADER: tenant.pk}


def take_no_schema(tenant: Tenant) -> dict[str, Any]:
    return {HEADER: create_tenant(tenant.plan).pk}


def delete(tenant: Tenant) -> dict[str, Any]:
    pk = tenant.pk
    Tenant.objects.filter(pk=pk).delete()
    return {HEADER: pk}


@pytest.mark.parametrize(
    "trouble", [forget_header, name_nobody, name_a_schema, suspend, take_no_schema, delete]
)
def test_task_without_an_open_tenant_runs_nowhere(
    people: World, worker: Worker, trouble: Callable[[Tenant], dict[str, Any]]
) -> None:
    sent = app.send_task(visit.name, ["lost"], headers=trouble(people.aurora))
    worker.wait_for(log=f"Rejected {visit.name} ({sent.id})")
    visit.enqueue_for(people.borealis.pk, "next", pause=0.1)
    assert {label for label, _, _ in worker.wait_for("next again")} == {"next", "next again"}
    assert worker.log_file.read_text().count(sent.id) == 1, "It must not come back."


def test_tenant_suspended_while_the_task_waits(people: World, worker: Worker) -> None:
    with tenant_scope(people.aurora):
        sent = visit.apply_async(["late"], countdown=0.5)
    suspend(people.aurora)
    worker.wait_for(log=f"Rejected {visit.name} ({sent.id})")
    assert not worker.seen()


def test_retry_eta_chain_and_chord_keep_the_tenant(people: World, worker: Worker) -> None:
    with tenant_scope(people.borealis):
        stumble.delay("retry")
        visit.apply_async(["eta"], countdown=0.2)
        visit.apply_async(["linked"], link=gather.s("link"))
        chain(visit.s("first"), gather.s("chain")).delay()
        chord(group(visit.s("x"), visit.s("y")), gather.s("chord")).delay()
    seen = worker.wait_for("retry 2", "eta again", "link linked", "chain first", "chord x+y")
    assert {schema for _, schema, _ in seen} == {people.borealis.schema_name}


def test_public_task_runs_on_public_wherever_it_was_enqueued(people: World, worker: Worker) -> None:
    with tenant_scope(people.aurora):
        overlook.delay("public")
        overlook("direct")
        assert current_schema() == people.aurora.schema_name
    seen = worker.wait_for("public", "direct")
    assert {schema for _, schema, _ in seen} == {"public"}


@pytest.mark.race
def test_interleaved_tenants_do_not_mix(people: World, worker: Worker) -> None:
    """Sixty tasks of two tenants and thirty of the platform in six threads."""
    tenants = [people.aurora, people.borealis]
    for number in range(60):
        visit.enqueue_for(tenants[number % 2].pk, str(number), pause=0.01)
        if number % 2:
            overlook.delay(f"public {number}")
    expected = [f"{number} again" for number in range(60)] + [
        f"public {number}" for number in range(1, 60, 2)
    ]
    for label, *found in worker.wait_for(*expected):
        if label.startswith("public"):
            assert found == ["public", []]
        else:
            tenant = tenants[int(label.split()[0]) % 2]
            assert found == [tenant.schema_name, [tenant.slug]]


def test_enqueueing_outside_of_a_scope_is_refused() -> None:
    with pytest.raises(NoTenant, match="enqueued outside"):
        visit.delay("nowhere")
    with pytest.raises(NoTenant, match="called outside"):
        visit("nowhere")


def test_undeclared_task_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="undeclared must be declared"):

        @app.task(name="tests.undeclared", shared=False, lazy=False)
        def plain() -> None: ...


def test_every_task_is_declared_and_beat_enqueues_public_ones() -> None:
    ours = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert {"tenants.tasks.purge_sessions", "tenants.tasks.release_unconfirmed"} <= set(ours)
    assert all(isinstance(task, TenantTask | PublicTask) for task in ours.values())
    for entry in app.conf.beat_schedule.values():
        assert isinstance(ours[entry["task"]], PublicTask)


@pytest.mark.django_db
def test_chores_take_away_what_has_expired() -> None:
    now = timezone.now()
    for key, expires in (("old", now - timedelta(hours=1)), ("new", now + timedelta(hours=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
    UsedHandoff.objects.create(nonce="old", used_at=now - timedelta(days=40))
    UsedHandoff.objects.create(nonce="new", used_at=now)
    for chore in (tasks.purge_sessions, tasks.forget_handoffs, tasks.release_unconfirmed):
        chore()
    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]
    assert list(UsedHandoff.objects.values_list("nonce", flat=True)) == ["new"]
