"""The month's allowance first, then what was bought, once for each key."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from credits.models import CreditEntry
from credits.services import accounts, spending
from credits.services.accounts import UnknownChannel, left
from credits.services.spending import ImpossibleUnits
from tenants.metering import Charge, Item, meter
from tenants.models import Tenant
from tests.credits.accounting import account, adds_up, have, spend, stand
from tests.tenants.allowance.month import BEGAN, NEXT, NOW, used, with_limit

pytestmark = pytest.mark.django_db


@pytest.mark.req(115, 116)
def test_month_is_used_before_purchased_credits_are_touched(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 3)
    have(tenant, 10)
    assert [spend(tenant) for _ in range(3)] == [Charge(1, 0)] * 3
    assert stand(tenant) == (3, 10, 0)
    assert spend(tenant) == Charge(0, 1)
    assert stand(tenant) == (3, 9, 0)
    adds_up(account(tenant))


@pytest.mark.req(115, 117)
def test_message_over_the_edge_takes_from_both(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 3)
    have(tenant, 10)
    spend(tenant, 2)
    paid = spend(tenant, 4)
    assert paid == Charge(1, 3)
    assert type(paid.from_month) is int
    assert stand(tenant) == (3, 7, 0)
    adds_up(account(tenant))


def test_nothing_is_taken_where_it_is_not_enough_and_a_smaller_one_still_fits(
    aurora: Tenant,
) -> None:
    tenant = with_limit(aurora, 1)
    have(tenant, 2)
    assert spend(tenant, 4) is None
    assert stand(tenant) == (0, 2, 0)
    assert spend(tenant, 3) == Charge(1, 2)
    assert spend(tenant) is None


def test_key_that_comes_again_is_paid_once_and_answers_the_same(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 1)
    have(tenant, 5)
    assert spend(tenant, 3, "same") == Charge(1, 2)
    assert spend(tenant, 3, "same") == Charge(1, 2)
    assert spend(tenant, 1, "same") == Charge(1, 2)
    assert stand(tenant) == (1, 3, 0)
    assert CreditEntry.objects.filter(kind="spent").count() == 1


def test_key_is_still_known_when_nothing_is_left_and_in_the_next_month(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 1)
    assert spend(tenant, 1, "same") == Charge(1, 0)
    assert spend(tenant, 1, "other") is None
    assert spend(tenant, 1, "same") == Charge(1, 0)
    assert spend(tenant, 1, "same", now=NEXT) == Charge(1, 0)
    assert used(tenant, NEXT) == 0


def test_batch_pays_in_order_and_what_fits(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 2)
    have(tenant, 3)
    items = [Item("a", 1), Item("b", 9), Item("c", 3), Item("a", 1), Item("d", 1), Item("e", 1)]
    paid = spending.charge(tenant, "sms", items, NOW)
    assert paid == [Charge(1, 0), None, Charge(1, 2), Charge(1, 0), Charge(0, 1), None]
    assert stand(tenant) == (2, 0, 0)
    adds_up(account(tenant))


def test_batch_that_fits_is_one_statement_whatever_its_size(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 500)
    spend(tenant)
    for size in (1, 100):
        items = [Item(f"{size}:{n}", 1) for n in range(size)]
        with CaptureQueriesContext(connection) as counted:
            assert all(spending.charge(tenant, "sms", items, NOW))
        assert len(counted) == 3, counted.captured_queries  # savepoint, statement, release
    adds_up(account(tenant))


@pytest.mark.req(116)
def test_unlimited_plan_never_touches_purchased_credits(aurora: Tenant) -> None:
    tenant = with_limit(aurora, -1)
    have(tenant, 5)
    assert spend(tenant, 9) == Charge(0, 0)
    assert stand(tenant) == (9, 5, 0)
    assert used(tenant) == 9
    adds_up(account(tenant))


def test_limit_of_none_lets_purchased_credits_be_spent(aurora: Tenant) -> None:
    """Decision D2."""
    tenant = with_limit(aurora, 0)
    assert spend(tenant) is None
    have(tenant, 2)
    assert spend(tenant) == Charge(0, 1)


def test_limit_that_was_lowered_below_what_is_used_takes_purchased_credits(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 10)
    spend(tenant, 8)
    tenant = with_limit(tenant, 5)
    have(tenant, 4)
    assert spend(tenant, 2) == Charge(0, 2)
    assert stand(tenant) == (8, 2, 0)
    assert left(tenant, account(tenant), NOW).month_left == 0


def test_new_month_begins_with_the_first_spend(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 3)
    have(tenant, 5)
    spend(tenant, 4)
    assert stand(tenant) == (3, 4, 0)
    assert spend(tenant, 2, now=NEXT) == Charge(2, 0)
    assert stand(tenant) == (2, 4, 0)
    one = account(tenant)
    assert (one.window_start, one.renews_at) == tenant.usage_window(NEXT)
    adds_up(one)


def test_worker_that_knows_the_month_before_does_not_bring_it_back(aurora: Tenant) -> None:
    """It has read the tenant before an upgrade, which began a new month."""
    tenant = with_limit(aurora, 3)
    spend(tenant, 3, now=NEXT)
    late = with_limit(aurora, 3)
    assert spend(late, 1, now=NOW) is None
    one = account(tenant)
    assert (one.window_start, one.monthly_used) == (NEXT, 3)
    assert one.renews_at == tenant.usage_window(NEXT)[1]


@pytest.mark.req(84)
def test_upgrade_begins_a_new_month(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 3)
    spend(tenant, 3)
    Tenant.objects.filter(pk=tenant.pk).update(plan_started_at=NOW)
    tenant = with_limit(tenant, 3)
    assert spend(tenant, now=NOW + timedelta(minutes=1)) == Charge(1, 0)


def test_channels_and_tenants_have_accounts_of_their_own(aurora: Tenant, borealis: Tenant) -> None:
    tenant, other = with_limit(aurora, 1), with_limit(borealis, 1)
    have(tenant, 2)
    assert spend(other, 1, "same") == Charge(1, 0)
    assert spend(tenant, 1, "same") == Charge(1, 0)
    assert spend(tenant, 1, "same", channel="whatsapp") != Charge(0, 1)
    assert spend(other, 1, "more") is None
    assert stand(tenant) == (1, 2, 0)


@pytest.mark.parametrize("units", [0, -1, 1001, 10**10])
def test_impossible_units_are_refused(aurora: Tenant, units: int) -> None:
    tenant = with_limit(aurora, 5)
    with pytest.raises(ImpossibleUnits, match="1 to 1000 credits"):
        spend(tenant, units)
    assert not CreditEntry.objects.exists()


def test_unknown_channel_is_refused(aurora: Tenant) -> None:
    with pytest.raises(UnknownChannel, match="pigeon"):
        spend(aurora, channel="pigeon")


def test_spend_that_is_refused_leaves_the_callers_transaction_whole(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 0)
    with transaction.atomic():
        assert spend(tenant) is None
        Tenant.objects.filter(pk=tenant.pk).update(name="Still here")
    tenant.refresh_from_db()
    assert tenant.name == "Still here"


def test_what_is_shown_of_an_untouched_account_is_the_present_month(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 3)
    shown = left(tenant, accounts.account_of(tenant, "sms"), NOW)
    assert (shown.used, shown.month_left, shown.total) == (0, 3, 3)
    spend(tenant, 2)
    assert left(tenant, account(tenant), NOW).month_left == 1
    assert left(tenant, account(tenant), NEXT).month_left == 3
    assert shown.renews_at == NEXT
    assert tenant.usage_window(NOW)[0] == BEGAN


def test_meter_in_use_is_the_one_of_credits(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 1)
    have(tenant, 1)
    paid = meter().charge(tenant, "sms", [Item("a", 2)], NOW)
    assert paid == [Charge(1, 1)]
    assert used(tenant) == 1
    meter().give_back(tenant, "sms", ["a"], NOW)
    assert stand(tenant) == (0, 1, 0)
