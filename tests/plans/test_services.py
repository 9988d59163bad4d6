"""The doors to plans: save, make the default, duplicate, delete."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from plans.drafts import PlanData
from plans.models import Plan, PlatformSettings
from plans.services.plans import (
    ChangedMeanwhile,
    PlanInUse,
    delete_plan,
    duplicate_plan,
    save_plan,
    set_default,
)
from plans.services.settings import save_platform_settings
from saas.core import events
from saas.core.errors import NotHere
from saas.core.models import AuditEntry
from tenants.models import Tenant


def fresh(plan: Plan) -> Plan:
    return Plan.objects.get(pk=plan.pk)


@pytest.mark.req(2)
def test_save_plan_writes_price_switches_and_ceilings_on_one_row(db: None) -> None:
    plan = save_plan(
        None,
        {
            "name": "Pro",
            "monthly_price": 2900,
            "annual_price": 29000,
            "capabilities": {"services": True, "staff": False},
            "limits": {"staff": 5, "services": -1},
        },
    )
    row = Plan.objects.values(
        "monthly_price", "annual_price", "capabilities", "limits", "is_default"
    ).get(pk=plan.pk)
    assert row == {
        "monthly_price": 2900,
        "annual_price": 29000,
        "capabilities": {"services": True, "staff": False},
        "limits": {"staff": 5, "services": -1},
        "is_default": False,
    }


def test_save_plan_keeps_keys_of_apps_that_are_not_installed(plan: Plan) -> None:
    Plan.objects.filter(pk=plan.pk).update(
        capabilities={"gone_app": True, "staff": True}, limits={"gone_things": 7}
    )
    save_plan(plan, {"capabilities": {"staff": False}, "limits": {"staff": 3}})
    assert fresh(plan).capabilities == {"gone_app": True, "staff": False}
    assert fresh(plan).limits == {"gone_things": 7, "staff": 3}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("<p>Fine</p><script>steal()</script>", "<p>Fine</p>"),
        ('<ul><li onclick="x()"><b>Bold</b></li></ul>', "<ul><li><b>Bold</b></li></ul>"),
        ("<p></p>", ""),
        ('<a href="javascript:x()">Link</a>', '<a rel="noopener nofollow">Link</a>'),
    ],
)
def test_save_plan_cleans_the_description(plan: Plan, typed: str, stored: str) -> None:
    assert save_plan(plan, {"description": typed}).description == stored


def test_save_plan_tells_whoever_listens_after_the_commit(
    plan: Plan, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    heard: list[int] = []
    monkeypatch.setitem(
        events._handlers, "plan.saved", [lambda plan_id, **_: heard.append(plan_id)]
    )
    with django_capture_on_commit_callbacks(execute=True):
        save_plan(plan, {"name": "Renamed"})
        assert heard == []
    assert heard == [plan.pk]


def test_save_plan_refuses_a_plan_that_was_saved_meanwhile(plan: Plan) -> None:
    shown = plan.version
    save_plan(plan, {"name": "First"}, seen=shown)
    with pytest.raises(ChangedMeanwhile) as caught:
        save_plan(plan, {"name": "Second"}, seen=shown)
    assert caught.value.plan.name == "First"
    assert fresh(plan).name == "First"


@pytest.mark.parametrize(
    "data",
    [
        {"name": ""},
        {"name": "x" * 61},
        {"name": "fREE"},
        {"color": "red"},
        {"color": "#12345"},
        {"monthly_price": -1},
        {"annual_price": 10_000_000_000},
        {"limits": {"staff": -2}},
        {"limits": {"staff": 10**12}},
        {"limits": {"staff": "5"}},
        {"limits": {"staff": True}},
        {"capabilities": {"staff": "yes"}},
        {"order_number": -1},
    ],
)
def test_save_plan_refuses_what_no_plan_may_have(
    plan: Plan, small_plan: Plan, data: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        save_plan(plan, data)
    assert fresh(plan).version == plan.version


def test_save_plan_of_a_deleted_plan_says_so(small_plan: Plan) -> None:
    lonely = duplicate_plan(small_plan)
    delete_plan(fresh(lonely))
    with pytest.raises(NotHere, match="Somebody deleted it"):
        save_plan(lonely, {"name": "Ghost"})
    assert not Plan.objects.filter(name="Ghost").exists()


@pytest.mark.req(47)
def test_set_default_moves_the_flag_to_one_plan(plan: Plan, small_plan: Plan) -> None:
    assert small_plan.is_default
    set_default(plan)
    assert list(Plan.objects.filter(is_default=True)) == [plan]
    set_default(plan)
    assert list(Plan.objects.filter(is_default=True)) == [plan]


@pytest.mark.req(48)
def test_set_default_moves_no_tenant(
    plan: Plan, small_plan: Plan, aurora: Tenant, borealis: Tenant
) -> None:
    before = list(Tenant.objects.order_by("pk").values_list("pk", "plan"))
    set_default(plan)
    set_default(small_plan)
    assert list(Tenant.objects.order_by("pk").values_list("pk", "plan")) == before


def test_two_defaults_are_impossible_in_the_database(plan: Plan, small_plan: Plan) -> None:
    with pytest.raises(IntegrityError, match="plan_default_once"), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(is_default=True)


def test_set_default_of_a_deleted_plan_leaves_the_old_default(small_plan: Plan) -> None:
    with pytest.raises(NotHere):
        set_default(Plan(pk=10**9))
    assert fresh(small_plan).is_default


def test_duplicate_is_hidden_not_default_and_otherwise_the_same(small_plan: Plan) -> None:
    copy = duplicate_plan(small_plan)
    assert (copy.name, copy.is_hidden, copy.is_default) == ("Free (copy)", True, False)
    for name in ("monthly_price", "color", "capabilities", "limits", "order_number"):
        assert getattr(copy, name) == getattr(small_plan, name)


def test_duplicates_of_one_plan_get_names_of_their_own(small_plan: Plan) -> None:
    names = [duplicate_plan(small_plan).name for _ in range(3)]
    assert names == ["Free (copy)", "Free (copy 2)", "Free (copy 3)"]


def test_duplicate_of_a_long_name_fits(small_plan: Plan) -> None:
    save_plan(small_plan, {"name": "n" * 60})
    first, second = duplicate_plan(small_plan), duplicate_plan(small_plan)
    assert max(len(first.name), len(second.name)) <= 60
    assert second.name.endswith("… (copy 2)")


@pytest.mark.req(97)
def test_copy_of_the_free_plan_becomes_one_without_new_appointments(small_plan: Plan) -> None:
    save_plan(small_plan, {"limits": {"appointments": 25}})
    copy = duplicate_plan(small_plan)
    save_plan(copy, {"name": "Lapsed", "limits": {"appointments": 0}})
    save_platform_settings({"expired_plan": copy})
    assert fresh(copy).limits == {**fresh(small_plan).limits, "appointments": 0}
    assert fresh(small_plan).limits["appointments"] == 25


@pytest.mark.req(98)
def test_delete_refuses_a_plan_with_tenants_and_says_how_many(
    plan: Plan, aurora: Tenant, borealis: Tenant
) -> None:
    with pytest.raises(PlanInUse) as caught:
        delete_plan(plan)
    assert str(caught.value.message) == (
        "2 tenants are on Team (Borealis Yoga, Salon Aurora). Move them to another plan first."
    )
    assert Plan.objects.filter(pk=plan.pk).exists()


@pytest.mark.req(98)
def test_delete_refuses_one_tenant_in_the_singular(
    plan: Plan, small_plan: Plan, aurora: Tenant
) -> None:
    lonely = duplicate_plan(plan)
    Tenant.objects.filter(pk=aurora.pk).update(plan=lonely)
    with pytest.raises(PlanInUse, match=r"1 tenant is on Team \(copy\) \(Salon Aurora\)"):
        delete_plan(lonely)


def test_delete_refuses_the_default_plan(small_plan: Plan) -> None:
    with pytest.raises(PlanInUse, match="Make another plan the default first"):
        delete_plan(small_plan)


def test_delete_refuses_the_trial_plan(small_plan: Plan) -> None:
    trial = duplicate_plan(small_plan)
    save_platform_settings({"trial_plan": trial})
    with pytest.raises(PlanInUse, match="Choose another one in Settings first"):
        delete_plan(trial)
    save_platform_settings({"trial_plan": None})
    delete_plan(trial)
    assert not Plan.objects.filter(pk=trial.pk).exists()


@pytest.mark.req(98)
def test_delete_refuses_the_expired_plan(small_plan: Plan) -> None:
    lapsed = duplicate_plan(small_plan)
    save_platform_settings({"expired_plan": lapsed})
    with pytest.raises(PlanInUse, match=r"is the Expired plan\. Choose another one in Settings"):
        delete_plan(lapsed)
    save_platform_settings({"expired_plan": None})
    delete_plan(lapsed)


def test_delete_names_every_obstacle_at_once(plan: Plan, aurora: Tenant) -> None:
    set_default(plan)
    save_platform_settings({"trial_plan": plan, "expired_plan": plan})
    with pytest.raises(PlanInUse) as caught:
        delete_plan(plan)
    assert len(caught.value.obstacles) == 4


def entries() -> list[tuple[str, str, dict[str, Any]]]:
    found = AuditEntry.objects.order_by("pk")
    return [(entry.verb, entry.subject_label, entry.changes) for entry in found]


def test_every_deed_is_in_the_audit_log_with_before_and_after(plan: Plan, small_plan: Plan) -> None:
    save_plan(plan, {"monthly_price": 3100, "limits": {"staff": 5}, "is_hidden": False})
    set_default(plan)
    set_default(plan)
    copy = duplicate_plan(small_plan)
    delete_plan(Plan.objects.get(pk=copy.pk))
    saved, made_default, added, deleted = entries()
    assert saved == (
        "plan.saved",
        "Team",
        {"monthly_price": ["$29.00", "$31.00"], "limits.staff": [-1, 5]},
    )
    assert made_default == ("plan.made_default", "Team", {"default plan": ["Free", "Team"]})
    assert (added[0], deleted[0]) == ("plan.added", "plan.deleted")
    assert added[2]["name"] == [None, "Free (copy)"]
    assert deleted[2]["name"] == ["Free (copy)", None]
    assert AuditEntry.objects.get(verb="plan.added").reason == "Copy of Free"


def test_refused_and_empty_saves_leave_no_entry(plan: Plan, small_plan: Plan) -> None:
    save_plan(plan, {"name": "Team"})
    with pytest.raises(ValidationError):
        save_plan(plan, {"name": "free"})
    with pytest.raises(PlanInUse):
        delete_plan(small_plan)
    assert entries() == []


@pytest.mark.parametrize(
    ("data", "noticed"),
    [
        ({"name": "Crew", "monthly_price": 1}, False),
        ({"limits": {"staff": 5}}, True),
        ({"limits": {"staff": -1}}, False),
        ({"limits": {"gone": 5}}, False),
        ({"capabilities": {"services": False}}, True),
        ({"capabilities": {"gone": True}}, False),
    ],
)
def test_saved_plan_tells_whether_its_tenants_notice(
    plan: Plan,
    data: PlanData,
    noticed: bool,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    heard: list[dict[str, Any]] = []
    monkeypatch.setitem(events._handlers, "plan.saved", [lambda **told: heard.append(told)])
    with django_capture_on_commit_callbacks(execute=True):
        save_plan(plan, data)
    assert heard == [{"plan_id": plan.pk, "terms_changed": noticed}]


def test_delete_twice_says_that_it_is_gone(small_plan: Plan) -> None:
    copy = duplicate_plan(small_plan)
    delete_plan(Plan.objects.get(pk=copy.pk))
    with pytest.raises(NotHere):
        delete_plan(copy)


def test_settings_refuse_what_cannot_be(db: None) -> None:
    with pytest.raises(ValidationError):
        save_platform_settings({"contact_email": "nobody"})
    assert PlatformSettings.load().contact_email == ""


@pytest.mark.req(9, 14)
def test_visible_plans_stand_by_order_number_without_hidden_ones(
    plan: Plan, small_plan: Plan
) -> None:
    first = save_plan(None, {"name": "First", "order_number": 1})
    save_plan(None, {"name": "Secret", "order_number": 0, "is_hidden": True})
    assert list(Plan.objects.visible()) == [first, small_plan, plan]
    assert [one.name for one in Plan.objects.in_order()][0] == "Secret"
