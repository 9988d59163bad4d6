"""What a service asks for and who offers it: deposits, groups, buffers, links, and where they are typed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from booking.deposits import deposit_of
from booking.models import Deposit, Location, Service, ServiceCategory, ServiceExtra, Staff
from booking.services.categories import edit_category
from booking.services.resources import WrongChoice
from booking.services.services import add_service, edit_service
from booking.services.staff import add_staff, edit_staff
from plans.models import Plan
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import fill, headings, switch, words
from tests.booking.schedules.pages import Shop, inside, shop

__all__ = ["shop"]

WITHOUT = "services.disable_deposit_payments"
ADD = "/panel/services/add/"
FORM = {"name": "Colour", "minutes": "30", "price": "25.00"}
WANTED = "Your plan asks for a deposit for every service that costs something."


@pytest.fixture
def owner(client_for: Callable[..., Client], ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def service(tenant: Tenant, name: str = "Colour") -> Service:
    with tenant_scope(tenant):
        return Service.objects.get(name=name)


@pytest.mark.req(29)
def test_plan_decides_whether_a_service_may_do_without_a_deposit(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    assert "No deposit" in words(owner.get(ADD))
    owner.post(ADD, FORM | {"deposit_kind": "none"})
    row = service(aurora)
    assert (row.deposit_kind, row.deposit) == ("none", 0)
    assert deposit_of(row, aurora.entitlements, price=2500) == 0

    switch(plan, WITHOUT, on=False)
    aurora.refresh_from_db()
    assert "No deposit" not in words(owner.get(ADD))
    for kind in ("none", ""):
        response = owner.post(ADD, FORM | {"name": "Roots", "deposit_kind": kind})
        assert response.status_code == 422
    assert WANTED in words(response)
    with pytest.raises(WrongChoice) as refusal:
        add_service(aurora, name="Roots", minutes=30, price=2500)
    assert refusal.value.field == "deposit_kind"
    with pytest.raises(WrongChoice):
        edit_service(aurora, row.pk, price=9900)
    assert service(aurora).price == 2500
    # Saved earlier without one: a fifth is asked, and it can still be renamed.
    assert deposit_of(row, aurora.entitlements, price=2500) == 500
    assert edit_service(aurora, row.pk, name="Colours").name == "Colours"
    owner.post(ADD, FORM | {"name": "Roots", "deposit_kind": "percent", "percent": "30"})
    assert service(aurora, "Roots").deposit == 30
    with tenant_scope(aurora):
        assert set(Service.objects.values_list("name", flat=True)) == {"Colours", "Roots"}


@pytest.mark.req(29)
def test_free_service_needs_no_deposit_on_any_plan(
    owner: Client, aurora: Tenant, plan: Plan
) -> None:
    switch(plan, WITHOUT, on=False)
    owner.post(ADD, FORM | {"price": "0", "deposit_kind": "percent", "percent": "20"})
    assert service(aurora).deposit_kind == Deposit.NONE
    aurora.refresh_from_db()
    assert deposit_of(service(aurora), aurora.entitlements, price=0) == 0


@pytest.mark.parametrize(
    ("kind", "deposit", "price", "asked"),
    [
        (Deposit.PERCENT, 20, 2500, 500),
        (Deposit.PERCENT, 33, 50, 17),  # 16.5 is rounded up
        (Deposit.PERCENT, 33, 1, 0),
        (Deposit.PERCENT, 100, 9_999_999_999, 9_999_999_999),
        (Deposit.FIXED, 1000, 2500, 1000),
        (Deposit.FIXED, 1000, 400, 400),
        (Deposit.NONE, 0, 2500, 0),
    ],
)
def test_deposit_is_a_part_or_an_amount_and_never_more_than_the_price(
    kind: Deposit, deposit: int, price: int, asked: int, aurora: Tenant
) -> None:
    row = Service(deposit_kind=kind, deposit=deposit)
    assert deposit_of(row, aurora.entitlements, price=price) == asked


BAD = [
    ({"deposit_kind": "percent", "percent": ""}, "Enter a whole number from 1 to 100."),
    ({"deposit_kind": "percent", "percent": "101"}, "Enter a whole number from 1 to 100."),
    ({"deposit_kind": "percent", "percent": "0"}, "Enter a whole number from 1 to 100."),
    ({"deposit_kind": "fixed"}, "Enter the amount that is asked for in advance."),
    ({"deposit_kind": "fixed", "amount": "0"}, "Enter the amount that is asked for in advance."),
    ({"deposit_kind": "fixed", "amount": "25.01"}, "The deposit is higher than the price."),
    ({"deposit_kind": "fixed", "amount": "ten"}, "Enter an amount, for example 29.00."),
    ({"deposit_kind": "half"}, "Choose what is asked for in advance."),
    ({"buffer_before": "-1"}, "Enter between 0 and 240 minutes."),
    ({"buffer_after": "241"}, "Enter between 0 and 240 minutes."),
    ({"buffer_after": "long"}, "Enter between 0 and 240 minutes."),
    ({"capacity": "0"}, "Enter a whole number from 1 to 200."),
    ({"capacity": "201"}, "Enter a whole number from 1 to 200."),
    ({"minutes": "10000"}, "Enter between 5 minutes and 1440, which is 24 hours."),
    ({"color": "red"}, "Enter a colour such as #1f6f5c."),
    ({"offered_by": "999999"}, "That is not there any more. Choose another."),
    ({"locations": "x"}, "That is not there any more. Choose another."),
]


@pytest.mark.parametrize(("wrong", "sentence"), BAD)
def test_wrong_service_gets_one_sentence(
    wrong: dict[str, str], sentence: str, shop: Shop, owner: Client
) -> None:
    response = owner.post(ADD, FORM | wrong)
    assert response.status_code == 422
    assert words(response).count(sentence) == 1
    with inside(shop.tenant):
        assert Service.objects.count() == 1


def test_what_is_not_asked_for_may_be_nonsense(owner: Client, aurora: Tenant) -> None:
    owner.post(ADD, FORM | {"deposit_kind": "none", "percent": "x", "amount": "y"})
    assert service(aurora).deposit_kind == Deposit.NONE


def test_service_keeps_all_that_was_typed(shop: Shop, owner: Client) -> None:
    form = FORM | {
        "buffer_before": "5", "buffer_after": "10", "capacity": "8", "color": "#1f6f5c",
        "deposit_kind": "fixed", "amount": "10.00",
    }  # fmt: skip
    owner.post(ADD, form | {"offered_by": [shop.ana.pk], "locations": [shop.baixa.pk]})
    row = service(shop.tenant)
    assert (row.buffer_before, row.buffer_after, row.capacity) == (5, 10, 8)
    assert (row.color, row.deposit_kind, row.deposit) == ("#1f6f5c", "fixed", 1000)
    page = words(owner.get(f"/panel/services/{row.pk}/"))
    assert 'value="10.00"' in page
    with inside(shop.tenant):
        assert list(row.offered_by.all()) == [shop.ana]
        assert list(row.locations.all()) == [shop.baixa]
    owner.post(f"/panel/services/{row.pk}/", form | {"offered_by": [shop.bruno.pk]})
    with inside(shop.tenant):
        assert list(row.offered_by.all()) == [shop.bruno]
        assert list(row.locations.all()) == []


def test_links_of_a_module_that_the_plan_lacks_stay_and_are_not_shown(
    shop: Shop, owner: Client, plan: Plan
) -> None:
    shop.change(shop.cut, locations=[shop.baixa], offered_by=[shop.ana])
    switch(plan, "locations", on=False)
    url = f"/panel/services/{shop.cut.pk}/"
    assert "Offered at" not in words(owner.get(url))
    owner.post(url, FORM)
    with inside(shop.tenant):
        assert list(shop.cut.locations.all()) == [shop.baixa]
        assert list(shop.cut.offered_by.all()) == []


def test_rows_that_are_gone_or_anothers_cannot_be_linked(shop: Shop, borealis: Tenant) -> None:
    with tenant_scope(borealis):
        foreign = Staff.objects.create(pk=880_001, name="Carla")
    for row in (Staff(pk=999_999), foreign):
        with pytest.raises(WrongChoice) as refusal:
            edit_service(shop.tenant, shop.cut.pk, name="Other", offered_by=[shop.ana, row])
        assert refusal.value.field == "offered_by"
    with inside(shop.tenant):
        assert not shop.cut.offered_by.exists()
    assert service(shop.tenant, "Cut").name == "Cut"


def test_staff_have_a_colour_a_time_zone_and_places(shop: Shop, owner: Client) -> None:
    url = f"/panel/staff/{shop.bruno.pk}/"
    form: dict[str, Any] = {"name": "Bruno", "color": "#aa3366", "locations": [shop.baixa.pk]}
    owner.post(url, form | {"time_zone": "America/New_York"})
    with inside(shop.tenant):
        row = Staff.objects.get(pk=shop.bruno.pk)
        assert (row.color, row.time_zone) == ("#aa3366", "America/New_York")
        assert list(row.locations.all()) == [shop.baixa]
    wrong = owner.post(url, form | {"time_zone": "Mars/Olympus"})
    assert wrong.status_code == 422
    assert "Choose a time zone from the list." in words(wrong)
    assert "/hours/" in words(owner.get(url))


def test_staff_are_added_with_their_places_or_not_at_all(shop: Shop) -> None:
    added = add_staff(shop.tenant, name="Inês", locations=[shop.baixa])
    with inside(shop.tenant):
        assert list(added.locations.all()) == [shop.baixa]
    with pytest.raises(WrongChoice):
        add_staff(shop.tenant, name="Nuno", locations=[Location(pk=999_999)])
    edit_staff(shop.tenant, added.pk, title="Stylist")
    with inside(shop.tenant):
        assert not Staff.objects.filter(name="Nuno").exists()
        assert list(added.locations.all()) == [shop.baixa]


def test_extra_can_be_had_so_often(shop: Shop, owner: Client) -> None:
    form = {"service": shop.cut.pk, "name": "Mask", "price": "9.00", "minutes": "10"}
    url = "/panel/services/extras/add/"
    wrong = owner.post(url, form | {"max_quantity": "51"})
    assert "Enter a whole number from 1 to 50." in words(wrong)
    owner.post(url, form | {"max_quantity": "3"})
    with inside(shop.tenant):
        assert ServiceExtra.objects.get().max_quantity == 3


def test_categories_are_nested_once_and_no_deeper(owner: Client, aurora: Tenant) -> None:
    hair, colour, care = headings(aurora, "Hair", "Colour", "Care")
    url = f"/panel/services/categories/{colour.pk}/"
    form = {"name": "Colour", "order_number": "1"}
    owner.post(url, form | {"parent": hair.pk})
    with tenant_scope(aurora):
        assert ServiceCategory.objects.get(pk=colour.pk).parent == hair
    page = words(owner.get("/panel/services/categories/"))
    assert page.index(">Hair<") < page.index(">Colour<")
    assert page.index(">Care<") < page.index(">Hair<")
    deeper = owner.post(
        f"/panel/services/categories/{care.pk}/",
        {"name": "Care", "order_number": "1", "parent": colour.pk},
    )
    assert deeper.status_code == 422
    assert "Choose a category that stands within no other." in words(deeper)
    with pytest.raises(WrongChoice) as refusal:
        edit_category(aurora, hair.pk, name="Hair", order_number=1, parent=care)
    assert "Other categories stand within this one" in str(refusal.value.message)
    with pytest.raises(WrongChoice):
        edit_category(aurora, care.pk, name="Care", order_number=1, parent=care)


def test_lists_lead_to_the_hours_of_each_row(shop: Shop, owner: Client) -> None:
    pk = fill(shop.tenant, "staff", 1)[0]
    page = words(owner.get("/panel/staff/"))
    assert f'href="/panel/staff/{pk}/hours/"' in page
    assert f'href="/panel/locations/{shop.baixa.pk}/hours/"' in words(
        owner.get("/panel/locations/")
    )
