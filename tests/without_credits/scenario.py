"""What holds where credits were taken out of the installed apps; run by `test_taking_out` in a process of its own."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.test import Client
from django.urls import NoReverseMatch, reverse

from plans.registry import registry
from saas.celery import app
from saas.core import clock
from tenants import metering
from tenants.models import UsageCounter
from tenants.services.allowance import MonthlyMeter
from tests.world import World
from workflows.models import ChannelSettings, Message
from workflows.services.delivery import deliver_due

pytestmark = pytest.mark.django_db


def test_nothing_of_it_is_there() -> None:
    assert not apps.is_installed("credits")
    assert isinstance(metering.meter(), MonthlyMeter)
    assert not [key for key in registry.events if key.startswith("credits.")]
    assert not [one for one in app.conf.beat_schedule.values() if "credits" in one["task"]]
    with pytest.raises(NoReverseMatch):
        reverse("credits:top_up", args=["sms"])


def test_monthly_limit_alone_pays_and_holds(
    world: World, client_for: Callable[..., Client]
) -> None:
    world.plan.limits |= {"sms_per_month": 1}
    world.plan.save()
    ChannelSettings.objects.create(channel="sms", driver="memory")
    now = clock.now()
    for number in range(3):
        Message.objects.create(
            tenant=world.aurora, key=f"m{number}", channel="sms", address="+351912345678",
            text="See you tomorrow", due_at=now, created_at=now,
        )  # fmt: skip
    deliver_due(now)
    states = Message.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["sent", "held", "held"]
    assert UsageCounter.objects.get().used == 1
    ana = client_for(world.ana, world.aurora)
    page = ana.get("/panel/messages/").content.decode()
    assert "2 messages over SMS are held" in page
    assert "or until you upgrade" in page
    assert "Top up" not in page


@pytest.mark.parametrize(
    "path", ["/panel/", "/panel/billing/", "/panel/billing/current-plan/", "/panel/workflows/"]
)
def test_pages_of_the_panel_do_without(
    world: World, client_for: Callable[..., Client], path: str
) -> None:
    answer = client_for(world.ana, world.aurora).get(path)
    assert answer.status_code == 200
    assert "Message credits" not in answer.content.decode()


@pytest.mark.parametrize(
    "path", ["/console/", "/console/plans/", "/console/payments/", "/console/workflows/"]
)
def test_pages_of_the_console_do_without(
    world: World, client_for: Callable[..., Client], path: str
) -> None:
    answer = client_for(world.olivia).get(path)
    assert answer.status_code == 200
    assert "Top-up plans" not in answer.content.decode()
