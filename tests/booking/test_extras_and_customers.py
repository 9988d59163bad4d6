"""Service extras and customers: what they share with staff and services, and what they do not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from booking.models import Customer, ServiceCategory, ServiceExtra
from booking.services import categories, customers, extras, services
from booking.services.resources import WrongChoice
from plans.entitlements import CapabilityMissing, LimitReached
from plans.models import Plan
from plans.registry import registry
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import (
    KINDS,
    Salon,
    allow,
    fill,
    make_salon,
    queries_for,
    row,
    rows_of,
    switch,
    words,
)

Clients = Callable[..., Client]
EXTRAS, CUSTOMERS = "/panel/services/extras/", "/panel/customers/"


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


@pytest.mark.req(32)
def test_every_module_has_its_limit_and_a_sentence_about_it() -> None:
    limits = {key: limit for key, limit in registry.limits.items() if key in KINDS}
    assert limits.keys() == set(KINDS)
    assert all(limit.help for limit in limits.values())
    assert {key for key, limit in limits.items() if limit.per} == {"appointments"}


@pytest.mark.req(71, 74)
def test_plan_may_pause_four_kinds_and_never_customers_nor_appointments() -> None:
    pausable = {key for key in KINDS if registry.limit(key).pausable}
    assert pausable == {"staff", "services", "locations", "service_extras"}


@pytest.mark.req(33)
def test_limits_of_extras_and_customers_hold(salon: Salon, plan: Plan) -> None:
    allow(plan, service_extras=2, customers=2)
    doors: dict[str, Callable[[], Any]] = {
        "service_extras": lambda: extras.add_extra(
            salon.tenant, service=salon.cut, name="Oil", price=500
        ),
        "customers": lambda: customers.add_customer(salon.tenant, name="Nuno"),
    }
    for module, add in doors.items():
        add()
        with pytest.raises(LimitReached):
            add()
        assert len(rows_of(salon.tenant, module)) == 2


def test_extra_is_switched_like_staff_and_needs_room(salon: Salon, plan: Plan) -> None:
    extras.set_extra_active(salon.tenant, salon.mask.pk, active=False)
    allow(plan, service_extras=0)
    with pytest.raises(LimitReached):
        extras.set_extra_active(salon.tenant, salon.mask.pk, active=True)


@pytest.mark.req(18)
def test_one_switch_below_services_holds_all_of_the_extras(
    salon: Salon, owner: Client, plan: Plan
) -> None:
    assert EXTRAS in words(owner.get("/panel/services/"))
    for key in ("services.extras", "services"):
        switch(plan, key, on=False)
        with pytest.raises(CapabilityMissing):
            extras.edit_extra(salon.tenant, salon.mask.pk, name="Oil")
        assert owner.get(EXTRAS).status_code == 404
        switch(plan, key, on=True)
    switch(plan, "services.extras", on=False)
    assert EXTRAS not in words(owner.get("/panel/services/"))


def test_extra_is_added_changed_and_deleted_on_screen(salon: Salon, owner: Client) -> None:
    form = KINDS["service_extras"][2] | {"service": salon.cut.pk}
    assert "“Mask” is added." in words(owner.post(EXTRAS + "add/", form, follow=True))
    pk = rows_of(salon.tenant, "service_extras")[-1].pk
    assert owner.post(f"{EXTRAS}{pk}/", form | {"name": "Oil"}).status_code == 302
    after = row(salon.tenant, "service_extras", pk)
    assert (after.name, after.price, after.minutes, after.service_id) == (
        "Oil",
        900,
        10,
        salon.cut.pk,
    )
    assert owner.post(f"{EXTRAS}{pk}/active/", {"active": "0"}).status_code == 302
    assert not row(salon.tenant, "service_extras", pk).is_active
    assert owner.post(f"{EXTRAS}{pk}/delete/").status_code == 302
    assert len(rows_of(salon.tenant, "service_extras")) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "Enter a name."),
        ({"service": ""}, "Choose a service."),
        ({"service": "9" * 30}, "That service is not there any more."),
        ({"service": "x"}, "That service is not there any more."),
        ({"price": "-1"}, "price"),
        ({"minutes": "1441"}, "Enter between 0 minutes and 1440"),
        ({"minutes": "-1"}, "Enter between 0 minutes and 1440"),
    ],
)
def test_extra_with_a_mistake_is_told_so(
    change: dict[str, str], sentence: str, salon: Salon, owner: Client
) -> None:
    form = KINDS["service_extras"][2] | {"service": salon.cut.pk} | change
    response = owner.post(EXTRAS + "add/", form)
    assert response.status_code == 422
    assert sentence in words(response)


def test_customer_is_added_changed_and_deleted_on_screen(owner: Client, aurora: Tenant) -> None:
    form = {"name": "Rita <b>", "email": "rita@mail.example", "phone": "91", "notes": "Shy"}
    assert owner.post(CUSTOMERS + "add/", form).status_code == 302
    pk = rows_of(aurora, "customers")[0].pk
    assert "Rita &lt;b&gt;" in owner.get(CUSTOMERS).content.decode()
    assert owner.post(f"{CUSTOMERS}{pk}/edit/", form | {"name": "Rita"}).status_code == 302
    assert row(aurora, "customers", pk).name == "Rita"
    assert "Delete “Rita”?" in words(owner.get(f"{CUSTOMERS}{pk}/delete/"))
    assert owner.post(f"{CUSTOMERS}{pk}/delete/").status_code == 302
    assert rows_of(aurora, "customers") == []


def test_customers_are_found_by_name_mail_and_phone(owner: Client, aurora: Tenant) -> None:
    fill(aurora, "customers", 1, name="Inês", email="ines@mail.example", phone="0351 21")
    fill(aurora, "customers", 3)
    for text in ("INÊS", "mail.ex", "351 2"):
        found = owner.get(CUSTOMERS, {"q": text, "show": "paused"}).context["listing"].page
        assert [customer.name for customer in found] == ["Inês"]


@pytest.mark.req(36)
def test_customers_at_the_limit_are_told_why(owner: Client, aurora: Tenant, plan: Plan) -> None:
    allow(plan, customers=5)
    fill(aurora, "customers", 4)
    assert "1 left" in words(owner.get(CUSTOMERS))
    fill(aurora, "customers", 1)
    page = words(owner.get(CUSTOMERS))
    assert "Customers: 5 / 5.</b> You’ve reached your plan’s limit" in page
    refused = owner.post(CUSTOMERS + "add/", {"name": "Typed"})
    assert refused.status_code == 409
    assert 'value="Typed"' in words(refused)


@pytest.mark.parametrize("count", [1, 30])
def test_lists_take_six_queries_whatever_their_length(
    count: int, salon: Salon, owner: Client
) -> None:
    fill(salon.tenant, "customers", count)
    for number in range(count):
        service = services.add_service(salon.tenant, name=f"S {number}", minutes=30, price=1)
        fill(salon.tenant, "service_extras", 1, service=service, price=1)
    assert queries_for(owner, CUSTOMERS) == 5
    assert queries_for(owner, EXTRAS) == 5


def test_delete_page_of_what_has_appointments_says_so(salon: Salon, owner: Client) -> None:
    salon.book(10, extras=[salon.mask])
    for url, module, pk in (
        (CUSTOMERS, "customers", salon.rita.pk),
        (EXTRAS, "service_extras", salon.mask.pk),
        ("/panel/staff/", "staff", salon.bruno.pk),
        ("/panel/services/", "services", salon.cut.pk),
    ):
        for ask in (owner.get, owner.post):
            response = ask(f"{url}{pk}/delete/")
            assert response.status_code == 409
            assert "has 1 appointment, so it cannot be deleted." in words(response)
        assert rows_of(salon.tenant, module)


def test_paused_extra_has_its_pill(salon: Salon, owner: Client) -> None:
    fill(salon.tenant, "service_extras", 1, service=salon.cut, paused_at=timezone.now())
    assert "Paused by plan means paused, not deleted" in words(owner.get(EXTRAS))


def test_category_that_vanishes_while_a_service_is_saved_is_one_sentence(
    owner: Client, aurora: Tenant
) -> None:
    """Between the form's check and the lock."""
    gone = categories.add_category(aurora, name="Hair")
    categories.delete_category(aurora, gone.pk)
    with pytest.raises(WrongChoice, match="not there any more"):
        services.add_service(aurora, name="Cut", minutes=30, price=1, category=gone)
    kept = services.add_service(aurora, name="Roots", minutes=30, price=1)
    with pytest.raises(WrongChoice) as refusal:
        services.edit_service(aurora, kept.pk, category=gone)
    assert refusal.value.field == "category"
    assert [service.name for service in rows_of(aurora, "services")] == ["Roots"]


def test_service_that_vanishes_while_its_extra_is_saved_is_one_sentence(salon: Salon) -> None:
    roots = services.add_service(salon.tenant, name="Roots", minutes=30, price=1)
    services.delete_service(salon.tenant, roots.pk)
    roots.pk = roots.pk or 10**6
    with pytest.raises(WrongChoice) as refusal:
        extras.add_extra(salon.tenant, service=roots, name="Oil", price=1)
    assert refusal.value.field == "service"


def test_deleted_service_takes_its_extras_along(salon: Salon) -> None:
    services.delete_service(salon.tenant, salon.cut.pk)
    with tenant_scope(salon.tenant):
        assert not ServiceExtra.objects.exists()
        assert Customer.objects.exists()
        assert not ServiceCategory.objects.exists()
