"""“Why can’t they …?”: the steps, the decision, and that it is the panel's own."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from plans.entitlements import UNLIMITED
from plans.models import Plan, PlatformSettings
from plans.registry import registry
from tenants.models import Tenant, User
from tenants.services.explaining import Explanation, UnknownQuestion, explain
from tenants.services.overrides import set_override
from tests.booking.pages import allow, counted, fill, put_on, switch

NOW = timezone.now()


def ask(tenant: Tenant, key: str, now: datetime | None = None) -> Explanation:
    tenant = Tenant.objects.select_related("plan").get(pk=tenant.pk)
    return explain(tenant, key, now or timezone.now())


def lines(explanation: Explanation) -> list[tuple[bool | None, str, str]]:
    return [(step.ok, step.title, step.detail) for step in explanation.steps]


def test_missing_feature_is_explained(aurora: Tenant, plan: Plan, small_plan: Plan) -> None:
    switch(plan, "booking_page.remove_branding", on=False)
    said = ask(aurora, "booking_page.remove_branding")
    assert lines(said) == [
        (True, "Salon Aurora is open", "Subscribed, on Team."),
        (True, "Parent capability: Booking page", "On in Team."),
        (False, "Capability: Remove “Powered by Tenantry”", "Off in Team. On in Free."),
        (None, "Overrides", "None for this."),
    ]
    assert not said.allowed
    assert said.verdict == "No: it is not part of Team."
    assert said.advice == "Move them to Free, or give them an override with an end date."


def test_child_is_off_with_its_parent(aurora: Tenant, plan: Plan, small_plan: Plan) -> None:
    switch(plan, "staff", on=False)
    switch(small_plan, "staff", on=False)
    said = ask(aurora, "staff.edit")
    assert lines(said)[1:3] == [
        (False, "Parent capability: Staff", "Off in Team. On in no plan."),
        (True, "Capability: Edit staff", "On in Team."),
    ]
    assert said.verdict == "No: it is not part of Team."
    assert said.advice == "Give them an override with an end date."


@pytest.mark.parametrize("key", ["staff", "staff.add", "limit:staff"])
def test_reached_limit_is_explained(key: str, aurora: Tenant, plan: Plan, small_plan: Plan) -> None:
    allow(plan, staff=2)
    allow(small_plan, staff=UNLIMITED)
    fill(aurora, "staff", 2)
    said = ask(aurora, key)
    assert (True, "Limit: Staff", "2 in Team. More in Free (unlimited).") in lines(said)
    assert (False, "Used: 2 / 2", "No room for one more.") in lines(said)
    assert said.verdict == "No: there is no room. Used: 2 / 2."
    assert (
        said.advice == "Move them to Free (unlimited), or give them an override with an end date."
    )


def test_room_is_explained(aurora: Tenant, plan: Plan) -> None:
    allow(plan, staff=5)
    fill(aurora, "staff", 2)
    said = ask(aurora, "staff.add")
    assert (True, "Used: 2 / 5", "Room for 3 more.") in lines(said)
    assert (said.allowed, said.verdict, said.advice) == (
        True,
        "Yes: nothing stands in the way.",
        "",
    )


def test_feature_alone_asks_for_no_room(aurora: Tenant, plan: Plan) -> None:
    allow(plan, staff=0)
    assert ask(aurora, "capability:staff").allowed
    assert ask(aurora, "staff.edit").allowed
    assert not ask(aurora, "staff").allowed


def test_month_that_is_counted_is_named(aurora: Tenant) -> None:
    start, end = aurora.usage_window(timezone.now())
    said = ask(aurora, "appointments")
    used = next(step for step in said.steps if step.title.startswith("Used"))
    span = f"Counted from {start.day} {start:%b %Y} to {end.day} {end:%b %Y}."
    assert used.detail == f"There is always room. {span}"


def test_override_is_named_with_its_reason_and_end(
    aurora: Tenant, plan: Plan, olivia: User
) -> None:
    switch(plan, "locations", on=False)
    allow(plan, staff=2)
    fill(aurora, "staff", 3)
    until = timezone.now() + timedelta(days=40)
    day = f"{until.day} {until:%b %Y}"
    now = timezone.now()
    set_override(aurora, "locations", True, reason="A trial.", until=until, by=olivia, now=now)
    set_override(aurora, "staff", 4, reason="Summer", until=None, by=olivia, now=now)
    feature, limit = ask(aurora, "capability:locations"), ask(aurora, "staff")
    assert lines(feature)[1] == (
        True, "Capability: Locations", f"Off in Team. On in Free. On by an override until {day}: A trial.",
    )  # fmt: skip
    assert feature.allowed
    assert "Overrides" not in [step.title for step in feature.steps]
    assert (True, "Limit: Staff", "2 in Team. 4 by an override: Summer.") in lines(limit)
    assert not ask(aurora, "capability:locations", until).allowed


def test_feature_that_an_override_takes_away_says_so(aurora: Tenant, olivia: User) -> None:
    now = timezone.now()
    set_override(aurora, "staff", False, reason="Abuse", until=None, by=olivia, now=now)
    said = ask(aurora, "staff.add")
    assert lines(said)[1] == (
        False, "Parent capability: Staff", "On in Team. Off by an override: Abuse.",
    )  # fmt: skip
    assert said.verdict == "No: an override switches it off."


@pytest.mark.parametrize(
    ("field", "title"),
    [
        ("activated_at", "Salon Aurora is not open yet"),
        ("suspended_at", "Salon Aurora is suspended"),
    ],
)
def test_business_that_is_not_open_may_nothing(field: str, title: str, aurora: Tenant) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(
        **{field: None if field == "activated_at" else timezone.now()}
    )
    said = ask(aurora, "staff.add")
    assert lines(said)[0][:2] == (False, title)
    assert (said.allowed, said.verdict) == (False, "No: the business is not open.")


def test_standing_is_told_to_the_console(aurora: Tenant, plan: Plan) -> None:
    PlatformSettings.objects.update(trial_plan=plan)
    end = timezone.now() + timedelta(days=9)
    Tenant.objects.filter(pk=aurora.pk).update(expires_at=end)
    day = f"{end.day} {end:%b %Y}"
    assert lines(ask(aurora, "staff"))[0][2] == f"Trial, on Team. Until {day}."


def test_unknown_key_is_refused_with_the_nearest(aurora: Tenant) -> None:
    with pytest.raises(UnknownQuestion, match=r"called “staf\.ad”\. Did you mean “staff\.add”\?"):
        ask(aurora, "staf.ad")
    for asked in ("xyzzy", "", ":", "limit:booking_page", "capability:service_extras", "a:staff"):
        with pytest.raises(UnknownQuestion):
            ask(aurora, asked)


@pytest.mark.parametrize("kind", ["plenty", "little"])
def test_every_answer_is_the_panels_own(kind: str, aurora: Tenant, plan: Plan) -> None:
    if kind == "little":
        allow(plan, **dict.fromkeys(plan.limits, 0))
        switch(plan, *list(plan.capabilities)[::3], on=False)
    tenant = Tenant.objects.select_related("plan").get(pk=aurora.pk)
    for key in registry.capabilities:
        if not key.endswith(".add"):
            assert ask(aurora, f"capability:{key}").allowed == tenant.entitlements.can(key)
    for key, limit in registry.limits.items():
        may = tenant.entitlements.can(limit.capability) and kind == "plenty"
        assert ask(aurora, f"limit:{key}").allowed == may


@pytest.mark.parametrize("allowed", [True, False])
def test_adding_in_the_panel_agrees(
    allowed: bool,
    aurora: Tenant,
    small_plan: Plan,
    ana: User,
    client_for: Callable[..., Client],
) -> None:
    allow(small_plan, staff=3)
    put_on(aurora, small_plan)
    fill(aurora, "staff", 2 if allowed else 3)
    assert ask(aurora, "staff.add").allowed is allowed
    added = client_for(ana, aurora).post("/panel/staff/add/", {"name": "Inês"})
    assert added.status_code == (302 if allowed else 409)


def test_answer_takes_four_queries_whatever_is_asked(aurora: Tenant, olivia: User) -> None:
    for number in range(20):
        Plan.objects.create(name=f"Plan {number}")
    now = timezone.now()
    set_override(aurora, "staff", 4, reason="Fair", until=None, by=olivia, now=now)
    for key in ("staff.add", "appointments", "booking_page.remove_branding"):
        tenant = Tenant.objects.select_related("plan").get(pk=aurora.pk)
        with counted() as queries:
            explain(tenant, key, now)
        assert len(queries) <= 4  # plans, overrides, usage; the platform's settings for its state


def run(*arguments: str) -> tuple[int, str]:
    """The command's exit code and what it said."""
    out = StringIO()
    try:
        call_command("explain", *arguments, stdout=out)
    except CommandError as error:
        return error.returncode, str(error)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def test_command_says_yes_no_and_unknown(aurora: Tenant, plan: Plan) -> None:
    code, said = run("salon-aurora", "staff.add")
    assert code == 0
    assert "✓ Capability: Add staff\n    On in Team.\n" in said
    assert said.endswith("\nYes: nothing stands in the way.\n")
    allow(plan, staff=0)
    code, said = run("salon-aurora", "staff.add")
    assert code == 1
    assert "✗ Used: 0 / 0" in said
    assert "\nNo: there is no room. Used: 0 / 0." in said
    assert run("salon-aurora", "staf.add") == (
        2, "There is no capability and no limit called “staf.add”. Did you mean “staff.add”?",
    )  # fmt: skip
    assert run("salon-aurra", "staff") == (
        2, "There is no business at “salon-aurra”. Did you mean “salon-aurora”?",
    )  # fmt: skip
    assert run("qqq", "staff") == (2, "There is no business at “qqq”.")
