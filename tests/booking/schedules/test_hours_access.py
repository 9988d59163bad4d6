"""Whom the pages of hours let, whose rows they show, and what they cost."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from booking.models import SpecialHours, TimeOff
from booking.schedules import Owner
from booking.services.schedules import add_time_off, set_special_days
from plans.models import Plan
from saas.core import clock
from tenants.models import Tenant, User
from tests.booking.pages import queries_for, switch, words
from tests.booking.schedules.pages import NOW, Shop, at, inside, shop

__all__ = ["shop"]

Clients = Callable[..., Client]
WEEK = "/panel/hours/business/week/"
SPECIAL = "/panel/hours/business/special/"


@pytest.fixture(autouse=True)
def _pinned_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "true_now", lambda: NOW)


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def test_staff_role_looks_and_changes_nothing(shop: Shop, client_for: Clients, bruno: User) -> None:
    visitor = client_for(bruno, shop.tenant)
    page = words(visitor.get(f"/panel/staff/{shop.bruno.pk}/hours/"))
    assert "Weekly hours" in page
    assert "Change hours" not in page
    assert "Add time off" not in page
    for url in (WEEK, SPECIAL, f"/panel/staff/{shop.bruno.pk}/time-off/"):
        assert visitor.post(url, {}).status_code == 403


def test_hours_of_a_module_that_the_plan_lacks_are_not_there(
    shop: Shop, owner: Client, plan: Plan
) -> None:
    urls = [
        f"/panel/locations/{shop.baixa.pk}/hours/",
        f"/panel/hours/location-{shop.baixa.pk}/week/",
        f"/panel/hours/location-{shop.baixa.pk}/special/",
    ]
    assert {owner.get(url).status_code for url in urls} == {200}
    switch(plan, "locations", on=False)
    assert {owner.get(url).status_code for url in urls} == {404}
    wrong = ["staff-999999", "staff-", "nobody", f"staff-{'9' * 30}"]
    assert {owner.get(f"/panel/hours/{key}/week/").status_code for key in wrong} == {404}


def test_rows_of_another_tenant_are_not_here(
    shop: Shop, client_for: Clients, carla: User, borealis: Tenant
) -> None:
    with inside(shop.tenant):
        set_special_days(
            shop.tenant, Owner(), first=date(2027, 1, 20), last=date(2027, 1, 20), spans=[]
        )
        special = SpecialHours.objects.get().pk
        off = add_time_off(shop.tenant, shop.bruno, starts_at=at(9), ends_at=at(10)).pk
    foreign = client_for(carla, borealis)
    for url in (
        f"/panel/hours/business/special/{special}/remove/",
        f"/panel/time-off/{off}/remove/",
        f"/panel/staff/{shop.bruno.pk}/hours/",
    ):
        assert foreign.get(url).status_code == 404
        assert foreign.post(url).status_code == 404
    with inside(shop.tenant):
        assert TimeOff.objects.filter(pk=off).exists()
        assert SpecialHours.objects.filter(pk=special).exists()


@pytest.mark.parametrize("count", [1, 30])
def test_page_takes_the_same_queries_whatever_there_is(
    count: int, shop: Shop, owner: Client
) -> None:
    with inside(shop.tenant):
        for number in range(count):
            day = date(2027, 2, 1) + timedelta(days=2 * number)
            set_special_days(shop.tenant, Owner(staff=shop.bruno), first=day, last=day, spans=[])
            start = at(12) + timedelta(days=number)
            add_time_off(
                shop.tenant, shop.bruno, starts_at=start, ends_at=start + timedelta(hours=1)
            )
    assert queries_for(owner, f"/panel/staff/{shop.bruno.pk}/hours/") == 8
    assert queries_for(owner, "/panel/hours/") <= 5
    assert queries_for(owner, f"/panel/hours/staff-{shop.bruno.pk}/week/") == 6
