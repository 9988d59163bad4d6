"""The meter that comes with the product: a plan's messages per month, charged exactly once (decision D14)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from plans.models import Plan
from tenants.metering import Charge, meter
from tenants.models import Tenant, UsageCharge, UsageCounter
from tenants.scope import tenant_scope
from tenants.services.allowance import MonthlyMeter
from tests.tenants.allowance.month import BEGAN, NEXT, NOW, charge, used, with_limit


def test_the_one_in_use_is_the_monthly() -> None:
    assert isinstance(meter(), MonthlyMeter)


def test_what_fits_is_paid_from_the_month(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 10)
    assert charge(tenant, 1, 2, 3) == [Charge(1), Charge(2), Charge(3)]
    assert used(tenant) == 6
    assert charge(tenant) == []


def test_what_does_not_fit_takes_nothing_and_smaller_ones_still_fit(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 5)
    assert charge(tenant, 3, 3, 2, 1) == [Charge(3), None, Charge(2), None]
    assert used(tenant) == 5
    assert UsageCharge.objects.count() == 2


def test_nothing_is_included(aurora: Tenant) -> None:
    assert charge(with_limit(aurora, 0), 1) == [None]
    assert used(aurora) == 0


def test_without_a_ceiling_it_is_free_and_counted(aurora: Tenant) -> None:
    tenant = with_limit(aurora, -1)
    assert charge(tenant, 500, 784) == [Charge(), Charge()]
    assert used(tenant) == 1284
    assert set(UsageCharge.objects.values_list("is_counted", flat=True)) == {False}
    with tenant_scope(tenant):
        assert tenant.entitlements.usage_of("sms_per_month").text == "1284 / Unlimited"


def test_again_answers_what_it_was_charged_before(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 5)
    first = charge(tenant, 2, 4, 1)
    assert charge(tenant, 2, 4, 1) == first == [Charge(2), None, Charge(1)]
    assert charge(with_limit(aurora, -1), 2, 4, 1) == [Charge(2), Charge(), Charge(1)]
    assert charge(with_limit(aurora, 0), 2, 4, 1) == [Charge(2), Charge(), Charge(1)]
    assert used(tenant) == 7


def test_new_ones_among_old_ones_are_charged(aurora: Tenant) -> None:
    tenant = with_limit(aurora, 6)
    charge(tenant, 1, 1)
    assert charge(tenant, 1, 1, 2, 3, 2) == [Charge(1), Charge(1), Charge(2), None, Charge(2)]
    assert used(tenant) == 6


def test_channels_tenants_and_months_are_counted_apart(aurora: Tenant, borealis: Tenant) -> None:
    tenant, other = with_limit(aurora, 2), with_limit(borealis, 2)
    assert charge(tenant, 2) == [Charge(2)]
    assert charge(tenant, 2, since=5, channel="email") == [Charge()]
    assert charge(other, 2) == [Charge(2)]
    almost = NEXT - timedelta(microseconds=1)
    assert charge(tenant, 1, since=10, now=almost) == [None]
    assert charge(tenant, 1, since=10, now=NEXT) == [Charge(1)]
    assert [used(tenant), used(tenant, NEXT), used(other)] == [2, 1, 2]


def test_plan_that_starts_anew_counts_from_nothing(aurora: Tenant) -> None:
    charge(with_limit(aurora, 2), 2)
    Tenant.objects.filter(pk=aurora.pk).update(plan_started_at=NOW)
    tenant = with_limit(aurora, 2)
    assert charge(tenant, 2, since=5) == [Charge(2)]


def test_override_counts_and_ends(aurora: Tenant) -> None:
    until = (NOW + timedelta(days=1)).isoformat()
    aurora.overrides = {"limits": {"sms_per_month": {"value": 3, "until": until}}}
    aurora.save()
    assert charge(with_limit(aurora, 1), 3) == [Charge(3)]
    later = NOW + timedelta(days=2)
    assert charge(with_limit(aurora, 1, now=later), 1, since=5, now=later) == [None]


class TestGivingBack:
    def test_it_is_back_once(self, aurora: Tenant) -> None:
        tenant = with_limit(aurora, 6)
        charge(tenant, 1, 2, 3)
        for _ in range(2):
            meter().give_back(tenant, "sms", ["key1", "key2", "unknown"], NOW)
        assert used(tenant) == 1
        assert charge(tenant, 5, since=10) == [Charge(5)]

    def test_of_last_month_it_is_not_added_to_this_one(self, aurora: Tenant) -> None:
        tenant = with_limit(aurora, 5)
        charge(tenant, 4)
        charge(tenant, 3, since=5, now=NEXT)
        meter().give_back(tenant, "sms", ["key0"], NEXT)
        assert [used(tenant), used(tenant, NEXT)] == [4, 3]
        assert UsageCharge.objects.get(key="key0").returned_at == NEXT

    def test_others_keep_theirs(self, aurora: Tenant, borealis: Tenant) -> None:
        tenant, other = with_limit(aurora, 5), with_limit(borealis, 5)
        charge(tenant, 2)
        charge(other, 2)
        meter().give_back(other, "sms", ["key0"], NOW)
        meter().give_back(tenant, "email", ["key0"], NOW)
        assert [used(tenant), used(other)] == [2, 0]


class TestExhausted:
    def test_it_is_told_once(self, aurora: Tenant, told: list[tuple[int, str]]) -> None:
        tenant = with_limit(aurora, 3)
        charge(tenant, 3)
        assert told == [], "Nothing was refused yet."
        for since in (5, 6, 7):
            charge(tenant, 1, since=since)
        assert told == [(tenant.pk, "sms")]

    def test_smaller_ones_that_fit_do_not_make_it_twice(
        self, aurora: Tenant, told: list[tuple[int, str]]
    ) -> None:
        tenant = with_limit(aurora, 3)
        charge(tenant, 2, 2, 1, 1)
        charge(tenant, 1, since=10)
        assert len(told) == 1

    def test_again_in_the_next_month_and_for_a_higher_limit(
        self, aurora: Tenant, told: list[tuple[int, str]]
    ) -> None:
        charge(with_limit(aurora, 1), 1, 1)
        charge(with_limit(aurora, 2), 1, 1, since=10)
        assert len(told) == 2
        charge(with_limit(aurora, 2), 1, 1, 1, since=20, now=NEXT)
        assert len(told) == 3

    def test_each_channel_by_itself(self, aurora: Tenant, told: list[tuple[int, str]]) -> None:
        tenant = with_limit(aurora, 0)
        tenant.plan.limits["emails_per_month"] = 0
        charge(tenant, 1)
        charge(tenant, 1, since=5, channel="email")
        assert told == [(tenant.pk, "sms"), (tenant.pk, "email")]

    def test_nothing_is_told_of_what_did_not_happen(
        self, aurora: Tenant, told: list[tuple[int, str]]
    ) -> None:
        tenant = with_limit(aurora, 1)

        class Undone(Exception):
            pass

        with pytest.raises(Undone), transaction.atomic():
            charge(tenant, 2)
            raise Undone
        assert not UsageCounter.objects.exists()
        charge(tenant, 2)
        assert len(told) == 2, "Recorded each time in a transaction, of which the first was undone."


@pytest.mark.parametrize("count", [1, 300])
def test_one_statement_where_all_is_new_and_fits(aurora: Tenant, count: int) -> None:
    tenant = with_limit(aurora, 500)
    with CaptureQueriesContext(connection) as queries:
        charge(tenant, *[1] * count)
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == 1


@pytest.mark.parametrize("count", [2, 300])
def test_and_a_few_where_not_all_fit(aurora: Tenant, count: int) -> None:
    tenant = with_limit(aurora, 1)
    with CaptureQueriesContext(connection) as queries:
        charge(tenant, *[1] * count)
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) <= 9


def test_database_refuses_a_second_charge_and_a_negative_count(aurora: Tenant) -> None:
    charge(with_limit(aurora, 5), 1)
    row = UsageCharge.objects.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        UsageCounter.objects.update(used=-1)


def test_limit_is_shown_with_its_number(aurora: Tenant, plan: Plan) -> None:
    tenant = with_limit(aurora, 50)
    charge(tenant, 3)
    with tenant_scope(tenant):
        lines = {one.limit.key: one for one in tenant.entitlements.usage()}
    assert lines["sms_per_month"].text == "3 / 50"
    assert lines["sms_per_month"].window == (BEGAN, NEXT)
    assert "whatsapp_per_month" in lines
    assert "emails_per_month" in lines
