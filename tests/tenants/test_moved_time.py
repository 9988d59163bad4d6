"""A demo whose time is weeks or a year ahead: people still get in, and what they do carries the moved time."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from booking.services import customers, extras, locations, services, staff
from saas.core import clock
from saas.core.models import AuditEntry
from tenants.models import Membership, Tenant, UsedHandoff, User
from tenants.scope import tenant_scope
from tenants.tasks import forget_handoffs
from tests.tenants.console.pages import page_of
from tests.tenants.doors import (
    cross,
    fetch_note,
    forget_limits,
    leave_for_platform,
    log_in,
    mailed_link,
    newcomer,
    path_of,
    sign_up,
)

ClientFor = Callable[..., Client]
MONTH, YEAR = timedelta(days=35), timedelta(days=400)

ahead = pytest.mark.parametrize("jump", [MONTH, YEAR], ids=["35 days", "400 days"])


@pytest.fixture(autouse=True)
def _own_clock(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    forget_limits(settings)


def move(by: timedelta) -> None:
    clock.move_to(clock.now() + by)


def is_recent(instant: datetime | None, now: datetime) -> bool:
    return instant is not None and abs(now - instant) < timedelta(minutes=1)


@ahead
def test_login_with_a_password_leads_by_hand_off_into_the_panel_and_out(
    jump: timedelta, client_for: ClientFor, ana: User, aurora: Tenant
) -> None:
    move(jump)
    here, there = client_for(None, aurora), client_for()
    entrance = leave_for_platform(here)
    assert there.get(entrance)["Location"].startswith("/login/?next=")
    assert log_in(there, ana, next=entrance)["Location"] == entrance
    assert here.get(fetch_note(there, entrance, aurora))["Location"] == "/panel/"
    assert here.get("/panel/").status_code == 200

    there.get(path_of(here.post("/logout/")["Location"]))
    assert here.get("/panel/")["Location"].startswith("/login/")
    assert there.get("/businesses/")["Location"].startswith("/login/")


@ahead
def test_time_may_jump_while_somebody_is_on_the_way_or_inside(
    jump: timedelta, client_for: ClientFor, ana: User, aurora: Tenant
) -> None:
    here, there = client_for(None, aurora), client_for(ana)
    note = fetch_note(there, leave_for_platform(here), aurora)
    move(jump)
    assert here.get(note)["Location"] == "/panel/"
    move(jump)
    assert here.get("/panel/").status_code == 200
    leaving = path_of(here.post("/logout/")["Location"])
    move(jump)
    there.get(leaving)
    assert there.get("/businesses/")["Location"].startswith("/login/")


def test_used_note_is_remembered_for_an_hour_of_real_time(
    client_for: ClientFor, ana: User, aurora: Tenant
) -> None:
    cross(client_for, ana, aurora)
    move(YEAR)
    forget_handoffs()
    assert UsedHandoff.objects.count() == 1


@ahead
def test_super_admin_goes_on_seeing_a_business_as_its_owner(
    jump: timedelta, client_for: ClientFor, olivia: User, aurora: Tenant
) -> None:
    desk, here = client_for(olivia), client_for(None, aurora)
    move(jump)
    desk.post(page_of(aurora, "impersonate/"))
    back = path_of(here.get("/impersonation/")["Location"])
    move(jump)
    note = path_of(desk.get(back)["Location"])
    move(jump)
    assert here.get(note)["Location"] == "/panel/"
    move(jump)
    assert "You are Olivia Lind" in here.get("/panel/").content.decode()
    entry = AuditEntry.objects.get(verb="tenant.impersonated")
    assert is_recent(entry.at, timezone.now())


@ahead
def test_sign_up_and_confirmation_happen_at_the_moved_time(
    jump: timedelta, client_for: ClientFor, aurora: Tenant
) -> None:
    move(jump)
    visitor = client_for()
    sign_up(visitor)
    visitor.post(mailed_link())
    tenant, now = Tenant.objects.get(slug="bloom-nails"), clock.now()
    assert tenant.is_open
    member = Membership.objects.get(user=newcomer())
    stamps = (tenant.created_at, tenant.plan_started_at, tenant.activated_at, member.created_at)
    assert all(is_recent(stamp, now) for stamp in stamps)
    assert cross(client_for, newcomer(), tenant).get("/panel/").status_code == 200


@ahead
def test_new_rows_are_as_old_as_the_moved_time_says(jump: timedelta, aurora: Tenant) -> None:
    move(jump)
    cut = services.add_service(aurora, name="Cut", minutes=45, price=3800)
    rows = [
        cut,
        staff.add_staff(aurora, name="Inês"),
        locations.add_location(aurora, name="Baixa"),
        customers.add_customer(aurora, name="Rita"),
        extras.add_extra(aurora, service=cut, name="Mask", minutes=10, price=900),
    ]
    with tenant_scope(aurora):
        for row in rows:
            row.refresh_from_db()
            assert is_recent(row.created_at, clock.now()), row
