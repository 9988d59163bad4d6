"""What was taken for a message that never left is back where it came from (decision D14)."""

import pytest

from credits.models import CreditEntry
from credits.services import movements, spending
from credits.services.movements import Why
from tenants.metering import Charge
from tenants.models import Tenant
from tests.credits.accounting import account, adds_up, have, spend, stand
from tests.tenants.allowance.month import NEXT, NOW, with_limit

pytestmark = pytest.mark.django_db


def test_each_part_goes_back_to_its_bucket_once(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 2)
    have(tenant, 5)
    spend(tenant, 4, "a")
    for _again in range(2):
        spending.give_back(tenant, "sms", ["a", "never charged"], NOW)
        assert stand(tenant) == (0, 5, 0)
    adds_up(account(tenant))
    assert spend(tenant, 4, "a") == Charge(2, 2)  # known, and not taken again
    assert stand(tenant) == (0, 5, 0)


def test_part_of_a_month_that_is_over_is_not_given_back(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 2)
    have(tenant, 5)
    spend(tenant, 4, "a")
    spend(tenant, 1, "b", now=NEXT)
    spending.give_back(tenant, "sms", ["a"], NEXT)
    assert stand(tenant) == (1, 5, 0)
    adds_up(account(tenant))


def test_message_that_was_paid_by_a_month_alone_that_is_over_moves_nothing_and_is_noted(
    aurora: Tenant,
) -> None:
    tenant = with_limit(aurora, 2)
    spend(tenant, 1, "a")
    spending.give_back(tenant, "sms", ["a"], NEXT)
    entry = CreditEntry.objects.get(kind="returned")
    assert (entry.monthly, entry.purchased) == (0, 0)
    assert stand(tenant) == (0, 0, 0)


def test_what_comes_back_settles_a_debt_first(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 0)
    have(tenant, 5)
    spend(tenant, 5, "a")
    why = Why(CreditEntry.Kind.TAKEN_BACK, "refund:1")
    movements.take_back(tenant, "sms", 3, why, now=NOW)
    assert stand(tenant) == (0, 0, 3)
    spending.give_back(tenant, "sms", ["a"], NOW)
    assert stand(tenant) == (0, 2, 0)
    adds_up(account(tenant))


def test_unlimited_use_is_given_back_for_display(aurora: Tenant) -> None:
    tenant = with_limit(aurora, -1)
    spend(tenant, 4, "a")
    spending.give_back(tenant, "sms", ["a"], NOW)
    assert stand(tenant) == (0, 0, 0)


def test_give_back_of_many_takes_the_same_few_statements(
    aurora: Tenant, django_assert_max_num_queries: object
) -> None:
    tenant = with_limit(aurora, 100)
    for n in range(30):
        spend(tenant, 1, f"k{n}")
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        spending.give_back(tenant, "sms", [f"k{n}" for n in range(30)], NOW)
    assert stand(tenant) == (0, 0, 0)
    adds_up(account(tenant))
