"""How fast credits go: what messages took in 30 days, found by number and not by date."""

from datetime import timedelta

import pytest

from credits.forecast import LOOKS_BACK, SHORTEST, Pace
from credits.panel.standing import standings
from credits.services import spending
from tenants.models import Tenant
from tests.booking.pages import counted
from tests.credits.accounting import have, spend
from tests.tenants.allowance.month import NOW

DAY = timedelta(days=1)


def paces_of(tenant: Tenant) -> dict[str, Pace]:
    """By channel, where something was sent lately."""
    found = standings(tenant, NOW, with_pace=True)
    return {one.key: one.pace for one in found if one.pace}


def test_only_the_last_thirty_days_count(salon: Tenant) -> None:
    have(salon, 1000, now=NOW - 80 * DAY)
    for days in range(75, 0, -1):
        spend(salon, days % 7 + 1, now=NOW - days * DAY)
    lately = sum(days % 7 + 1 for days in range(1, 30))
    assert paces_of(salon) == {"sms": Pace(lately, LOOKS_BACK)}


@pytest.mark.parametrize("count", [0, 1, 2, 3, 8, 31])
@pytest.mark.parametrize("old", [0, 1, 2, 5, 16])
def test_boundary_is_found_wherever_it_is(count: int, old: int, salon: Tenant) -> None:
    for number in range(old):
        spend(salon, 7, now=NOW - 40 * DAY + number * DAY / 10)
    for number in range(count):
        spend(salon, 2, now=NOW - 3 * DAY + number * DAY / 100)
    over = LOOKS_BACK if old else 3 * DAY
    found = paces_of(salon).get("sms")
    assert found == (Pace(2 * count, over) if count else None)


def test_what_came_back_was_not_used_and_what_was_bought_is_no_use(salon: Tenant) -> None:
    spend(salon, 5, now=NOW - 2 * DAY)
    spend(salon, 4, "four", now=NOW - DAY)
    have(salon, 1000)
    spending.give_back(salon, "sms", ["four"], NOW)
    assert paces_of(salon) == {"sms": Pace(5, 2 * DAY)}


def test_first_hour_is_taken_for_a_day(salon: Tenant) -> None:
    spend(salon, 5, now=NOW - timedelta(minutes=5))
    assert paces_of(salon) == {"sms": Pace(5, SHORTEST)}


def test_nothing_is_said_of_those_who_sent_nothing(salon: Tenant, borealis: Tenant) -> None:
    have(salon, 5)
    spend(borealis, 5)
    assert paces_of(salon) == {}


def test_channels_are_told_apart_in_one_query(salon: Tenant) -> None:
    spend(salon, 5, now=NOW - DAY)
    spend(salon, 7, channel="email", now=NOW - DAY)
    assert salon.platform_settings  # read once
    with counted() as queries:
        assert paces_of(salon) == {"sms": Pace(5, DAY), "email": Pace(7, DAY)}
    assert len(queries) == 1
