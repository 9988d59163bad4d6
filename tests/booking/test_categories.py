"""The headings under which services stand."""

from collections.abc import Callable

import pytest
from django.test import Client

from booking.models import ServiceCategory
from booking.services.categories import add_category, delete_category, edit_category
from plans.entitlements import CapabilityMissing
from plans.models import Plan
from saas.core.errors import Conflict, NotHere
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import fill, headings, queries_for, rows_of, switch, words

URL = "/panel/services/categories/"


@pytest.fixture
def owner(client_for: Callable[..., Client], ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


def names(tenant: Tenant) -> list[str]:
    with tenant_scope(tenant):
        return [category.name for category in ServiceCategory.objects.all()]


def test_category_is_added_edited_and_deleted(owner: Client, aurora: Tenant) -> None:
    response = owner.post(URL + "add/", {"name": "Hair", "order_number": "2"}, follow=True)
    assert "“Hair” is added." in words(response)
    with tenant_scope(aurora):
        pk = ServiceCategory.objects.get().pk
    owner.post(f"{URL}{pk}/", {"name": "Hairs", "order_number": "1"})
    assert names(aurora) == ["Hairs"]
    owner.post(f"{URL}{pk}/delete/")
    assert names(aurora) == []


def test_deleting_a_category_keeps_its_services(owner: Client, aurora: Tenant) -> None:
    heading = headings(aurora, "Hair")[0]
    fill(aurora, "services", 3, category=heading)
    assert "3 services stay, without a category." in words(owner.get(f"{URL}{heading.pk}/delete/"))
    owner.post(f"{URL}{heading.pk}/delete/")
    assert [row.category_id for row in rows_of(aurora, "services")] == [None] * 3


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": "", "order_number": "1"}, "Enter a name."),
        ({"name": "n" * 61, "order_number": "1"}, "Use at most 60 characters."),
        ({"name": "HAIR", "order_number": "1"}, "There is a category with this name already."),
        ({"name": "Colour", "order_number": "99999"}, "Enter a whole number from 0 to 32767."),
        ({"name": "Colour", "order_number": "-1"}, "Enter a whole number from 0 to 32767."),
    ],
)
def test_wrong_input_gets_one_sentence(
    form: dict[str, str], sentence: str, owner: Client, aurora: Tenant
) -> None:
    headings(aurora, "Hair")
    response = owner.post(URL + "add/", form)
    assert response.status_code == 422
    assert sentence in words(response)
    assert names(aurora) == ["Hair"]


def test_same_name_is_refused_by_the_service_too(aurora: Tenant) -> None:
    hair, colour = headings(aurora, "Hair", "Colour")
    with pytest.raises(Conflict):
        add_category(aurora, name="hair")
    with pytest.raises(Conflict):
        edit_category(aurora, colour.pk, name="HAIR", order_number=1)
    edit_category(aurora, hair.pk, name="HAIR", order_number=1)


def test_doors_are_shut_without_the_capability(aurora: Tenant, plan: Plan, owner: Client) -> None:
    heading = headings(aurora, "Hair")[0]
    switch(plan, "services.categories", on=False)
    with pytest.raises(CapabilityMissing):
        add_category(aurora, name="Colour")
    with pytest.raises(CapabilityMissing):
        edit_category(aurora, heading.pk, name="Colour", order_number=1)
    with pytest.raises(CapabilityMissing):
        delete_category(aurora, heading.pk)
    assert owner.get(URL).status_code == 404
    assert URL not in words(owner.get("/panel/services/"))


def test_category_of_another_tenant_is_not_here(
    owner: Client, aurora: Tenant, borealis: Tenant
) -> None:
    foreign = headings(borealis, "Yoga", "Pilates")[-1]
    for page in (f"{foreign.pk}/", f"{foreign.pk}/delete/"):
        assert owner.get(URL + page).status_code == 404
        assert owner.post(URL + page, {"name": "Mine", "order_number": "1"}).status_code == 404
    with pytest.raises(NotHere):
        delete_category(aurora, foreign.pk)
    assert names(borealis) == ["Pilates", "Yoga"]


def test_staff_role_looks_and_changes_nothing(
    client_for: Callable[..., Client], bruno: User, aurora: Tenant
) -> None:
    heading = headings(aurora, "Hair")[0]
    client = client_for(bruno, aurora)
    page = words(client.get(URL))
    assert "Hair" in page
    assert f"{URL}{heading.pk}/" not in page
    assert client.post(URL + "add/", {"name": "X", "order_number": "1"}).status_code == 403


@pytest.mark.parametrize("count", [1, 30])
def test_list_takes_five_queries_whatever_its_length(
    count: int, owner: Client, aurora: Tenant
) -> None:
    headings(aurora, *(f"Heading {n}" for n in range(count)))
    assert queries_for(owner, URL) == 4
