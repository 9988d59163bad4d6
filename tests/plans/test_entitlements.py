"""What a tenant may do now: pure code over its plan, asked without a query."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from booking.models import Service, Staff
from plans.entitlements import UNLIMITED, CapabilityMissing, Entitlements, LimitReached
from plans.models import Plan
from plans.registry import Capability, Limit, UnknownKey, registry
from tenants.models import Tenant
from tenants.scope import tenant_scope

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Holder:
    plan: Plan


def entitled(limits: dict[str, int] | None = None, **capabilities: bool) -> Entitlements:
    switches = {key.replace("__", "."): on for key, on in capabilities.items()}
    return Entitlements(Holder(Plan(capabilities=switches, limits=limits or {})))


def test_can_is_true_only_for_what_the_plan_switches_on() -> None:
    assert entitled(services=True).can("services")
    assert not entitled(services=False).can("services")
    assert not entitled().can("services")


@pytest.mark.parametrize("junk", ["true", 1, None, [True]])
def test_can_takes_nothing_but_true_for_on(junk: object) -> None:
    assert not Entitlements(Holder(Plan(capabilities={"services": junk}))).can("services")


@pytest.mark.req(20)
def test_child_is_off_while_its_parent_is() -> None:
    assert entitled(services=True, services__add=True).can("services.add")
    assert not entitled(services=False, services__add=True).can("services.add")
    assert not entitled(services__add=True).can("services.add")
    assert not entitled(services=True, services__add=False).can("services.add")


def test_unknown_key_raises_instead_of_saying_no() -> None:
    with pytest.raises(UnknownKey, match="capability “servcies”"):
        entitled().can("servcies")
    with pytest.raises(UnknownKey, match="limit “stuff”"):
        entitled().ceiling("stuff")
    with pytest.raises(UnknownKey):
        entitled().require("nothing")


def test_require_raises_a_404_with_the_capability() -> None:
    entitled(staff=True, staff__add=True).require("staff.add")
    with pytest.raises(CapabilityMissing) as caught:
        entitled(staff=True).require("staff.add")
    assert caught.value.status == 404
    assert caught.value.capability.key == "staff.add"
    assert str(caught.value.message) == "This feature isn’t included in your current plan."


@pytest.mark.req(34)
def test_ceiling_reads_the_limit_and_minus_one_is_unlimited() -> None:
    assert entitled({"staff": 5}).ceiling("staff") == 5
    assert entitled({"staff": -1}).ceiling("staff") == UNLIMITED
    assert entitled({}).ceiling("staff") == 0


def test_a_change_of_plan_is_seen_by_the_same_entitlements() -> None:
    holder = Holder(Plan(capabilities={"services": False}, limits={"staff": 1}))
    entitlements = Entitlements(holder)
    assert not entitlements.can("services")
    holder.plan = Plan(capabilities={"services": True}, limits={"staff": 9})
    assert entitlements.can("services")
    assert entitlements.ceiling("staff") == 9


def put_on(tenant: Tenant, **limits: int) -> Tenant:
    tenant.plan = Plan(pk=tenant.plan_id, capabilities=tenant.plan.capabilities, limits=limits)
    return tenant


@pytest.mark.req(33)
def test_require_room_passes_below_the_ceiling_and_refuses_at_it(aurora: Tenant) -> None:
    with tenant_scope(put_on(aurora, staff=2)):
        aurora.entitlements.require_room("staff")
        Staff.objects.create(name="One")
        aurora.entitlements.require_room("staff")
        Staff.objects.create(name="Two")
        assert_no_room(aurora, "staff", "Staff: 2 / 2")


@pytest.mark.req(35)
def test_require_room_refuses_the_first_row_at_a_limit_of_zero(aurora: Tenant) -> None:
    with tenant_scope(put_on(aurora, staff=0)):
        assert_no_room(aurora, "staff", "Staff: 0 / 0")


def test_require_room_refuses_where_the_plan_does_not_mention_the_limit(aurora: Tenant) -> None:
    with tenant_scope(put_on(aurora)):
        assert_no_room(aurora, "staff", "Staff: 0 / 0")


def assert_no_room(tenant: Tenant, key: str, start: str) -> None:
    with pytest.raises(LimitReached) as caught:
        tenant.entitlements.require_room(key)
    assert caught.value.status == 409
    assert str(caught.value.message).startswith(start)
    assert "more headroom" in str(caught.value.message)


@pytest.mark.req(34)
def test_require_room_never_refuses_nor_asks_without_a_ceiling(
    aurora: Tenant, django_assert_num_queries
) -> None:
    with tenant_scope(put_on(aurora, staff=UNLIMITED)):
        Staff.objects.bulk_create(Staff(name=f"Staff {n}") for n in range(30))
        with django_assert_num_queries(0):
            aurora.entitlements.require_room("staff")


def test_can_require_and_ceiling_cost_no_query(aurora: Tenant, django_assert_num_queries) -> None:
    entitlements = Tenant.objects.select_related("plan").get(pk=aurora.pk).entitlements
    with django_assert_num_queries(0):
        for key in registry.capabilities:
            assert entitlements.can(key)
            entitlements.require(key)
        for key in registry.limits:
            entitlements.ceiling(key)


def test_usage_counts_every_limit_in_one_query(aurora: Tenant, django_assert_num_queries) -> None:
    with tenant_scope(put_on(aurora, staff=5, services=UNLIMITED)):
        Staff.objects.create(name="One")
        Staff.objects.create(name="Off", is_active=False)
        Service.objects.create(name="Cut")
        with django_assert_num_queries(1):
            lines = {line.limit.key: line.text for line in aurora.entitlements.usage()}
    assert lines["staff"] == "1 / 5"
    assert lines["services"] == "1 / Unlimited"


def test_usage_leaves_out_limits_of_a_feature_that_the_plan_lacks(aurora: Tenant) -> None:
    aurora.plan = Plan(capabilities={"staff": True}, limits={"staff": 5, "services": 5})
    with tenant_scope(aurora):
        assert [line.limit.key for line in aurora.entitlements.usage()] == ["staff"]


def test_usage_is_empty_where_there_is_no_limit(aurora: Tenant) -> None:
    aurora.plan = Plan()
    with tenant_scope(aurora):
        assert aurora.entitlements.usage() == []


def test_an_app_that_registers_a_capability_makes_it_askable() -> None:
    with registry.temporarily(Capability("coupons", "Coupons")):
        assert entitled(coupons=True).can("coupons")
    with pytest.raises(UnknownKey):
        entitled(coupons=True).can("coupons")


def test_limit_of_another_kind_is_counted_beside_the_others(aurora: Tenant) -> None:
    extra = Limit(
        "paused_staff", "Paused", usage=lambda tenant, now: Staff.objects.filter(is_active=False)
    )
    with registry.temporarily(extra), tenant_scope(put_on(aurora, staff=5, paused_staff=3)):
        Staff.objects.create(name="Off", is_active=False)
        lines = {line.limit.key: line.used for line in aurora.entitlements.usage()}
    assert lines["paused_staff"] == 1
    assert lines["staff"] == 0


@dataclass
class Overridden(Holder):
    overrides: dict[str, dict[str, dict[str, object]]]


def overridden(kind: str, key: str, value: object, until: datetime | None) -> Entitlements:
    plan = Plan(capabilities={"staff": True, "staff.add": True}, limits={"staff": 3})
    end = until.isoformat() if until else None
    return Entitlements(Overridden(plan, {kind: {key: {"value": value, "until": end}}}), NOW)


@pytest.mark.parametrize(
    ("until", "counts"),
    [
        (None, True),
        (NOW + timedelta(microseconds=1), True),
        (NOW, False),
        (NOW - timedelta(days=1), False),
    ],
)
def test_an_override_counts_until_its_end(until: datetime | None, counts: bool) -> None:
    limits = overridden("limits", "staff", 9, until)
    assert limits.ceiling("staff") == (9 if counts else 3)
    assert limits.source("staff", "limits") == ("override" if counts else "plan")
    assert limits.can("staff"), "The feature of the same name is another thing."
    assert limits.source("staff", "capabilities") == "plan"
    features = overridden("capabilities", "staff", False, until)
    assert features.can("staff") is not counts
    assert features.can("staff.add") is not counts
    assert features.ceiling("staff") == 3


def test_source_of_a_key_that_nobody_registered_raises() -> None:
    with pytest.raises(UnknownKey):
        entitled().source("stuff")
    with pytest.raises(UnknownKey):
        entitled().source("services.add", "limits")


def test_an_override_to_zero_or_to_no_ceiling_counts() -> None:
    assert overridden("limits", "staff", 0, None).ceiling("staff") == 0
    assert overridden("limits", "staff", UNLIMITED, None).ceiling("staff") == UNLIMITED
    assert overridden("limits", "staff", 0, None).source("staff") == "override"


def month_limit() -> Limit:
    """Staff by the day on which they came, as if that were counted per month."""
    return Limit(
        "arrivals",
        "Arrivals",
        usage=lambda tenant, now: Staff.objects.filter(
            created_at__gte=tenant.usage_window(now)[0], created_at__lt=tenant.usage_window(now)[1]
        ),
        per="month",
    )


@pytest.mark.req(40)
def test_a_limit_per_month_counts_inside_the_window_alone(aurora: Tenant) -> None:
    aurora.plan_started_at = datetime(2026, 1, 31, tzinfo=UTC)
    put_on(aurora, arrivals=2)
    start, end = datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)
    with registry.temporarily(month_limit()), tenant_scope(aurora):
        for instant in (start - timedelta(seconds=1), start, end - timedelta(seconds=1), end):
            Staff.objects.create(name="Came", created_at=instant)
        line = Entitlements(aurora, start).usage_of("arrivals")
        assert (line.text, line.window) == ("2 / 2", (start, end))
        with pytest.raises(LimitReached):
            Entitlements(aurora, start).require_room("arrivals")
        Entitlements(aurora, end).require_room("arrivals")
        lines = {line.limit.key: line for line in Entitlements(aurora, start).usage()}
    assert lines["arrivals"].window == (start, end)
    assert lines["staff"].window is None


@pytest.mark.req(84, 85)
def test_counting_from_a_new_start_leaves_the_old_count_behind(aurora: Tenant) -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    aurora.plan_started_at = start
    put_on(aurora, arrivals=2)
    upgrade = start + timedelta(days=10)
    with registry.temporarily(month_limit()), tenant_scope(aurora):
        for day in (1, 2):
            Staff.objects.create(name="Came", created_at=start + timedelta(days=day))
        assert Entitlements(aurora, upgrade).usage_of("arrivals").text == "2 / 2"
        aurora.plan_started_at = upgrade
        assert Entitlements(aurora, upgrade).usage_of("arrivals").text == "0 / 2"


def test_what_is_counted_per_month_cannot_be_paused() -> None:
    limit = Limit(
        "m", "M", usage=lambda t, now: Staff.objects.all(), per="month",
        pausable=lambda t: Staff.objects.all(),
    )  # fmt: skip
    with pytest.raises(ValueError, match="not paused"), registry.temporarily(limit):
        pass
