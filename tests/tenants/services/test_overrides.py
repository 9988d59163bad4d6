"""One limit or feature of one tenant, on top of its plan: in force at once, and over on time."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from booking.services.staff import add_staff
from plans.entitlements import Entitlements, LimitReached
from plans.models import Plan
from plans.registry import UnknownKey
from saas.core.models import AuditEntry
from tenants import plan_tasks
from tenants.lookup import find_tenant
from tenants.models import Override, Tenant, User
from tenants.services import overrides
from tenants.services.overrides import end_override, set_override, sweep_overrides
from tests.booking.pages import counted
from tests.tenants.conftest import create_tenant
from tests.tenants.services import rows
from tests.tenants.services.rows import NOW, fresh, make_plan, move, paused, running

DAY = timedelta(days=1)


def give(tenant: Tenant, key: str, value: Any, **said: Any) -> Override:
    said = {"reason": "A promise", "until": NOW + 10 * DAY, "by": None, "now": NOW, **said}
    return set_override(tenant, key, value, **said)


def test_a_higher_ceiling_is_in_force_at_once_and_brings_rows_back(
    salon: Tenant, solo: Plan, olivia: User
) -> None:
    move(salon, solo)
    row = give(salon, "staff", 5, by=olivia)
    assert running(salon) == "1 2 3 4 5"
    entitlements = Entitlements(fresh(salon), NOW)
    assert entitlements.ceiling("staff") == 5
    assert entitlements.source("staff", "limits") == "override"
    assert (row.by, row.reason, row.created_at, row.until) == (
        olivia,
        "A promise",
        NOW,
        NOW + 10 * DAY,
    )


def test_a_lower_ceiling_pauses_and_its_end_brings_back(salon: Tenant) -> None:
    row = give(salon, "staff", 2)
    assert running(salon) == "1 2"
    assert end_override(row, by=None, now=NOW + DAY)
    assert len(running(salon).split()) == 10
    assert not end_override(row, by=None, now=NOW + 2 * DAY), "It was over before."
    row.refresh_from_db()
    assert row.ended_at == NOW + DAY


def test_a_feature_is_switched_for_one_tenant_alone(aurora: Tenant, borealis: Tenant) -> None:
    plan = make_plan("Bare", off=("services", "staff"))
    Tenant.objects.update(plan=plan)
    give(aurora, "services", True)
    assert Entitlements(fresh(aurora), NOW).can("services")
    assert Entitlements(fresh(aurora), NOW).can("services.add")
    assert not Entitlements(fresh(aurora), NOW).can("staff")
    assert not Entitlements(fresh(borealis), NOW).can("services")


def test_a_child_stays_off_while_its_parent_is(aurora: Tenant) -> None:
    Tenant.objects.update(plan=make_plan("Bare", off=("services", "services.add")))
    give(aurora, "services.add", True)
    assert not Entitlements(fresh(aurora), NOW).can("services.add")
    give(aurora, "services", True)
    assert Entitlements(fresh(aurora), NOW).can("services.add")
    give(aurora, "services", False)
    assert not Entitlements(fresh(aurora), NOW).can("services.add")


def test_one_key_may_name_a_limit_and_a_feature(salon: Tenant, solo: Plan) -> None:
    give(salon, "staff", 7)
    give(salon, "staff", False)
    entitlements = Entitlements(fresh(salon), NOW)
    assert (entitlements.ceiling("staff"), entitlements.can("staff")) == (7, False)
    assert Override.objects.filter(ended_at=None).count() == 2


def test_a_second_override_of_the_same_replaces_the_first(salon: Tenant) -> None:
    first = give(salon, "staff", 2)
    give(salon, "staff", 4, now=NOW + DAY)
    first.refresh_from_db()
    assert first.ended_at == NOW + DAY
    assert running(salon) == "1 2 3 4"
    assert Override.objects.filter(ended_at=None).get().value == 4


def test_it_is_over_on_time_even_before_the_sweep(salon: Tenant, solo: Plan) -> None:
    move(salon, solo)
    give(salon, "staff", 11, until=NOW + DAY)
    assert len(running(salon).split()) == 10
    before, after = NOW + DAY - timedelta(microseconds=1), NOW + DAY
    assert Entitlements(fresh(salon), before).ceiling("staff") == 11
    assert Entitlements(fresh(salon), after).ceiling("staff") == 3
    assert Entitlements(fresh(salon), after).source("staff") == "plan"


def test_adding_is_blocked_from_the_end_on(salon: Tenant, solo: Plan) -> None:
    """The clock says that the promise of last month is over; no sweep has run."""
    move(salon, solo)
    give(salon, "staff", 11, now=NOW - 300 * DAY, until=NOW - 200 * DAY)
    with pytest.raises(LimitReached, match="/ 3"):
        add_staff(salon, name="11")


def test_the_sweep_ends_what_is_over_and_fits_the_tenant(
    salon: Tenant, borealis: Tenant, solo: Plan
) -> None:
    move(salon, solo)
    over = give(salon, "staff", 8, until=NOW + DAY)
    kept = give(salon, "services", 1, until=NOW + 5 * DAY)
    other = give(borealis, "staff", 1, until=None)
    assert sweep_overrides(NOW) == 0
    assert sweep_overrides(NOW + 2 * DAY) == 1
    assert running(salon) == "1 2 3"
    over.refresh_from_db()
    assert over.ended_at == NOW + DAY, "When it was over, not when somebody noticed."
    assert set(fresh(salon).overrides) == {"limits"}
    assert set(fresh(salon).overrides["limits"]) == {"services"}
    for row in (kept, other):
        row.refresh_from_db()
        assert row.ended_at is None
    assert sweep_overrides(NOW + 2 * DAY) == 0


def test_the_sweep_passes_a_tenant_that_fails(
    salon: Tenant, borealis: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(salon, "staff", 1, until=NOW + DAY)
    give(borealis, "staff", 1, until=NOW + DAY)
    once = overrides.fit

    def fail(tenant: Tenant, now: Any) -> Any:
        if tenant.pk == salon.pk:
            raise RuntimeError("Broken")
        return once(tenant, now)

    monkeypatch.setattr(overrides, "fit", fail)
    monkeypatch.setattr(overrides.log, "exception", lambda *args: None)
    assert sweep_overrides(NOW + 2 * DAY) == 1
    assert fresh(salon).overrides != {}
    assert fresh(borealis).overrides == {}
    monkeypatch.setattr(overrides, "fit", once)
    assert sweep_overrides(NOW + 2 * DAY) == 1
    assert paused(salon) == ""


def test_the_task_sweeps_by_the_clock(salon: Tenant) -> None:
    give(salon, "staff", 1, now=NOW - 300 * DAY, until=NOW - 200 * DAY)
    assert running(salon) == "1"
    plan_tasks.sweep_overrides()
    assert fresh(salon).overrides == {}
    assert paused(salon) == ""


def test_replacing_one_that_was_over_keeps_its_true_end(salon: Tenant) -> None:
    first = give(salon, "staff", 2, until=NOW + DAY)
    give(salon, "staff", 4, now=NOW + 3 * DAY)
    first.refresh_from_db()
    assert first.ended_at == NOW + DAY


def test_overrides_stay_when_the_plan_changes(salon: Tenant, solo: Plan) -> None:
    give(salon, "staff", 6)
    move(salon, solo)
    assert running(salon) == "1 2 3 4 5 6"


def test_a_tenant_without_a_schema_can_have_one(pro: Plan) -> None:
    tenant = create_tenant(pro)
    give(tenant, "staff", 6)
    assert Entitlements(fresh(tenant), NOW).ceiling("staff") == 6


@pytest.mark.parametrize(
    ("key", "value", "said", "field"),
    [
        ("staff", -2, {}, "value"),
        ("staff", 10**9 + 1, {}, "value"),
        ("staff", 10**12, {}, "value"),
        ("staff", 5, {"reason": "  "}, "reason"),
        ("staff", 5, {"reason": "x" * 301}, "reason"),
        ("staff", 5, {"until": NOW}, "until"),
        ("staff", True, {"until": NOW - DAY}, "until"),
    ],
)
def test_what_cannot_be_gets_a_sentence_and_nothing_is_written(
    salon: Tenant, key: str, value: Any, said: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        give(salon, key, value, **said)
    assert list(caught.value.message_dict) == [field]
    assert not Override.objects.exists()
    assert fresh(salon).overrides == {}


@pytest.mark.parametrize("value", [5, True])
def test_keys_that_nobody_registered_raise(salon: Tenant, value: Any) -> None:
    with pytest.raises(UnknownKey):
        give(salon, "stuff", value)


@pytest.mark.parametrize("value", [-1, 0, 10**9])
def test_the_ends_of_the_range_are_fine(salon: Tenant, value: int) -> None:
    give(salon, "staff", value)
    assert Entitlements(fresh(salon), NOW).ceiling("staff") == value


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("override_ceiling_in_range", {"ceiling": -2}),
        ("override_ceiling_in_range", {"ceiling": 10**9 + 1}),
        ("override_has_one_value", {"is_on": True}),
        ("override_has_one_value", {"ceiling": None}),
        ("override_has_reason", {"reason": ""}),
        ("override_ends_after_it_began", {"until": NOW}),
        ("override_limit_once", {"key": "staff"}),
    ],
)
def test_the_database_refuses_it_too(salon: Tenant, name: str, wrong: dict[str, Any]) -> None:
    give(salon, "staff", 9)
    fields = {"key": "other", "ceiling": 1, "reason": "x", "created_at": NOW, **wrong}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Override.objects.create(tenant=salon, **fields)


def test_setting_and_ending_are_in_the_audit_log(salon: Tenant, olivia: User) -> None:
    row = give(salon, "staff", 9, by=olivia)
    give(salon, "staff", 12, by=olivia, until=None, reason="More")
    end_override(Override.objects.get(ended_at=None), by=olivia, now=NOW + DAY, reason="Enough")
    first, second, third = AuditEntry.objects.filter(tenant_id=salon.pk).order_by("pk")
    assert first.verb == "tenant.override_set"
    assert first.changes["limits.staff"] == [None, 9]
    assert first.changes["limits.staff until"] == [None, row.until.isoformat()]
    assert second.changes["limits.staff"] == [9, 12]
    assert (third.verb, third.changes["limits.staff"]) == ("tenant.override_ended", [12, None])
    assert [entry.reason for entry in (first, second, third)] == ["A promise", "More", "Enough"]
    assert {entry.actor_id for entry in (first, second, third)} == {olivia.pk}


def test_asking_costs_no_query_with_overrides_either(salon: Tenant) -> None:
    give(salon, "staff", 9)
    give(salon, "services", False)
    with counted() as queries:
        tenant = find_tenant(salon.host)
    assert tenant is not None
    assert len(queries) == 1
    with counted() as queries:
        entitlements = Entitlements(tenant, NOW)
        assert entitlements.ceiling("staff") == 9
        assert not entitlements.can("services.add")
        assert entitlements.source("services", "capabilities") == "override"
    assert queries == []


def test_usage_says_what_is_overridden(salon: Tenant) -> None:
    give(salon, "staff", 20)
    tenant = fresh(salon)
    with rows.tenant_scope(tenant):
        lines = {line.limit.key: line for line in Entitlements(tenant, NOW).usage()}
    assert (lines["staff"].text, lines["staff"].override) == ("10 / 20", True)
    assert not lines["services"].override
