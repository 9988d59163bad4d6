"""The table of tenants: what it lists, how it is searched, filtered and sorted, and what it costs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from plans.models import Plan, PlatformSettings
from plans.services.plans import duplicate_plan
from tenants.models import Tenant, TenantState, User
from tenants.tenant_table import DEACTIVATED, TenantTable
from tests.tenants.console.pages import HTMX, LIST, names, queries_of, text_of

Crowd = Callable[..., list[Tenant]]


def test_each_tenant_is_one_row_with_its_facts(
    desk: Client, aurora: Tenant, borealis: Tenant
) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(
        expires_at=timezone.datetime(2031, 3, 5, tzinfo=timezone.get_current_timezone())
    )
    response = desk.get(LIST)
    page = text_of(response)
    assert sorted(names(response)) == ["Borealis Yoga", "Salon Aurora"]
    assert "salon-aurora.localhost" in page
    assert "Team" in page
    assert "Subscribed" in page
    assert "5 Mar 2031" in page
    assert "2 tenants" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=AURORA", ["Salon Aurora"]),
        ("q=salon-aur", ["Salon Aurora"]),
        ("q=http://salon-aurora.localhost/", ["Salon Aurora"]),
        ("q=carla@borealis", ["Borealis Yoga"]),
        ("q=bruno@aurora", []),
        ("q=%25", []),
        ("q=%00", ["Borealis Yoga", "Salon Aurora"]),
        ("plan=abc&state=nonsense&page=99&sort=-nothing", ["Borealis Yoga", "Salon Aurora"]),
        ("plan=99999999999999999999", ["Borealis Yoga", "Salon Aurora"]),
        ("sort=name", ["Borealis Yoga", "Salon Aurora"]),
        ("sort=-name", ["Salon Aurora", "Borealis Yoga"]),
        ("sort=-members", ["Salon Aurora", "Borealis Yoga"]),
        ("state=trial", []),
    ],
)
def test_search_filters_and_order(
    desk: Client, aurora: Tenant, borealis: Tenant, query: str, found: list[str]
) -> None:
    listed = names(desk.get(f"{LIST}?{query}"))
    assert (listed if "sort" in query else sorted(listed)) == found


def test_plan_filter_includes_hidden_plans(desk: Client, plan: Plan, aurora: Tenant) -> None:
    hidden = duplicate_plan(plan)
    Tenant.objects.filter(pk=aurora.pk).update(plan=hidden)
    assert names(desk.get(f"{LIST}?plan={hidden.pk}")) == ["Salon Aurora"]


def test_state_filter_agrees_with_the_state_of_each_tenant(
    aurora: Tenant, borealis: Tenant, plan: Plan, small_plan: Plan, crowd: Crowd
) -> None:
    now = timezone.now()
    lapsed = duplicate_plan(small_plan)
    PlatformSettings.objects.update(trial_plan=small_plan, expired_plan=lapsed)
    platform = PlatformSettings.load()
    ends = [None, now, now - timedelta(days=1), now + timedelta(days=1)]
    for tenant, (chosen, end, active) in zip(
        crowd(24), ((p, e, a) for p in (plan, small_plan, lapsed) for e in ends for a in (1, 0)),
        strict=True,
    ):  # fmt: skip
        Tenant.objects.filter(pk=tenant.pk).update(
            plan=chosen, expires_at=end, activated_at=now if active else None
        )
    every = list(Tenant.objects.select_related("plan"))
    for state in TenantState.values:
        table = TenantTable(QueryDict(f"state={state}"), now=now, platform=platform)
        expected = {one.pk for one in every if one.state(now, platform) == state}
        assert {one.pk for one in table.matching()} == expected
        assert expected


def test_deactivated_tenants_can_be_listed(desk: Client, aurora: Tenant, borealis: Tenant) -> None:
    Tenant.objects.filter(pk=aurora.pk).update(suspended_at=timezone.now())
    response = desk.get(f"{LIST}?state={DEACTIVATED}")
    assert names(response) == ["Salon Aurora"]
    assert "Deactivated" in text_of(response)


def test_fifty_tenants_stand_on_a_page(desk: Client, crowd: Crowd, aurora: Tenant) -> None:
    crowd(60)
    first, second = desk.get(LIST), desk.get(f"{LIST}?page=2")
    assert len(names(first)) == 50
    assert not set(names(first)) & set(names(second))
    assert "1 to 50 of 62" in text_of(first)


@pytest.mark.parametrize("count", [1, 30])
def test_table_costs_six_queries_with_one_tenant_and_with_thirty(
    desk: Client, crowd: Crowd, world: object, count: int
) -> None:
    crowd(count)
    response, queries = queries_of(desk, f"{LIST}?q=crowd")
    assert len(names(response)) == count
    assert len(queries) <= 6, queries


def test_htmx_gets_the_table_alone(desk: Client, aurora: Tenant) -> None:
    response = desk.get(LIST, headers=HTMX)
    assert "<html" not in response.content.decode()
    assert "HX-Request" in response["Vary"]
    assert "Salon Aurora" in names(response)


def test_empty_tables_say_why(desk: Client, aurora: Tenant, olivia: User) -> None:
    assert "No tenant is like that" in text_of(desk.get(f"{LIST}?q=nobody"))
    Tenant.objects.all().delete()
    assert "No tenant yet" in text_of(desk.get(LIST))
