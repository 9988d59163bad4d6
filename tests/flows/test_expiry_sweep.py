"""The expiry sweep: one query finds who is due, each is renewed from its balance or put on the Expired plan, silently.

Beat → sweep → `decide` → settlement or the one door to another plan → rows pause; and back up as soon as somebody pays.
"""

from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.html import strip_tags

from billing.models import Invoice, Payment
from billing.tasks import expiry as expiry_tasks
from plans.models import PlatformSettings
from saas.core import clock
from tenants.models import Tenant
from tests.billing.money import buy, give_funds
from tests.tenants.services import rows
from tests.tenants.services.rows import make_plan
from tests.world import World

MONTH = timedelta(days=31)


@pytest.fixture
def salon(world: World) -> Tenant:
    """Salon Aurora: seven staff, on Team for one more minute after a month that was paid from its balance."""
    bought_at = clock.now() - MONTH
    PlatformSettings.objects.update(expired_plan=make_plan("Expired", staff=1, off=("reports",)))
    Tenant.objects.filter(pk=world.aurora.pk).update(plan=world.small_plan)
    rows.rows(world.aurora, 7)
    give_funds(world.aurora, 2900, now=bought_at)
    buy(world.aurora, world.plan, world.ana, due=2900, now=bought_at)
    return fresh(world.aurora)


def fresh(tenant: Tenant) -> Tenant:
    return Tenant.objects.select_related("plan").get(pk=tenant.pk)


def words(response: HttpResponse) -> str:
    return " ".join(unescape(strip_tags(response.content.decode())).split())


@pytest.mark.req(54)
def test_enough_in_hand_renews_for_another_month(salon: Tenant, world: World) -> None:
    give_funds(salon, 3000)

    expiry_tasks.sweep_expiry()

    after = fresh(salon)
    assert after.plan == world.plan
    assert after.expires_at
    assert after.expires_at > clock.now()
    assert salon.balance_account.balance == 100
    assert [payment.purpose for payment in Payment.objects.order_by("pk")] == ["plan", "renewal"]
    assert Invoice.objects.count() == 2
    assert rows.running(salon) == "1 2 3 4 5 6 7"


@pytest.mark.req(53, 55, 64, 83)
def test_too_little_in_hand_pauses_silently_and_paying_brings_everything_back(
    salon: Tenant, world: World, client_for: Callable[..., Client]
) -> None:
    ana = client_for(world.ana, salon)

    expiry_tasks.sweep_expiry()

    assert fresh(salon).plan.name == "Expired"
    assert rows.running(salon) == "1"
    assert rows.paused(salon) == "2 3 4 5 6 7"
    for path in ("/panel/", "/panel/staff/", "/panel/billing/", "/panel/billing/current-plan/"):
        page = ana.get(path)
        assert page.status_code == 200
        assert "expired" not in page.content.decode().lower()
    assert "No plan at present" in words(ana.get("/panel/"))
    assert 'href="/panel/reports/"' not in ana.get("/panel/").content.decode()

    give_funds(salon, 2900, key="from Ana")
    buy(fresh(salon), world.plan, world.ana, due=2900, now=clock.now())

    assert fresh(salon).plan == world.plan
    assert rows.running(salon) == "1 2 3 4 5 6 7"
    assert rows.paused(salon) == ""
    assert "Team plan" in words(ana.get("/panel/"))


@pytest.mark.req(57)
def test_without_an_expired_plan_nothing_changes_and_the_owner_of_the_platform_sees_it(
    salon: Tenant, world: World, client_for: Callable[..., Client]
) -> None:
    PlatformSettings.objects.update(expired_plan=None)

    expiry_tasks.sweep_expiry()

    assert fresh(salon).plan == world.plan
    assert rows.running(salon) == "1 2 3 4 5 6 7"
    olivia = client_for(world.olivia)
    assert "1 tenant kept a plan that has run out" in words(olivia.get("/console/"))
    assert "Salon Aurora" in words(olivia.get("/console/payments/renewals/"))
