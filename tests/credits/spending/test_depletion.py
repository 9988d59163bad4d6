"""Few are left, nothing is left: said once, and again after a refill, a new month or a higher limit."""

import pytest

from credits.services import accounts, renewing, spending
from tenants.metering import Item
from tenants.models import Tenant
from tests.credits.accounting import account, have, spend
from tests.tenants.allowance.month import NEXT, NOW, with_limit

pytestmark = pytest.mark.django_db
Told = list[tuple[str, str]]


@pytest.mark.req(121)
def test_last_credit_is_told_of_when_it_is_spent_and_only_then(aurora: Tenant, told: Told) -> None:
    tenant = with_limit(aurora, 10)
    spend(tenant, 7)
    assert told == []
    spend(tenant, 1)
    assert told == [("low", "sms")]
    spend(tenant, 1)
    assert told == [("low", "sms")]
    spend(tenant, 1)
    assert told == [("low", "sms"), ("exhausted", "sms")]
    spend(tenant)
    spend(tenant)
    assert told == [("low", "sms"), ("exhausted", "sms")]


def test_message_that_is_too_large_for_the_rest_is_told_of(aurora: Tenant, told: Told) -> None:
    tenant = with_limit(aurora, 10)
    accounts.set_warning(tenant, "sms", 0, NOW)
    spend(tenant, 8)
    assert spend(tenant, 3) is None
    assert told == [("exhausted", "sms")]
    spend(tenant, 2)
    assert told == [("exhausted", "sms")]


def test_refill_begins_anew(aurora: Tenant, told: Told) -> None:
    tenant = with_limit(aurora, 0)
    have(tenant, 2)
    spend(tenant, 2)
    have(tenant, 2)
    spend(tenant, 2)
    assert told.count(("exhausted", "sms")) == 2


def test_new_month_begins_anew_by_a_spend_and_by_the_beat(aurora: Tenant, told: Told) -> None:
    tenant = with_limit(aurora, 1)
    spend(tenant, 1)
    spend(tenant, 1, now=NEXT)
    assert told.count(("exhausted", "sms")) == 2
    later = tenant.usage_window(NEXT)[1]
    assert renewing.renew_due(NEXT) == 0
    assert renewing.renew_due(later) == 1
    one = account(tenant)
    assert (one.window_start, one.monthly_used, one.exhausted_ceiling) == (later, 0, None)
    assert one.renews_at == tenant.usage_window(later)[1]
    assert renewing.renew_due(later) == 0
    spend(tenant, 1, now=later)
    assert told.count(("exhausted", "sms")) == 3


def test_higher_limit_begins_anew_and_a_lower_one_does_not(aurora: Tenant, told: Told) -> None:
    tenant = with_limit(aurora, 1)
    spend(tenant, 1)
    tenant = with_limit(tenant, 2)
    spend(tenant, 1)
    assert told.count(("exhausted", "sms")) == 2
    tenant = with_limit(tenant, 1)
    spend(tenant, 1)
    assert told.count(("exhausted", "sms")) == 2


def test_credits_that_come_back_are_no_refill(aurora: Tenant, told: Told) -> None:
    tenant = with_limit(aurora, 1)
    spend(tenant, 1, "a")
    spending.give_back(tenant, "sms", ["a"], NOW)
    spend(tenant, 1)
    assert told.count(("exhausted", "sms")) == 1


def test_unlimited_plan_is_never_told_anything(aurora: Tenant, told: Told) -> None:
    spend(with_limit(aurora, -1), 50)
    assert told == []


@pytest.mark.parametrize(("chosen", "expected"), [(5, 5), (0, None), (None, 2)])
def test_warning_follows_the_tenants_choice(
    aurora: Tenant, told: Told, chosen: int | None, expected: int | None
) -> None:
    """Without one it is a fifth of what the month includes."""
    tenant = with_limit(aurora, 10)
    accounts.set_warning(tenant, "sms", chosen, NOW)
    for spent in range(1, 10):
        spend(tenant)
        is_low = expected is not None and 10 - spent <= expected
        assert told == ([("low", "sms")] if is_low else []), spent


def test_batch_that_spends_the_last_is_told_of_once(aurora: Tenant, told: Told) -> None:
    tenant = with_limit(aurora, 3)
    spending.charge(tenant, "sms", [Item(f"k{n}", 1) for n in range(9)], NOW)
    assert told == [("exhausted", "sms")]
