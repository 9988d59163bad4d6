"""Many at the same account at once, some of them killed: Σ is exact, and no key is charged twice."""

import json
import random
import time

import pytest
from django.conf import settings

from credits.models import CreditEntry
from credits.services import spending
from tenants.models import Tenant
from tests.credits.accounting import account, adds_up, have, spend, stand
from tests.credits.spending.spender import size_of
from tests.crew import crew
from tests.tenants.allowance.month import NOW, with_limit
from tests.tenants.allowance.test_races import all_at_once

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
PROCESSES, CEILING = 16, 150
KILLED, AT_ONCE = 4, 3
SCRIPT = """
import sys
import django
django.setup()
from tests.credits.spending import spender
getattr(spender, sys.argv[1])(*map(int, sys.argv[2:]))
"""


@pytest.mark.req(116, 117)
def test_sixteen_processes_spend_exactly_what_there_is(aurora: Tenant) -> None:
    """Half of the calls repeat a key, sizes are mixed, months begin and packs arrive meanwhile."""
    tenant = with_limit(aurora, CEILING)
    have(tenant, 30)
    with crew(SCRIPT, 1) as team:
        team.hire("work_together", str(tenant.pk), str(PROCESSES))
        answers = json.loads(team.said()[0])
    assert len(answers) == PROCESSES
    one = account(tenant)
    adds_up(one)
    entries = {row.key: row for row in CreditEntry.objects.filter(account=one, kind="spent")}
    assert {key for paid in answers for key in paid} == set(entries)
    for paid in answers:
        for key, parts in paid.items():
            row = entries[key]
            assert parts == [-row.monthly, -row.purchased], key
            assert sum(parts) == size_of(key)
    for row in entries.values():
        assert not row.purchased or row.monthly_used_after == CEILING, "The month had room."
    months = {row.window_start for row in entries.values()}
    assert len(months) == 3
    for month in months:
        spent = -sum(row.monthly for row in entries.values() if row.window_start == month)
        assert spent <= CEILING


def test_workers_that_are_killed_leave_nothing_half_done(aurora: Tenant) -> None:
    tenant = with_limit(aurora, CEILING)
    have(tenant, 100_000)
    dice, killed = random.Random(7), 0
    with crew(SCRIPT, AT_ONCE) as team:
        deadline = time.monotonic() + 60
        while killed < KILLED and time.monotonic() < deadline:
            while len(team.working) < team.size:
                team.hire("work_for_ever", str(tenant.pk))
            before = account(tenant).seq
            while account(tenant).seq < before + 150 and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(dice.random() * 0.05)
            team.kill(dice.choice(team.working))
            killed += 1
    assert killed == KILLED
    one = account(tenant)
    adds_up(one)
    assert one.seq > KILLED * 150


def test_last_credit_has_one_winner(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 0)
    have(tenant, 1)
    paid = all_at_once(lambda n: spend(tenant, 1, f"k{n}"))
    assert [one is not None for one in paid].count(True) == 1
    assert stand(tenant) == (0, 0, 0)


def test_key_of_everybody_is_charged_once_also_for_an_account_that_is_not_there_yet(
    aurora: Tenant,
) -> None:
    tenant = with_limit(aurora, 5)
    paid = all_at_once(lambda _: spend(tenant, 2, "same"))
    assert {one.from_month for one in paid} == {2}
    assert stand(tenant) == (2, 0, 0)
    adds_up(account(tenant))


def test_what_everybody_gives_back_comes_back_once(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 5)
    have(tenant, 10)
    spend(tenant, 8, "same")
    all_at_once(lambda _: spending.give_back(tenant, "sms", ["same"], NOW))
    assert stand(tenant) == (0, 10, 0)
    adds_up(account(tenant))
