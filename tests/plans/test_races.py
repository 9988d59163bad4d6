"""Two super admins at the same second."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connections, transaction

from plans.models import Plan
from plans.services.plans import ChangedMeanwhile, PlanInUse, delete_plan, save_plan, set_default
from tenants.models import Tenant
from tests.world import World

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
THREADS = 10


def at_once(work: Callable[[int], str]) -> list[str]:
    """What `work(0)` … `work(9)` answer when they start together, each on a connection of its own."""
    barrier = Barrier(THREADS)

    def one(number: int) -> str:
        try:
            barrier.wait()
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


@pytest.mark.req(47)
def test_ten_set_defaults_on_ten_plans_end_with_one(world: World) -> None:
    plans = [save_plan(None, {"name": f"Plan {number}"}) for number in range(THREADS)]

    def work(number: int) -> str:
        set_default(plans[number])
        return "done"

    assert at_once(work) == ["done"] * THREADS
    assert Plan.objects.filter(is_default=True).count() == 1


def test_ten_saves_from_the_same_editor_state_let_one_through(world: World) -> None:
    shown = world.plan.version

    def work(number: int) -> str:
        try:
            save_plan(world.plan, {"name": f"Name {number}"}, seen=shown)
        except ChangedMeanwhile:
            return "conflict"
        return "saved"

    assert sorted(at_once(work)) == ["conflict"] * (THREADS - 1) + ["saved"]


@pytest.mark.req(98)
def test_deletion_is_refused_when_a_tenant_arrives_in_the_same_moment(world: World) -> None:
    plan = save_plan(None, {"name": "Wanted"})

    def delete() -> str:
        try:
            delete_plan(plan)
        except PlanInUse as error:
            return str(error.message)
        finally:
            connections.close_all()
        return "deleted"

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Plan.objects.select_for_update(no_key=True).get(pk=plan.pk)
            Tenant.objects.filter(pk=world.aurora.pk).update(plan=plan)
            deletion = pool.submit(delete)
            wait([deletion], timeout=0.5)
            assert not deletion.done()
        assert deletion.result().startswith("A tenant was just put on Wanted.")
    assert Plan.objects.filter(pk=plan.pk).exists()
