"""The first page of the panel: the first day, today, what needs attention, and how things stand."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from booking.models import (
    Appointment,
    BookingRules,
    Customer,
    Picture,
    Service,
    Source,
    Staff,
    Status,
    WorkingHours,
)
from plans.models import Plan
from saas.core import clock
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.billing.expiry.due import past_due
from tests.booking.pages import allow, fill, queries_for, switch, words
from workflows.models import Message, State

Clients = Callable[..., Client]
NOW = datetime(2026, 11, 5, 10, 40, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def steps(client: Client) -> dict[str, bool]:
    return {str(step.label): step.done for step in client.get("/panel/").context["steps"]}


def attention(client: Client) -> list[str]:
    return [str(one.title) for one in client.get("/panel/").context["attention"]]


def settle(tenant: Tenant) -> None:
    """Everything of the checklist is done."""
    with tenant_scope(tenant):
        picture = Picture.objects.create(
            content=b"x", content_type="image/png", width=1, height=1, digest="d", created_at=NOW
        )
        BookingRules.objects.create(pk=1, logo=picture)
        WorkingHours.objects.create(weekday=0, starts=540, ends=1020)
    fill(tenant, "services", 1)
    fill(tenant, "staff", 1)
    book(tenant, -90 * 24, source=Source.PAGE)


def book(tenant: Tenant, hours: float, **fields: object) -> Appointment:
    """One that begins so many hours from now."""
    with tenant_scope(tenant):
        service = Service.objects.first() or Service.objects.create(name="Cut", minutes=30)
        made = {
            "service": service,
            "staff": Staff.objects.create(name="Bruno"),
            "customer": Customer.objects.create(name="Rita"),
            "starts_at": NOW + timedelta(hours=hours),
            "status": Status.COMPLETED,
        }
        row = Appointment(**made | fields)
        row.end_after(30)
        row.save()
        return row


def test_first_day_shows_what_is_to_do(owner: Client) -> None:
    assert steps(owner) == {
        "Create your account": True,
        "Add your first service": False,
        "Add your staff": False,
        "Set your opening hours": False,
        "Add your logo": False,
        "Share your booking link": False,
    }
    page = words(owner.get("/panel/"))
    assert "Welcome, Ana" in page
    assert "1 of 6 done" in page
    assert page.count('class="btn btn-primary"') == 1


def test_each_step_is_done_by_the_rows_that_it_asks_for(owner: Client, aurora: Tenant) -> None:
    settled = [
        ("Add your first service", lambda: fill(aurora, "services", 1)),
        ("Add your staff", lambda: fill(aurora, "staff", 1)),
    ]
    for label, do in settled:
        assert not steps(owner)[label]
        do()
        assert steps(owner)[label]
    assert "Welcome" not in words(owner.get("/panel/"))
    with tenant_scope(aurora):
        WorkingHours.objects.create(weekday=0, starts=540, ends=1020)
        BookingRules.objects.create(pk=1)
    assert steps(owner)["Set your opening hours"]
    assert not steps(owner)["Add your logo"]
    book(aurora, -5)
    assert not steps(owner)["Share your booking link"]
    book(aurora, -5, source=Source.PAGE)
    assert steps(owner)["Share your booking link"]
    assert "5 of 6 done" in words(owner.get("/panel/"))


def test_checklist_is_gone_once_all_of_it_is_done(owner: Client, aurora: Tenant) -> None:
    settle(aurora)
    assert steps(owner) == {}
    assert "Getting started" not in words(owner.get("/panel/"))


def test_row_that_is_switched_off_is_no_step_done(owner: Client, aurora: Tenant) -> None:
    fill(aurora, "services", 1, is_active=False)
    assert not steps(owner)["Add your first service"]


def test_only_what_the_plan_has_is_asked_for(owner: Client, plan: Plan) -> None:
    switch(plan, "staff.add", "booking_page", on=False)
    assert list(steps(owner)) == [
        "Create your account", "Add your first service", "Set your opening hours"
    ]  # fmt: skip
    allow(plan, services=0)
    assert steps(owner) == {}


def test_today_is_the_day_of_the_business(owner: Client, aurora: Tenant) -> None:
    aurora.time_zone = "Asia/Tokyo"  # 19:40 there
    aurora.save()
    settle(aurora)
    for hours in (-20, -19, 4, 5):  # 23:40 yesterday, 00:40, 23:40 today, 00:40 tomorrow
        book(aurora, hours, status=Status.APPROVED)
    book(aurora, 1, status=Status.CANCELLED, cancelled_at=NOW)
    today = owner.get("/panel/").context["today"]
    assert [row.starts_at - NOW for row in today.rows] == [timedelta(hours=-19), timedelta(hours=4)]
    assert [line.is_next for line in today.lines] == [False, True]
    page = words(owner.get("/panel/"))
    assert "Good evening, Ana" in page
    assert "Thursday, 5 November. 2 appointments today, the last one ends at 00:10." in page


def test_day_with_many_shows_what_comes_and_leads_to_all(owner: Client, aurora: Tenant) -> None:
    settle(aurora)
    for number in range(20):
        book(aurora, -8 + number / 2)
    today = owner.get("/panel/").context["today"]
    assert len(today.rows) == 20
    assert len(today.lines) == 12
    assert "All 20 of today" in words(owner.get("/panel/"))


def test_own_appointments_can_be_shown_alone(owner: Client, ana: User, aurora: Tenant) -> None:
    settle(aurora)
    book(aurora, 1)
    assert "whose=mine" not in words(owner.get("/panel/"))
    with tenant_scope(aurora):
        mine = Staff.objects.create(name="Ana", user=ana)
    row = book(aurora, 2, staff=mine)
    assert "whose=mine" in words(owner.get("/panel/"))
    shown = owner.get("/panel/?whose=mine").context["today"]
    assert [one.pk for one in shown.rows] == [row.pk]


def test_needs_attention_says_what_waits(owner: Client, aurora: Tenant, plan: Plan) -> None:
    settle(aurora)
    assert attention(owner) == []
    book(aurora, 30, status=Status.PENDING)
    book(aurora, 26, status=Status.PENDING)
    book(aurora, -26, status=Status.PENDING)  # too late to confirm
    book(aurora, -3, status=Status.APPROVED)
    book(aurora, -0.25, status=Status.APPROVED)  # still there
    book(aurora, -31 * 24, status=Status.APPROVED)  # long ago
    allow(plan, services=1, locations=5)
    Message.objects.create(tenant=aurora, key="k", channel="sms", state=State.HELD, address="x")
    assert attention(owner) == [
        "1 message is held",
        "2 appointments to confirm",
        "1 visit to mark",
        "Services: 1 of 1 used",
    ]
    page = words(owner.get("/panel/"))
    assert "The next one is on 6 November at 12:40" in page
    for url in ("/panel/messages/?state=held", "?show=pending", "?show=approved&since=2026-10-06"):
        assert url in page
    listed = owner.get("/panel/appointments/?show=approved&since=2026-10-06&until=2026-11-05")
    assert len(listed.context["agenda"].page) == 2


def test_failed_payment_comes_first(owner: Client, aurora: Tenant, plan: Plan) -> None:
    settle(aurora)
    book(aurora, 30, status=Status.PENDING)
    past_due(aurora, plan, past_due_at=NOW, period_end=NOW + timedelta(days=3))
    assert attention(owner) == ["Your last payment failed", "1 appointment to confirm"]


def test_another_business_needs_no_attention_here(
    owner: Client, aurora: Tenant, borealis: Tenant
) -> None:
    settle(aurora)
    book(borealis, 30, status=Status.PENDING)
    Message.objects.create(tenant=borealis, key="k", channel="sms", state=State.HELD, address="x")
    assert attention(owner) == []


def test_what_the_plan_lacks_is_not_asked_about(owner: Client, aurora: Tenant, plan: Plan) -> None:
    settle(aurora)
    book(aurora, 30, status=Status.PENDING)
    switch(plan, "appointments", on=False)
    assert attention(owner) == []
    page = owner.get("/panel/")
    assert page.context["today"] is None
    assert "/panel/appointments/" not in words(page)


def test_later_it_shows_usage_and_the_address_of_the_page(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, staff=5)
    fill(aurora, "services", 3)
    fill(aurora, "staff", 4)
    page = words(owner.get("/panel/"))
    assert "Good morning, Ana" in page
    assert "Staff: 4 of 5 used" in page
    assert "<b>4 / 5</b>" in page
    assert "1 left" in page
    assert "<b>3 / Unlimited</b>" in page
    assert f'data-copy="{aurora.url()}"' in page


def test_nothing_is_offered_that_has_no_room(owner: Client, aurora: Tenant, plan: Plan) -> None:
    allow(plan, staff=1, appointments=0)
    fill(aurora, "services", 1)
    fill(aurora, "staff", 1)
    page = words(owner.get("/panel/"))
    assert "/panel/services/add/" in page
    assert "/panel/staff/add/" not in page
    assert "/panel/appointments/add/" not in page


def test_without_a_public_page_no_address_is_shown(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    fill(aurora, "services", 1)
    fill(aurora, "staff", 1)
    switch(plan, "booking_page", on=False)
    assert aurora.url() not in words(owner.get("/panel/"))


@pytest.mark.parametrize("count", [0, 1])
def test_staff_role_books_and_is_offered_nothing_else(
    count: int, client_for: Clients, bruno: User, aurora: Tenant
) -> None:
    fill(aurora, "services", count)
    fill(aurora, "staff", count)
    book(aurora, 30, status=Status.PENDING)
    page = words(client_for(bruno, aurora).get("/panel/"))
    assert "Good morning, Bruno" in page
    assert "/panel/staff/add/" not in page
    assert "Needs attention" not in page
    assert "/panel/appointments/add/" in page
    assert "/panel/billing/" not in page


@pytest.mark.parametrize("count", [1, 30])
def test_home_takes_seven_queries(count: int, owner: Client, aurora: Tenant) -> None:
    fill(aurora, "services", count)
    fill(aurora, "staff", count)
    for number in range(count):
        book(aurora, number / 6 - 2, status=Status.APPROVED)
        book(aurora, 30 + number, status=Status.PENDING)
    assert queries_for(owner, "/panel/") == 7
