"""What a tenant sees of all this: pages as always, without the word, and everything back as soon as it pays."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from billing.models import Standing, Subscription
from plans.models import Plan, PlatformSettings
from saas.core import clock
from tenants.models import Tenant, User
from tests.billing.expiry.due import by_card, fresh, live, past_due, run, runs_out, subscribe
from tests.billing.money import buy, give_funds
from tests.isolation.test_matrix import Rows, path_of, rows
from tests.isolation.test_words import FOR_OWNERS
from tests.tenants.services import rows as people
from tests.tenants.services.rows import make_plan
from tests.world import World

__all__ = ["rows"]
MONTH, DAY = timedelta(days=30), timedelta(days=1)
MODELS = ("staff", "services", "locations", "service_extras")


@pytest.fixture
def expired(plan: Plan) -> Plan:
    """The Expired plan, by the worst of all names; nobody may pick it."""
    plan = make_plan("Expired", **dict.fromkeys(MODELS, 1))
    Plan.objects.filter(pk=plan.pk).update(is_hidden=True)
    PlatformSettings.objects.update(expired_plan=plan)
    return plan


def lapsed(tenant: Tenant, plan: Plan) -> None:
    end = clock.now() - DAY
    subscribe(tenant, plan, start=end - MONTH, period_end=end)
    run(clock.now())
    assert fresh(tenant).plan.name == "Expired"


def in_its_grace(tenant: Tenant, plan: Plan) -> None:
    end = clock.now() - DAY
    past_due(tenant, plan, start=end - MONTH, period_end=end, past_due_at=end)
    run(clock.now())
    assert fresh(tenant).plan == plan


def over_and_not_swept_yet(tenant: Tenant, plan: Plan) -> None:
    runs_out(tenant, plan, clock.now() - DAY)


def stayed(tenant: Tenant, plan: Plan) -> None:
    PlatformSettings.objects.update(expired_plan=None)
    runs_out(tenant, plan, clock.now() - DAY)
    run(clock.now())
    assert fresh(tenant).expiry_check_at is None


def ended_by_its_gateway(tenant: Tenant, plan: Plan) -> None:
    end = clock.now() - DAY
    card = by_card(tenant, plan, start=end - MONTH, period_end=end)
    Subscription.objects.filter(pk=card.pk).update(standing=Standing.ENDED, ended_at=end)
    run(clock.now())


STANDINGS = (lapsed, in_its_grace, over_and_not_swept_yet, stayed, ended_by_its_gateway)


@pytest.mark.req(55)
@pytest.mark.parametrize("arrange", STANDINGS, ids=lambda arrange: arrange.__name__)
def test_no_page_says_expired_whatever_the_sweep_has_done(
    world: World, rows: Rows, expired: Plan, client_for: Callable[..., Client],
    arrange: Callable[[Tenant, Plan], None],
) -> None:  # fmt: skip
    arrange(world.aurora, world.plan)
    owner, seen = client_for(world.ana, fresh(world.aurora)), 0
    for name in FOR_OWNERS:
        response = owner.get(path_of(name, world, rows))
        content = b"".join(response) if response.streaming else response.content
        assert "expired" not in content.decode(errors="replace").lower(), name
        seen += response.status_code == 200
    assert seen > len(FOR_OWNERS) // 2


@pytest.mark.req(83)
@pytest.mark.parametrize("kind", MODELS)
def test_paying_again_replaces_the_expired_plan_at_once_and_brings_everything_back(
    aurora: Tenant, plan: Plan, ana: User, expired: Plan, kind: str
) -> None:
    made = len(people.rows(aurora, 5, kind))
    before = people.running(aurora, kind)
    lapsed(aurora, plan)
    assert people.running(aurora, kind) == before.split()[0]
    assert len(people.paused(aurora, kind).split()) == made - 1
    give_funds(aurora, 2900)
    at = clock.now()
    buy(fresh(aurora), plan, ana, due=2900, now=at)
    after = fresh(aurora)
    assert after.plan == plan
    assert after.plan_started_at == at, "What is counted per month begins again (decision D5)."
    assert people.running(aurora, kind) == before
    running = live(aurora)
    assert running
    assert after.expires_at == running.period_end
    assert Subscription.objects.filter(tenant=aurora).count() == 2
