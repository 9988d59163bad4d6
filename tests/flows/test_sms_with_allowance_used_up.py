"""A workflow sends an SMS when the month's allowance is used up: it is held, said, and sent after an upgrade.

Booking → recorded with it → dispatch → delivery asks the meter → held, and `credits.exhausted` is told over another
channel → a wider plan → the tenant sends what was held.
"""

from collections.abc import Callable
from html import unescape

import pytest
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.utils.html import strip_tags

from tenants.models import Tenant
from tenants.scope import tenant_scope
from tests.booking.pages import Salon, make_salon
from tests.workflows.dispatch.rules import workflow
from tests.world import World
from workflows import tasks
from workflows.drivers.memory import MemoryDriver
from workflows.models import ChannelSettings, Message, Run

REMINDER = ("sms", {"to": "customer", "body": "See you at {{ appointment.time }}"})
TELL = (
    "email",
    {"to": "owners", "subject": "No {{ channel.name }} left", "body": "<p>Top up.</p>"},
)


@pytest.fixture
def salon(world: World) -> Salon:
    """Salon Aurora, whose plan has one SMS a month, confirms bookings by SMS and tells its owner when none is left."""
    world.plan.limits = {**world.plan.limits, "sms_per_month": 1}
    world.plan.save()
    ChannelSettings.objects.create(channel="sms", driver=MemoryDriver.key)
    salon = make_salon(world.aurora)
    with tenant_scope(world.aurora):
        salon.rita.phone = "+351912345678"
        salon.rita.save()
    workflow(world.aurora, "appointment.created", REMINDER, name="Confirm")
    workflow(world.aurora, "credits.exhausted", TELL, REMINDER_OF_NOTHING, name="Tell me")
    return salon


REMINDER_OF_NOTHING = ("sms", {"to": "address", "address": "+351912345678", "body": "None left"})
"""Over the very channel that has run out: never sent."""


def words(response: HttpResponse) -> str:
    return " ".join(unescape(strip_tags(response.content.decode())).split())


@pytest.mark.req(118, 119, 121)
def test_sms_is_held_and_told_and_sent_later(
    salon: Salon, world: World, client_for: Callable[..., Client]
) -> None:
    for hour in (9, 10, 11):
        salon.book(hour)

    tasks.work()

    assert states() == ["sent", "held", "held"]
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == (["ana@aurora.example"], "No SMS left")
    told = Run.objects.get(workflow__name="Tell me")
    assert told.detail == "Nothing is sent over SMS to tell that it is used up."
    ana = client_for(world.ana, world.aurora)
    page = words(ana.get("/panel/messages/"))
    assert "2 messages over SMS are held" in page
    assert "This month’s 1 are used up." in page
    assert ana.post("/panel/messages/held/sms/send/").status_code == 409

    world.plan.limits = {**world.plan.limits, "sms_per_month": 2}
    world.plan.save()
    assert ana.post("/panel/messages/held/sms/send/").status_code == 302
    tasks.work()

    assert states() == ["sent", "sent", "held"]
    assert used(world.aurora) == 2
    assert len(mail.outbox) == 2, "Told once more: what the wider plan has is used up, too."


def states() -> list[str]:
    return list(
        Message.objects.filter(channel="sms").order_by("pk").values_list("state", flat=True)
    )


def used(tenant: Tenant) -> int:
    fresh = Tenant.objects.select_related("plan").get(pk=tenant.pk)
    with tenant_scope(fresh):
        return fresh.entitlements.usage_of("sms_per_month").used
