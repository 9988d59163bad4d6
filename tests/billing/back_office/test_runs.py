"""Runs of the reconciliation: one at a time, in the background, kept, and as a command."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from billing.models import BalanceAccount, Reconciliation
from billing.services.reconciliation import reconciling as reconciliation
from billing.services.reconciliation.reconciling import OnItsWay, begin, carry_out
from billing.tasks import reconciliation as reconciliation_tasks
from saas.celery import app
from saas.core import events
from tenants.models import Tenant, User
from tests.billing.back_office.shop import Till
from tests.billing.money import NOW, give_funds

State = Reconciliation.State


def spoil(tenant: Tenant) -> None:
    give_funds(tenant, 4700)
    BalanceAccount.objects.filter(tenant=tenant).update(balance=4800)


def command(*arguments: str) -> tuple[int, str]:
    """Its exit status, and what it prints."""
    out = StringIO()
    try:
        call_command("reconcile", *arguments, stdout=out, stderr=StringIO())
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_run_is_begun_told_of_and_carried_out(
    aurora: Tenant, olivia: User, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:  # fmt: skip
    told: list[int] = []
    monkeypatch.setitem(
        events._handlers, "billing.reconciliation_due",
        [lambda reconciliation_id: told.append(reconciliation_id)],
    )  # fmt: skip
    spoil(aurora)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        run = begin(by=olivia, now=NOW)
    assert told == [run.pk]
    assert (run.state, run.by, run.since) == (State.RUNNING, olivia, NOW - timedelta(days=7))
    for _delivery in range(2):
        carry_out(run.pk)
    run.refresh_from_db()
    assert (run.state, run.count, run.progress) == (State.DONE, 1, "")
    assert run.findings[0]["kind"] == "balance_sum"


def test_two_do_not_run_at_once(world: object) -> None:
    run = begin(by=None, now=NOW)
    with pytest.raises(OnItsWay):
        begin(by=None, now=NOW + timedelta(minutes=9))
    carry_out(run.pk)
    begin(by=None, now=NOW + timedelta(minutes=9))


def test_run_whose_worker_was_lost_does_not_block_the_next(world: object) -> None:
    lost = begin(by=None, now=NOW)
    begin(by=None, now=NOW + timedelta(minutes=10))
    lost.refresh_from_db()
    assert lost.state == State.LOST
    carry_out(lost.pk)
    lost.refresh_from_db()
    assert lost.state == State.LOST


def test_run_that_breaks_down_says_so(world: object, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(reconciliation, "reconcile", breaks)
    run = begin(by=None, now=NOW)
    with pytest.raises(ZeroDivisionError):
        carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == State.LOST


def test_every_night_there_is_a_report_and_old_ones_go(world: object, today: None) -> None:
    old = begin(by=None, now=NOW - timedelta(days=91))
    recent = begin(by=None, now=NOW - timedelta(days=89))
    reconciliation_tasks.reconcile_nightly()
    kept = set(Reconciliation.objects.values_list("pk", flat=True))
    assert old.pk not in kept
    assert recent.pk in kept
    assert Reconciliation.objects.filter(state=State.RUNNING).count() == 1
    reconciliation_tasks.reconcile_nightly()  # one is on its way: nothing more
    assert Reconciliation.objects.filter(state=State.RUNNING).count() == 1
    assert app.conf.beat_schedule["compare the books"]["task"] == (
        "billing.tasks.reconciliation.reconcile_nightly"
    )
    assert "billing.tasks.reconciliation.carry_out" in app.tasks


def test_command_ends_well_where_everything_agrees(till: Till, world: object, today: None) -> None:
    status, text = command()
    assert status == 0
    assert text.startswith("No difference, in ")
    assert "Gateways were asked." in text
    assert Reconciliation.objects.get().count == 0


def test_command_lists_differences_and_ends_with_one(aurora: Tenant, today: None) -> None:
    spoil(aurora)
    status, text = command("--local")
    assert status == 1
    assert text.splitlines()[0] == (
        "1. balance_sum: Salon Aurora has $48.00; the movements come to $47.00."
    )
    assert text.splitlines()[-1].startswith("1 difference, in ")
    stored = Reconciliation.objects.get()
    assert (stored.is_local, stored.count) == (True, 1)


def test_command_goes_back_as_far_as_it_is_told(
    till: Till, free: Tenant, ana: User, today: None
) -> None:
    till.unheard_funds(free, ana, 5000, now=NOW)
    assert command("--local")[0] == 0
    assert command()[0] == 0  # it came just now
    run = Reconciliation.objects.latest("pk")
    assert run.since == NOW - timedelta(days=7)
    command("--days", "30")
    assert Reconciliation.objects.latest("pk").since == NOW - timedelta(days=30)


@pytest.mark.parametrize("days", ["0", "-1", "401"])
def test_command_refuses_a_wrong_number_of_days(world: object, days: str) -> None:
    with pytest.raises(CommandError, match="from 1 to 400"):
        call_command("reconcile", f"--days={days}")
