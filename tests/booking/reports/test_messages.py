"""What was sent: only the tenant's own, by channel, and what is left of the month."""

from datetime import timedelta

import pytest
from django.test import Client

from booking.reports import messages
from booking.reports.spans import choose
from plans.models import Plan
from tenants.models import Tenant
from tests.booking.pages import switch, words
from tests.booking.reports.messy import NOW, ZONE
from workflows.models import Message, State

pytestmark = pytest.mark.django_db


def write(
    tenant: Tenant, channel: str, state: State, days: int, count: int = 1, units: int = 1
) -> None:
    at = NOW - timedelta(days=days)
    Message.objects.bulk_create(
        Message(
            tenant=tenant, key=f"{tenant.pk}-{channel}-{state}-{days}-{n}", channel=channel, state=state,
            address="x", units=units, created_at=at,
        )
        for n in range(count)
    )  # fmt: skip


def test_messages_are_counted_by_channel_and_state(aurora: Tenant, borealis: Tenant) -> None:
    write(aurora, "sms", State.DELIVERED, 1, 3, units=2)
    write(aurora, "sms", State.HELD, 1, 2)
    write(aurora, "email", State.SENT, 5, 4)
    write(aurora, "email", State.FAILED, 5)
    write(aurora, "email", State.SENT, 8, 6)  # the week before
    write(aurora, "webhook", State.SENT, 1, 9)  # nobody pays for those
    write(borealis, "sms", State.SENT, 1, 50)
    sheet = messages.sheet(aurora, choose({"days": "7"}, NOW, ZONE), NOW)
    assert [(one.now, one.before) for one in sheet.figures] == [
        (7, 6),
        (3, None),
        (1, 0),
        (2, None),
    ]
    table = sheet.table("channels")
    assert table is not None
    assert {row[0]: tuple(row[1:5]) for row in table.rows} == {
        "E-mail": (4, 1, 0, 4), "SMS": (3, 0, 2, 6), "WhatsApp": (0, 0, 0, 0)
    }  # fmt: skip
    days = sheet.table("days")
    assert days is not None
    assert [tuple(row[1:]) for row in days.rows] == [
        (0, 0),
        (4, 0),
        (0, 0),
        (0, 0),
        (0, 0),
        (0, 3),
        (0, 0),
    ]


def test_report_goes_with_the_workflows(
    client_for,
    ana,
    aurora: Tenant,
    plan: Plan,  # type: ignore[no-untyped-def]
) -> None:
    owner: Client = client_for(ana, aurora)
    assert "/panel/reports/messages/" in words(owner.get("/panel/reports/"))
    switch(plan, "workflows", on=False)
    assert "/panel/reports/messages/" not in words(owner.get("/panel/reports/"))
    assert owner.get("/panel/reports/messages/").status_code == 404
