"""The tenant's menu follows the plan, from one page to the next."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.translation import gettext_lazy as _

from booking.models import Staff
from plans.models import Plan
from plans.registry import Capability, MenuItem, registry
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import fill, put_on, rows_of, switch, words

ALL = [
    "Home",
    "Calendar",
    "Appointments",
    "Customers",
    "Reports",
    "Services",
    "Staff",
    "Locations",
    "Hours",
    "Booking page",
    "Online payments",
    "On your phone",
    "Workflows",
    "Messages",
    "Team logins",
    "Billing",
]


@pytest.fixture
def owner(client_for: Callable[..., Client], ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def menu(client: Client) -> list[str]:
    groups = client.get("/panel/").context["nav_groups"]
    return [str(item["label"]) for group in groups for item in group]


@pytest.mark.req(21, 22)
@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("staff", "Staff"),
        ("services", "Services"),
        ("locations", "Locations"),
        ("customers", "Customers"),
        ("appointments", "Appointments"),
        ("reports", "Reports"),
    ],
)
def test_entry_of_a_missing_capability_is_absent_not_grey(
    key: str, label: str, owner: Client, plan: Plan
) -> None:
    assert menu(owner) == ALL
    switch(plan, key, on=False)
    gone = {label, "Calendar", "Hours"} if key == "appointments" else {label}
    assert menu(owner) == [entry for entry in ALL if entry not in gone]
    assert f"/panel/{key}/" not in words(owner.get("/panel/"))


@pytest.mark.req(100)
def test_menus_of_two_plans_differ_by_their_modules_alone(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan
) -> None:
    switch(small_plan, "staff", on=False)
    rich = menu(owner)
    put_on(aurora, small_plan)
    assert rich == ALL
    assert menu(owner) == [entry for entry in ALL if entry != "Staff"]


@pytest.mark.req(80, 81)
def test_module_goes_with_its_capability_and_its_data_come_back_with_it(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan
) -> None:
    keys = fill(aurora, "staff", 3)
    switch(plan, "staff", on=False)
    assert "Staff" not in menu(owner)
    assert owner.get("/panel/staff/").status_code == 404
    assert [row.pk for row in rows_of(aurora, "staff")] == keys

    put_on(aurora, small_plan)  # by another plan that has it
    assert "Staff" in menu(owner)
    assert len(owner.get("/panel/staff/").context["listing"].page) == 3

    put_on(aurora, plan)
    switch(plan, "staff", on=True)  # or by editing the present one
    assert len(owner.get("/panel/staff/").context["listing"].page) == 3


@pytest.mark.req(69)
def test_change_of_plan_is_in_force_on_the_very_next_page(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan
) -> None:
    fill(aurora, "staff", 5)
    assert owner.post("/panel/staff/add/", {"name": "Sixth"}).status_code == 302
    put_on(aurora, small_plan)
    assert owner.post("/panel/staff/add/", {"name": "Seventh"}).status_code == 409
    switch(small_plan, "staff.add", on=False)
    assert owner.post("/panel/staff/add/", {"name": "Seventh"}).status_code == 404
    put_on(aurora, plan)
    assert owner.post("/panel/staff/add/", {"name": "Seventh"}).status_code == 302
    with tenant_scope(aurora):
        assert Staff.objects.count() == 7


@pytest.mark.req(36, 44, 45)
def test_sixth_staff_is_blocked_on_screen_and_fits_after_the_move_up(
    owner: Client, aurora: Tenant, plan: Plan, small_plan: Plan
) -> None:
    put_on(aurora, small_plan)
    for number in range(5):
        assert owner.post("/panel/staff/add/", {"name": f"Staff {number}"}).status_code == 302
    refused = owner.post("/panel/staff/add/", {"name": "Sixth"})
    assert refused.status_code == 409
    assert "Staff: 5 / 5.</b> You’ve reached your plan’s limit" in words(refused)
    put_on(aurora, plan)
    assert owner.post("/panel/staff/add/", {"name": "Sixth"}).status_code == 302
    assert len(rows_of(aurora, "staff")) == 6


def test_add_ons_entry_shows_with_its_capability(owner: Client, plan: Plan) -> None:
    things = (
        Capability("coupons", _("Coupons")),
        MenuItem(_("Coupons"), url="billing:cycle", icon="ticket", capability="coupons", group=3),
    )
    with registry.temporarily(*things):
        assert "Coupons" not in menu(owner)
        switch(plan, "coupons", on=True)
        assert "Coupons" in menu(owner)
