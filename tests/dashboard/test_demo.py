"""The demo's half year: believable, within hours and ceilings, the same at every start."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from booking.models import Appointment, Customer, Service, Staff, Status, WorkingHours
from booking.presence import with_places
from booking.reports.working_time import WorkingTime
from plans.entitlements import Entitlements
from plans.models import Plan, PlatformSettings
from saas.dashboard import demo
from saas.dashboard.demo_people import address_of, make_customers
from tenants.models import Membership, Tenant, User
from tenants.scope import tenant_scope
from workflows.models import Message

NOW = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def businesses() -> list[Tenant]:
    PlatformSettings.objects.all().delete()
    for model in (Membership, Tenant, User, Plan):
        model.objects.all().delete()
    demo.load(NOW)
    return list(Tenant.objects.select_related("plan").order_by("pk"))


def test_every_business_has_half_a_year_of_everything(businesses: list[Tenant]) -> None:
    for tenant in businesses:
        with tenant_scope(tenant):
            rows = Appointment.objects.order_by("starts_at")
            assert rows.count() > 200
            assert (NOW - rows[0].starts_at).days > 150
            assert rows.filter(starts_at__gt=NOW).exists()
            found = set(rows.values_list("status", flat=True))
            assert found >= set(Status) - {Status.PENDING}
            assert WorkingHours.objects.exists()
            assert 60 <= Customer.objects.count() <= 400
            assert not rows.filter(created_at__gt=NOW).exists()
            early = [
                row
                for row in rows.select_related("customer")
                if row.customer.created_at > row.created_at
            ]
            assert early == []
    aurora, northside, _barber = businesses
    assert Message.objects.filter(tenant=aurora, channel="sms").count() == 163
    assert Message.objects.filter(tenant=northside, channel="email").count() > 500


def test_classes_are_shared_and_never_too_full(businesses: list[Tenant]) -> None:
    with tenant_scope(businesses[1]):
        joined = Appointment.objects.filter(joins__isnull=False).select_related("joins")
        assert joined.count() > 50
        assert all(
            row.starts_at == row.joins.starts_at and row.staff_id == row.joins.staff_id
            for row in joined
        )
        for service in Service.objects.filter(capacity__gt=1):
            held = Appointment.objects.filter(service=service, joins__isnull=True)
            assert all(1 + row.joined.count() <= service.capacity for row in held)


def test_nobody_works_beyond_their_hours(businesses: list[Tenant]) -> None:
    for tenant in businesses:
        with tenant_scope(tenant):
            rows = list(
                Appointment.objects.exclude(status=Status.CANCELLED).select_related("staff")
            )
            days = [row.starts_at for row in rows]
            zone = demo_zone(tenant)
            everybody = with_places(Staff.objects.all())
            time = WorkingTime(tenant, everybody, min(days).date(), max(days).date())
            booked: dict[tuple[int, object], float] = {}
            for row in rows:
                if row.joins_id is None:
                    key = row.staff_id, row.starts_at.astimezone(zone).date()
                    taken = (row.busy_until - row.busy_from).total_seconds() / 60
                    booked[key] = booked.get(key, 0) + taken
            assert all(minutes <= time.minutes(*key) for key, minutes in booked.items())


def demo_zone(tenant: Tenant) -> ZoneInfo:
    return ZoneInfo(tenant.time_zone)


def test_the_month_of_the_small_plan_is_nearly_full_and_not_more(businesses: list[Tenant]) -> None:
    barber = businesses[2]
    barber.entitlements = Entitlements(barber, NOW)
    with tenant_scope(barber):
        usage = barber.entitlements.usage_of("appointments")
    assert usage.ceiling == 50
    assert 20 <= usage.used <= 45


def test_invoices_are_numbered_in_the_order_of_their_days(businesses: list[Tenant]) -> None:
    invoices = list(businesses[0].invoices.order_by("pk"))
    assert len(invoices) == 3
    assert all(one.issued_at <= other.issued_at for one, other in pairwise(invoices))


def test_customers_are_the_same_at_every_start() -> None:
    told = {"count": 60, "languages": ["pt", "tr", "pl"], "phone": "+351 91 555"}
    known = [{"name": "Marta Lopes"}]
    first, second = (make_customers(told, known, 1000) for _time in range(2))
    assert [vars(one) | {"_state": 0, "created_at": 0} for one in first] == [
        vars(one) | {"_state": 0, "created_at": 0} for one in second
    ]
    assert len({one.name for one in first}) == 60
    assert all(one.email or one.phone for one in first[1:])
    assert len(make_customers(told, known, 10)) == 10


def test_addresses_are_in_letters_that_every_mail_program_knows() -> None:
    assert address_of("Étienne da Costa") == "etienne.da.costa"
    assert address_of("Łukasz Wójcik") == "lukasz.wojcik"
    assert address_of("Defne Yıldız") == "defne.yildiz"  # noqa: RUF001
    assert address_of("Grace O’Neill") == "grace.o.neill"
