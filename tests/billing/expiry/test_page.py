"""The console's Renewals, the command, what the dashboard says of it, and the tasks behind them."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from billing.models import EndNotice
from billing.tasks import expiry as expiry_tasks
from plans.models import Plan, PlatformSettings
from plans.services.settings import save_platform_settings
from saas.celery import app
from saas.core import clock
from tenants.models import Tenant, User
from tests.billing.expiry.due import fresh, others, run, runs_out, subscribe
from tests.billing.expiry.test_trouble import break_schema, mend_schema
from tests.billing.money import give_funds
from tests.tenants.services import rows

URL = "/console/payments/renewals/"
DAY = timedelta(days=1)


@pytest.fixture
def desk(client_for: Callable[..., Client], olivia: User) -> Client:
    return client_for(olivia)


@pytest.fixture
def end() -> datetime:
    """A minute ago."""
    return clock.now().replace(microsecond=0) - timedelta(minutes=1)


def month_before(end: datetime) -> dict[str, datetime]:
    start = end - 30 * DAY
    return {"start": start, "period_end": end}


def words(response: HttpResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def expire(*arguments: str) -> str:
    out = StringIO()
    call_command("expire", *arguments, stdout=out)
    return out.getvalue()


def test_page_says_what_would_happen_to_each(
    desk: Client, aurora: Tenant, borealis: Tenant, plan: Plan, small_plan: Plan, expired: Plan,
    end: datetime,
) -> None:  # fmt: skip
    rows.rows(aurora, 3)
    subscribe(aurora, plan, **month_before(end))
    subscribe(borealis, plan, **month_before(end))
    give_funds(borealis, 4100)
    card, chosen = others(plan, 2)
    subscribe(
        card,
        plan,
        gateway="stripe",
        external_id="sub_1",
        paid_with="Visa 4242",
        **month_before(end),
    )
    subscribe(
        chosen, plan, next_plan=small_plan, next_cycle="monthly", next_amount=0, **month_before(end)
    )
    said = words(desk.get(URL))
    assert "Renews Team for $29.00 from the balance; $12.00 is left" in said
    assert "Waits For Visa 4242, until" in said
    assert "Moves To Free, as the tenant has chosen" in said
    assert "Lapses To the Expired plan, Resting Staff: 2 paused 2, 3" in said
    assert "Renew from their balance 1 $29.00" in said
    assert "Wait for a payment 1 3 days of grace" in said
    assert "Lapse 1 to Resting" in said
    assert "4 tenants" in said
    assert fresh(aurora).plan == plan


def test_page_looks_ahead_as_far_as_it_is_asked_to(
    desk: Client, plan: Plan, expired: Plan, end: datetime
) -> None:
    for days in (0, 5, 20, 40):
        others(plan, 1, end + days * DAY)
    for asked, count in (("", 1), ("0", 1), ("7", 2), ("30", 3), ("8", 1), ("x", 1), ("-7", 1)):
        assert desk.get(URL, {"days": asked}).context["forecast"].total == count
    page = desk.get(URL, {"days": "7"}).content.decode()
    assert re.search(r'href="[^"]*\?days=7" aria-current="true"', page)


def test_page_with_nobody_due_says_so(desk: Client, expired: Plan) -> None:
    assert "Nobody is due" in words(desk.get(URL))


@pytest.mark.req(57, 58)
def test_page_warns_and_lists_who_stayed_while_no_expired_plan_is_set(
    desk: Client, aurora: Tenant, plan: Plan, end: datetime
) -> None:
    runs_out(aurora, plan, end)
    said = words(desk.get(URL))
    assert "No Expired plan is chosen." in said
    assert "Stays On Team: no Expired plan is chosen" in said
    run(clock.now())
    said = words(desk.get(URL))
    assert "1 tenant kept a plan that has run out" in said
    assert "Salon Aurora" in said


@pytest.mark.parametrize("count", [1, 30])
def test_page_takes_eight_queries_whatever_the_number(
    desk: Client, plan: Plan, expired: Plan, end: datetime, count: int
) -> None:
    others(plan, count, end)
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(URL).status_code == 200
    asked = [query["sql"][:100] for query in queries if not query["sql"].startswith("SET ")]
    assert len(asked) <= 8, asked


def test_trouble_is_told_with_its_reason(
    desk: Client, aurora: Tenant, plan: Plan, expired: Plan, end: datetime
) -> None:
    runs_out(aurora, plan, end)
    break_schema(aurora)
    assert run(clock.now()).failed == 1
    mend_schema(aurora)
    assert "Tried 1 time without success: ProgrammingError" in words(desk.get(URL))
    assert "1 tenant could not be renewed or lapsed" in words(desk.get("/console/"))


def test_names_are_words_and_never_markup(
    desk: Client, aurora: Tenant, plan: Plan, expired: Plan, end: datetime
) -> None:
    runs_out(aurora, plan, end, name="<script>alert(1)</script>")
    page = desk.get(URL).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.req(57)
def test_dashboard_tells_how_many_stayed(
    desk: Client, aurora: Tenant, plan: Plan, end: datetime
) -> None:
    runs_out(aurora, plan, end)
    assert "kept a plan" not in words(desk.get("/console/"))
    run(clock.now())
    response = desk.get("/console/")
    assert "1 tenant kept a plan that has run out" in words(response)
    assert f'href="{URL}"' in response.content.decode()


def test_command_without_a_flag_sweeps(
    aurora: Tenant, plan: Plan, expired: Plan, end: datetime
) -> None:
    runs_out(aurora, plan, end)
    assert "1  Lapses" in expire()
    assert fresh(aurora).plan == expired
    assert expire() == ""


def test_dry_run_of_the_command_tells_and_changes_nothing(
    aurora: Tenant, plan: Plan, expired: Plan, end: datetime
) -> None:
    rows.rows(aurora, 3)
    runs_out(aurora, plan, end + 3 * DAY)
    assert "Salon Aurora" not in expire("--dry-run")
    said = expire("--dry-run", "--days", "7")
    assert "1  Lapse (to Resting)" in said
    assert "Salon Aurora\n    Lapses: To the Expired plan, Resting" in said
    assert "Paused, Staff: 2, 3" in said
    assert fresh(aurora).plan == plan


@pytest.mark.parametrize("arguments", [("--days", "7"), ("--dry-run", "--days", "-1")])
def test_command_refuses_what_makes_no_sense(db: None, arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="--days belongs to"):
        expire(*arguments)


def test_command_fails_where_a_tenant_did(
    aurora: Tenant, plan: Plan, expired: Plan, end: datetime
) -> None:
    runs_out(aurora, plan, end)
    break_schema(aurora)
    with pytest.raises(CommandError, match="1 could not be handled") as failed:
        expire()
    assert failed.value.returncode == 1


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tasks of this app run where they are enqueued."""
    tasks = (expiry_tasks.sweep_expiry, expiry_tasks.look_again, expiry_tasks.remind)
    for task in (*tasks, expiry_tasks.write_to_owner):
        here = lambda args=(), kwargs=None, task=task, **_: task(*args, **(kwargs or {}))  # noqa: E731
        monkeypatch.setattr(task, "apply_async", here)


def test_task_goes_on_while_there_are_more(
    plan: Plan, expired: Plan, end: datetime, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry_tasks, "SLICE", 2)
    tenants = others(plan, 5, end)
    expiry_tasks.sweep_expiry.delay()
    assert {fresh(tenant).plan for tenant in tenants} == {expired}


@pytest.mark.req(57)
def test_choosing_an_expired_plan_in_settings_looks_at_those_who_stayed(
    aurora: Tenant, plan: Plan, small_plan: Plan, end: datetime, at_once: None,
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    runs_out(aurora, plan, end)
    run(clock.now())
    with django_capture_on_commit_callbacks(execute=True):
        save_platform_settings({"platform_name": "Other"})
    assert fresh(aurora).plan == plan
    with django_capture_on_commit_callbacks(execute=True):
        save_platform_settings({"expired_plan": small_plan})
    assert fresh(aurora).plan == small_plan


def test_tasks_write_to_the_owners(
    aurora: Tenant, plan: Plan, expired: Plan, end: datetime, at_once: None, mailoutbox: list[Any]
) -> None:
    PlatformSettings.objects.update(trial_plan=plan)
    runs_out(aurora, plan, end + 2 * DAY, plan_started_at=end - 12 * DAY)
    for _ in range(2):
        expiry_tasks.remind.delay()
    assert [mail.to for mail in mailoutbox] == [["ana@aurora.example"]]
    assert EndNotice.objects.count() == 1


def test_sweep_and_letters_are_on_the_schedule() -> None:
    tasks = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {expiry_tasks.sweep_expiry.name, expiry_tasks.remind.name} <= tasks
