"""The one door to another plan: what it writes, and what it does with the tenant's rows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from booking.models import Customer
from booking.services.staff import add_staff
from plans.entitlements import LimitReached
from plans.models import Plan, PlatformSettings
from saas.core import events
from saas.core.errors import NotHere
from tenants.models import Cycle, KeptRows, PlanChange, Tenant, User
from tenants.scope import tenant_scope
from tenants.services.keep_lists import keep_rows
from tests.booking.pages import counted
from tests.tenants.conftest import create_tenant
from tests.tenants.services import rows
from tests.tenants.services.rows import BORN, MODELS, NOW, fresh, make_plan, move, paused, running

Reason = PlanChange.Reason


@pytest.mark.req(64, 66)
@pytest.mark.parametrize("reason", [Reason.PAID, Reason.CHOSEN, Reason.LAPSED, Reason.MOVED])
def test_every_reason_takes_the_same_path(
    salon: Tenant, solo: Plan, pro: Plan, ana: User, reason: Reason
) -> None:
    until = NOW + timedelta(days=365)
    assert move(
        salon, solo, reason=reason, cause="payment:7", cycle=Cycle.ANNUAL, expires_at=until,
        by=ana, note=" As agreed ",
    )  # fmt: skip
    after = fresh(salon)
    assert (after.plan, after.cycle, after.expires_at) == (solo, Cycle.ANNUAL, until)
    change = PlanChange.objects.get(cause="payment:7")
    assert (change.from_plan, change.to_plan, change.reason, change.by) == (pro, solo, reason, ana)
    assert (change.at, change.cycle, change.expires_at) == (NOW, Cycle.ANNUAL, until)
    assert change.note == "As agreed"
    assert running(salon) == "1 2 3"
    assert paused(salon) == "4 5 6 7 8 9 10"


@pytest.mark.req(70, 72, 73, 78)
def test_ten_staff_on_a_plan_for_three_keep_the_three_oldest(salon: Tenant, solo: Plan) -> None:
    before = rows.everything(salon)
    move(salon, solo)
    assert running(salon) == "1 2 3"
    assert paused(salon) == "4 5 6 7 8 9 10"
    assert rows.everything(salon) == before, "Nothing but paused_at may change."


@pytest.mark.req(71)
@pytest.mark.parametrize("kind", MODELS)
def test_whatever_is_pausable_is_paused_and_comes_back(
    aurora: Tenant, pro: Plan, kind: str
) -> None:
    made = len(rows.rows(aurora, 5, kind))
    before = rows.names(aurora, kind)
    move(aurora, make_plan("Narrow", **{kind: 2}))
    assert running(aurora, kind) == " ".join(before.split()[:2])
    assert len(paused(aurora, kind).split()) == made - 2
    move(aurora, pro)
    assert running(aurora, kind) == before


@pytest.mark.req(74, 75)
def test_customers_and_appointments_are_never_touched(aurora: Tenant) -> None:
    with tenant_scope(aurora):
        Customer.objects.bulk_create(Customer(name=f"Customer {n}") for n in range(5))
        before = list(Customer.objects.order_by("pk").values())
    move(aurora, make_plan("Narrow", customers=2, appointments=0))
    with tenant_scope(aurora):
        assert list(Customer.objects.order_by("pk").values()) == before
        entitlements = fresh(aurora).entitlements
        assert entitlements.usage_of("customers").text == "5 / 2"
        for key in ("customers", "appointments"):
            with pytest.raises(LimitReached):
                entitlements.require_room(key)


@pytest.mark.req(76, 77)
def test_a_wider_plan_brings_the_oldest_paused_back_as_far_as_they_fit(
    salon: Tenant, solo: Plan
) -> None:
    move(salon, solo)
    move(salon, make_plan("Wider", staff=5), now=NOW + timedelta(days=1))
    assert running(salon) == "1 2 3 4 5"
    assert paused(salon) == "6 7 8 9 10"


@pytest.mark.req(79)
def test_rows_switched_off_by_hand_neither_count_nor_come_back(
    salon: Tenant, solo: Plan, pro: Plan
) -> None:
    with tenant_scope(salon):
        MODELS["staff"].objects.filter(name__in=["1", "2"]).update(is_active=False)
    move(salon, solo)
    assert running(salon) == "3 4 5"
    move(salon, pro)
    assert running(salon) == "3 4 5 6 7 8 9 10"
    assert rows.names(salon, is_active=False, paused_at__isnull=True) == "1 2"


def test_rows_added_while_others_are_paused_stay(salon: Tenant, solo: Plan) -> None:
    """No newer row is paused to bring an older one back."""
    move(salon, solo)
    with tenant_scope(salon):
        MODELS["staff"].objects.filter(name="1").delete()
    add_staff(salon, name="11")
    move(salon, make_plan("The same", staff=3))
    assert running(salon) == "2 3 11"


@pytest.mark.req(83)
def test_leaving_the_expired_plan_brings_everything_back_at_once(
    salon: Tenant, pro: Plan, platform: PlatformSettings
) -> None:
    platform.expired_plan = make_plan("Resting", staff=0, services=0)
    platform.save()
    move(salon, platform.expired_plan, reason=Reason.LAPSED)
    assert running(salon) == ""
    move(salon, pro, reason=Reason.PAID, expires_at=NOW + timedelta(days=30))
    assert fresh(salon).plan == pro
    assert running(salon) == "1 2 3 4 5 6 7 8 9 10"


@pytest.mark.req(69)
def test_the_next_page_has_the_new_menu_and_the_new_limit(
    salon: Tenant, ana: User, client_for: Callable[..., Client]
) -> None:
    client = client_for(ana, salon)
    assert client.get("/panel/services/").status_code == 200
    move(salon, make_plan("No services", off=("services",), staff=3))
    assert client.get("/panel/services/").status_code == 404
    page = client.get("/panel/staff/").content.decode()
    assert "/panel/services/" not in page
    assert "3 / 3" in page


def test_a_feature_that_is_off_leaves_its_rows_as_they_are(salon: Tenant, pro: Plan) -> None:
    move(salon, make_plan("No staff", off=("staff",), staff=0))
    assert len(running(salon).split()) == 10
    move(salon, make_plan("Staff again", staff=1))
    assert running(salon) == "1"
    move(salon, make_plan("No staff, no ceiling", off=("staff",)))
    assert running(salon) == "1"


def test_a_cause_that_was_carried_out_before_does_nothing(
    salon: Tenant, solo: Plan, pro: Plan
) -> None:
    assert move(salon, solo, cause="payment:1")
    move(salon, pro)
    assert not move(salon, solo, cause="payment:1")
    assert fresh(salon).plan == pro
    assert len(running(salon).split()) == 10


@pytest.mark.req(1)
def test_a_plan_that_was_deleted_meanwhile_is_refused_with_a_sentence(
    salon: Tenant, solo: Plan, pro: Plan
) -> None:
    Plan.objects.filter(pk=solo.pk).delete()
    with pytest.raises(NotHere, match="deleted it"):
        move(salon, solo)
    assert fresh(salon).plan == pro


def test_a_tenant_without_a_schema_only_changes_its_plan(pro: Plan, solo: Plan) -> None:
    tenant = create_tenant(pro)
    assert move(tenant, solo)
    assert fresh(tenant).plan == solo


def test_the_stored_plan_counts_and_not_what_the_caller_holds(salon: Tenant, solo: Plan) -> None:
    Plan.objects.filter(pk=solo.pk).update(limits={**solo.limits, "staff": 2})
    move(salon, solo)
    assert running(salon) == "1 2"


def test_whoever_listens_hears_of_it_after_the_commit(
    salon: Tenant, solo: Plan, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    heard: list[dict[str, int]] = []
    monkeypatch.setitem(
        events._handlers, "tenant.plan_changed", [lambda **payload: heard.append(payload)]
    )
    with django_capture_on_commit_callbacks(execute=True):
        move(salon, solo, cause="once")
        assert heard == []
    with django_capture_on_commit_callbacks(execute=True):
        move(salon, solo, cause="once")
    assert heard == [{"tenant_id": salon.pk, "plan_id": solo.pk}]


def test_kept_rows_stay_and_the_list_is_used_up(salon: Tenant, solo: Plan, pro: Plan) -> None:
    with tenant_scope(salon):
        chosen = list(MODELS["staff"].objects.filter(name__in=["9", "10"]))
    keep_rows(salon, "staff", [row.pk for row in chosen], now=NOW)
    move(salon, solo)
    assert running(salon) == "1 9 10"
    assert not KeptRows.objects.exists()
    move(salon, pro)
    move(salon, solo)
    assert running(salon) == "1 2 3"


def test_a_change_that_pauses_nothing_leaves_the_keep_list(salon: Tenant, pro: Plan) -> None:
    keep_rows(salon, "staff", rows.rows(salon, 1), now=NOW)
    move(salon, make_plan("Wide enough", staff=11))
    assert KeptRows.objects.count() == 1


@pytest.mark.parametrize("count", [5, 300])
def test_pausing_takes_the_same_few_statements_for_any_number(
    aurora: Tenant, pro: Plan, count: int
) -> None:
    for kind in MODELS:
        rows.rows(aurora, count, kind)
    narrow = make_plan("Narrow", **dict.fromkeys(MODELS, 2))
    with counted() as queries:
        move(aurora, narrow)
    in_schema = [sql for sql in queries if "booking_" in sql]
    assert len(in_schema) == 5, "One to count, one for each of the four limits."
    assert len(queries) <= 16


@pytest.mark.req(84, 85)
@pytest.mark.parametrize(
    ("before", "after", "reason", "cycle", "resets"),
    [
        pytest.param(900, 5900, Reason.PAID, "monthly", True, id="upgrade"),
        pytest.param(900, 5900, Reason.CHOSEN, "annual", True, id="upgrade, annual"),
        pytest.param(5900, 900, Reason.PAID, "monthly", False, id="downgrade"),
        pytest.param(900, 900, Reason.PAID, "monthly", False, id="same price"),
        pytest.param(900, 0, Reason.CHOSEN, "monthly", False, id="to a free plan"),
        pytest.param(900, 5900, Reason.MOVED, "monthly", False, id="by hand"),
        pytest.param(5900, 0, Reason.LAPSED, "monthly", False, id="lapsed"),
    ],
)
def test_an_upgrade_starts_counting_again(
    aurora: Tenant, before: int, after: int, reason: Reason, cycle: str, resets: bool
) -> None:
    start(aurora, make_plan("Before", price=before))
    move(aurora, make_plan("After", price=after), reason=reason, cycle=cycle)
    assert fresh(aurora).plan_started_at == (NOW if resets else BORN)
    assert PlanChange.objects.get().reset_usage is resets


def start(tenant: Tenant, plan: Plan) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(plan=plan, plan_started_at=BORN)


@pytest.mark.req(84)
@pytest.mark.parametrize("role", ["trial", "default", "expired"])
def test_a_paid_change_away_from_where_one_starts_counts_again_at_any_price(
    aurora: Tenant, platform: PlatformSettings, role: str
) -> None:
    beginning, cheaper = make_plan("Beginning", price=5900), make_plan("Cheaper", price=900)
    if role == "default":
        Plan.objects.filter(is_default=True).update(is_default=False)
        Plan.objects.filter(pk=beginning.pk).update(is_default=True)
    else:
        setattr(platform, f"{role}_plan", beginning)
        platform.save()
    start(aurora, beginning)
    move(aurora, beginning, reason=Reason.PAID)
    assert fresh(aurora).plan_started_at == BORN, "Paying for the same plan is no upgrade."
    move(aurora, cheaper, reason=Reason.CHOSEN, reset_usage=None)
    assert fresh(aurora).plan_started_at == BORN, "It was not paid for."
    start(aurora, beginning)
    move(aurora, cheaper, reason=Reason.PAID)
    assert fresh(aurora).plan_started_at == NOW


def test_the_monthly_price_does_not_matter_to_who_pays_annually(aurora: Tenant) -> None:
    before, after = make_plan("Before", price=900), make_plan("After", price=900)
    Plan.objects.filter(pk=after.pk).update(annual_price=before.annual_price + 1)
    start(aurora, before)
    move(aurora, after, reason=Reason.PAID, cycle=Cycle.MONTHLY)
    assert fresh(aurora).plan_started_at == BORN
    start(aurora, before)
    move(aurora, after, reason=Reason.PAID, cycle=Cycle.ANNUAL)
    assert fresh(aurora).plan_started_at == NOW


def test_counting_starts_again_or_not_when_somebody_says_so(salon: Tenant, solo: Plan) -> None:
    move(salon, solo, reset_usage=True)
    assert fresh(salon).plan_started_at == NOW
    move(
        salon, make_plan("Dear", price=9900), reason=Reason.PAID, reset_usage=False,
        now=NOW + timedelta(days=3),
    )  # fmt: skip
    assert fresh(salon).plan_started_at == NOW
