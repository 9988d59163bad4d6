"""The doors to staff and services: capability, room, the tenant's own switch and the plan's."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from booking.models import Service, Staff
from booking.services import locations, services, staff
from plans.entitlements import CapabilityMissing, LimitReached
from plans.models import Plan
from saas.core.errors import Conflict, NotHere
from tenants.models import Tenant
from tenants.scope import current_schema, tenant_scope
from tests.booking.pages import allow, fill, put_on, row, rows_of, switch

Door = Callable[..., Any]
ADD = {
    "staff": staff.add_staff,
    "services": services.add_service,
    "locations": locations.add_location,
}
EDIT = {
    "staff": staff.edit_staff,
    "services": services.edit_service,
    "locations": locations.edit_location,
}
ACTIVE = {
    "staff": staff.set_staff_active,
    "services": services.set_service_active,
    "locations": locations.set_location_active,
}
DELETE = {
    "staff": staff.delete_staff,
    "services": services.delete_service,
    "locations": locations.delete_location,
}
FIELDS = {
    "staff": {"name": "Inês"},
    "services": {"name": "Cut", "minutes": 45, "price": 3800},
    "locations": {"name": "Baixa"},
}

each = pytest.mark.parametrize("module", ["staff", "services", "locations"])


@each
def test_add_writes_the_row_into_the_tenants_own_schema(
    module: str, aurora: Tenant, borealis: Tenant
) -> None:
    before = current_schema()
    added = ADD[module](aurora, **FIELDS[module])

    assert [r.pk for r in rows_of(aurora, module)] == [added.pk]
    assert rows_of(borealis, module) == []
    assert current_schema() == before
    assert added.in_use


@each
def test_add_in_another_tenants_scope_writes_to_the_tenant_it_was_asked_for(
    module: str, aurora: Tenant, borealis: Tenant
) -> None:
    with tenant_scope(borealis):
        ADD[module](aurora, **FIELDS[module])
        assert current_schema() == borealis.schema_name
    assert len(rows_of(aurora, module)) == 1
    assert rows_of(borealis, module) == []


@pytest.mark.req(33)
@each
def test_add_beyond_the_limit_is_refused(module: str, aurora: Tenant, plan: Plan) -> None:
    allow(plan, **{module: 3})
    fill(aurora, module, 3)
    with pytest.raises(LimitReached) as refusal:
        ADD[module](aurora, **FIELDS[module])
    assert (refusal.value.used, refusal.value.ceiling) == (3, 3)
    assert len(rows_of(aurora, module)) == 3


@pytest.mark.req(34)
@each
def test_add_without_a_ceiling_always_fits(module: str, aurora: Tenant, plan: Plan) -> None:
    allow(plan, **{module: -1})
    fill(aurora, module, 60)
    ADD[module](aurora, **FIELDS[module])
    assert len(rows_of(aurora, module)) == 61


@pytest.mark.req(35)
@each
def test_add_with_limit_zero_is_refused_at_once(module: str, aurora: Tenant, plan: Plan) -> None:
    allow(plan, **{module: 0})
    with pytest.raises(LimitReached):
        ADD[module](aurora, **FIELDS[module])
    assert rows_of(aurora, module) == []


@each
def test_add_counts_only_rows_in_use(module: str, aurora: Tenant, plan: Plan) -> None:
    allow(plan, **{module: 1})
    fill(aurora, module, 2, is_active=False)
    fill(aurora, module, 2, paused_at=timezone.now())
    ADD[module](aurora, **FIELDS[module])
    with pytest.raises(LimitReached):
        ADD[module](aurora, **FIELDS[module])


@pytest.mark.req(44)
def test_sixth_of_five_staff_is_refused_in_the_words_of_the_plan(
    aurora: Tenant, small_plan: Plan
) -> None:
    put_on(aurora, small_plan)
    fill(aurora, "staff", 5)
    with pytest.raises(LimitReached) as refusal:
        staff.add_staff(aurora, name="Inês")
    assert str(refusal.value.message) == (
        "Staff: 5 / 5. You’ve reached your plan’s limit — upgrade to a plan with more headroom."
    )


@pytest.mark.req(45)
def test_sixth_fits_as_soon_as_the_plan_is_bigger(
    aurora: Tenant, plan: Plan, small_plan: Plan
) -> None:
    put_on(aurora, small_plan)
    fill(aurora, "staff", 5)
    with pytest.raises(LimitReached):
        staff.add_staff(aurora, name="Inês")
    put_on(aurora, plan)
    staff.add_staff(aurora, name="Inês")
    assert len(rows_of(aurora, "staff")) == 6


@pytest.mark.req(18)
@pytest.mark.parametrize("off", ["module", "verb"])
@each
def test_every_door_is_shut_without_its_capability(
    module: str, off: str, aurora: Tenant, plan: Plan
) -> None:
    pk = fill(aurora, module, 1)[0]
    doors = {
        "add": lambda: ADD[module](aurora, **FIELDS[module]),
        "edit": lambda: EDIT[module](aurora, pk, name="Other"),
        "delete": lambda: DELETE[module](aurora, pk),
    }
    if off == "module":
        switch(plan, module, on=False)
    for verb, door in doors.items():
        if off == "verb":
            switch(plan, f"{module}.{verb}", on=False)
        with pytest.raises(CapabilityMissing):
            door()
    with pytest.raises(CapabilityMissing):
        ACTIVE[module](aurora, pk, active=False)
    assert [(r.name, r.is_active) for r in rows_of(aurora, module)] == [("Row 00", True)]


@each
def test_edit_writes_what_is_given_and_leaves_the_rest(module: str, aurora: Tenant) -> None:
    pk = ADD[module](aurora, **FIELDS[module]).pk
    before = row(aurora, module, pk)
    EDIT[module](aurora, pk, name="Other")
    after = row(aurora, module, pk)
    kept = {f.name: getattr(before, f.attname) for f in before._meta.fields if f.name != "name"}
    assert after.name == "Other"
    assert {name: getattr(after, after._meta.get_field(name).attname) for name in kept} == kept


@each
def test_edit_needs_no_room(module: str, aurora: Tenant, plan: Plan) -> None:
    pk = fill(aurora, module, 3)[0]
    allow(plan, **{module: 1})
    EDIT[module](aurora, pk, name="Other")
    assert row(aurora, module, pk).name == "Other"


@each
def test_switching_on_needs_room_like_adding(module: str, aurora: Tenant, plan: Plan) -> None:
    allow(plan, **{module: 1})
    fill(aurora, module, 1)
    off = fill(aurora, module, 1, is_active=False)[0]
    with pytest.raises(LimitReached):
        ACTIVE[module](aurora, off, active=True)
    assert not row(aurora, module, off).is_active


@each
def test_switching_on_what_is_on_needs_no_room(module: str, aurora: Tenant, plan: Plan) -> None:
    allow(plan, **{module: 1})
    pk = fill(aurora, module, 1)[0]
    ACTIVE[module](aurora, pk, active=True)
    assert row(aurora, module, pk).in_use


@each
def test_switching_off_makes_room(module: str, aurora: Tenant, plan: Plan) -> None:
    allow(plan, **{module: 1})
    pk = fill(aurora, module, 1)[0]
    ACTIVE[module](aurora, pk, active=False)
    ADD[module](aurora, **FIELDS[module])
    assert [r.is_active for r in rows_of(aurora, module)] == [False, True]


@each
def test_paused_row_is_brought_back_by_hand_into_a_free_place(
    module: str, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, **{module: 1})
    pk = fill(aurora, module, 1, paused_at=timezone.now())[0]
    assert ACTIVE[module](aurora, pk, active=True).in_use
    assert row(aurora, module, pk).in_use


@each
def test_paused_row_is_not_brought_back_without_room(
    module: str, aurora: Tenant, plan: Plan
) -> None:
    allow(plan, **{module: 1})
    fill(aurora, module, 1)
    pk = fill(aurora, module, 1, paused_at=timezone.now())[0]
    with pytest.raises(Conflict, match="paused by your plan, not deleted"):
        ACTIVE[module](aurora, pk, active=True)
    assert row(aurora, module, pk).is_paused


@each
def test_paused_row_that_is_switched_off_waits_for_no_plan(module: str, aurora: Tenant) -> None:
    pk = fill(aurora, module, 1, paused_at=timezone.now())[0]
    ACTIVE[module](aurora, pk, active=False)
    after = row(aurora, module, pk)
    assert (after.is_active, after.is_paused) == (False, False)


@each
def test_delete_takes_that_row_alone(module: str, aurora: Tenant) -> None:
    first, second = fill(aurora, module, 2)
    DELETE[module](aurora, first)
    assert [r.pk for r in rows_of(aurora, module)] == [second]


@each
def test_row_of_another_tenant_is_not_here(module: str, aurora: Tenant, borealis: Tenant) -> None:
    foreign = fill(borealis, module, 3)[-1]
    doors: list[Door] = [
        lambda: EDIT[module](aurora, foreign, name="Mine now"),
        lambda: ACTIVE[module](aurora, foreign, active=False),
        lambda: DELETE[module](aurora, foreign),
    ]
    for door in doors:
        with pytest.raises(NotHere):
            door()
    assert [(r.name, r.is_active) for r in rows_of(borealis, module)] == [
        (f"Row {n:02}", True) for n in range(3)
    ]


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(5, "5 min"), (45, "45 min"), (60, "1 h"), (75, "1 h 15"), (125, "2 h 05"), (1440, "24 h")],
)
def test_duration_as_people_write_it(minutes: int, text: str) -> None:
    assert Service(minutes=minutes).duration == text


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Staff, {"name": ""}),
        (Service, {"name": ""}),
        (Service, {"name": "Cut", "minutes": 4}),
        (Service, {"name": "Cut", "price": -1}),
    ],
)
def test_database_itself_refuses_nonsense(
    model: type[Staff | Service], fields: dict[str, Any], aurora: Tenant
) -> None:
    from django.db import IntegrityError, transaction

    with tenant_scope(aurora), pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**fields)
