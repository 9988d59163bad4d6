"""Duplicates: found, merged, or kept apart for good."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from booking.duplicates import pairs
from booking.models import Appointment, Customer, MergedCustomer
from booking.services.customers import edit_customer
from booking.services.merging import keep_apart, merge_customers
from booking.services.resources import WrongChoice
from plans.entitlements import CapabilityMissing
from plans.models import Plan
from saas.core.errors import Conflict, NotHere
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.customers.people import CUSTOMERS, Clients, customers_of, make, names
from tests.booking.pages import Salon, at, booked, fill, make_salon, switch, words
from tests.races.test_last_staff import PEOPLE, all_at_once
from workflows.models import Message, OptOut, State
from workflows.services import opt_outs

NOW = timezone.now()


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


def found(tenant: Tenant) -> list[tuple[str, str, list[str]]]:
    with tenant_scope(tenant):
        return [(one.first.name, one.second.name, [str(r) for r in one.reasons]) for one in pairs()]


def test_pairs_are_found_by_mail_phone_and_bare_name(aurora: Tenant, borealis: Tenant) -> None:
    make(aurora, "A", email="One@mail.example")
    make(aurora, "B", email="one@MAIL.example", phone="+351 912 345 678")
    make(aurora, "C", phone="912345678")
    make(aurora, "Rita", email="r@mail.example")
    make(aurora, "rita")
    make(aurora, "Nuno", email="n1@mail.example")
    make(aurora, "Nuno", email="n2@mail.example")
    make(aurora, "D", phone="12")
    make(aurora, "E", phone="12")
    make(aurora, "A", email="one@mail.example", erased_at=NOW)
    make(borealis, "Other", email="one@mail.example")
    assert found(aurora) == [
        ("A", "B", ["Same e-mail"]),
        ("B", "C", ["Same phone"]),
        ("Rita", "rita", ["Same name"]),
    ]


def test_many_at_one_number_are_no_flood(aurora: Tenant, owner: Client) -> None:
    fill(aurora, "customers", 200, phone="+351 912 345 678")
    with tenant_scope(aurora):
        assert len(pairs()) == 50
    assert "There may be more" in words(owner.get(CUSTOMERS + "duplicates/"))


def test_not_the_same_person_is_remembered(owner: Client, aurora: Tenant) -> None:
    one, other = (make(aurora, name, phone="+351 912 345 678") for name in ("Mother", "Child"))
    page = words(owner.get(f"{CUSTOMERS}{one.pk}/"))
    assert "Perhaps there twice" in page
    assert owner.post(f"{CUSTOMERS}{other.pk}/apart/{one.pk}/").status_code == 302
    keep_apart(aurora, one.pk, other.pk, now=NOW)  # said twice
    assert found(aurora) == []
    assert "Perhaps there twice" not in words(owner.get(f"{CUSTOMERS}{one.pk}/"))


def test_merging_moves_everything_and_loses_nothing(salon: Salon, owner: Client, ana: User) -> None:
    tenant = salon.tenant
    twin = make(tenant, "Rita Duarte", email="rita@mail.example", notes="Allergic", wants_news=True)
    edit_customer(tenant, salon.rita.pk, notes="Shy", phone="+351 912 345 678")
    salon.book(10, customer=twin)
    salon.book(11)
    Message.objects.create(
        tenant=tenant, key="k", channel="email", state=State.SENT, address="rita@mail.example",
        person=f"customer:{twin.pk}",
    )  # fmt: skip
    opt_outs.opt_out("email", "rita@mail.example", tenant, "link", NOW)
    opt_outs.opt_out("email", "someone@mail.example", tenant, "link", NOW)
    url = f"{CUSTOMERS}{salon.rita.pk}/merge/{twin.pk}/"
    form = {"name": "gone", "email": "gone", "phone": "keep", "wants_news": "keep", "sure": "1"}
    assert "1 appointment of the other entry moves over." in words(owner.get(url))
    assert owner.post(url, form).status_code == 302
    (left,) = customers_of(tenant)
    assert (left.pk, left.name, left.email) == (salon.rita.pk, "Rita Duarte", "rita@mail.example")
    assert (left.phone, left.wants_news) == ("+351 912 345 678", False)
    assert left.notes == "Shy\n\nAllergic"
    assert {one.customer_id for one in booked(tenant)} == {left.pk}
    assert Message.objects.get().person == f"customer:{left.pk}"
    with tenant_scope(tenant):
        merged = MergedCustomer.objects.get()
    assert (merged.gone_id, merged.by_id, merged.gone["notes"]) == (twin.pk, ana.pk, "Allergic")
    assert owner.get(f"{CUSTOMERS}{twin.pk}/")["Location"] == f"{CUSTOMERS}{left.pk}/"


def test_who_asked_for_silence_at_one_address_keeps_it_at_the_other(aurora: Tenant) -> None:
    keep = make(aurora, "Rita", email="new@mail.example")
    gone = make(aurora, "Rita", email="old@mail.example")
    opt_outs.opt_out("email", "old@mail.example", aurora, "link", NOW)
    merge_customers(aurora, keep.pk, gone.pk, now=NOW)
    assert OptOut.objects.filter(tenant=aurora, address="new@mail.example").exists()


def test_merging_chains_lead_to_the_last(owner: Client, aurora: Tenant) -> None:
    a, b, c = (make(aurora, "Rita") for _ in range(3))
    merge_customers(aurora, b.pk, a.pk, now=NOW)
    merge_customers(aurora, c.pk, b.pk, now=NOW)
    for pk in (a.pk, b.pk):
        assert owner.get(f"{CUSTOMERS}{pk}/")["Location"] == f"{CUSTOMERS}{c.pk}/"


def test_merging_refuses_what_makes_no_sense(aurora: Tenant, borealis: Tenant, plan: Plan) -> None:
    one, other = make(aurora, "Rita", notes="x" * 1500), make(aurora, "Rita", notes="y" * 1500)
    foreign = [make(borealis, f"F{n}") for n in range(9)][-1]
    gone = make(aurora, "Gone", erased_at=NOW)
    with pytest.raises(Conflict, match="one and the same"):
        merge_customers(aurora, one.pk, one.pk, now=NOW)
    for pk in (foreign.pk + 10**6, gone.pk):
        with pytest.raises(NotHere):
            merge_customers(aurora, one.pk, pk, now=NOW)
    with pytest.raises(Conflict, match="longer than 2000 characters"):
        merge_customers(aurora, one.pk, other.pk, now=NOW)
    switch(plan, "customers.delete", on=False)
    with pytest.raises(CapabilityMissing):
        merge_customers(aurora, one.pk, other.pk, now=NOW)
    assert len(customers_of(aurora)) == 3


def test_choice_that_is_missing_is_asked_for(owner: Client, aurora: Tenant) -> None:
    one, other = make(aurora, "Rita"), make(aurora, "Rita B")
    response = owner.post(f"{CUSTOMERS}{one.pk}/merge/{other.pk}/", {"sure": "1"})
    assert response.status_code == 422
    assert "Choose which of the two is right." in words(response)
    assert len(names(aurora)) == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
def test_booking_while_merging_ends_at_the_kept_one_or_is_refused(salon: Salon) -> None:
    twin = make(salon.tenant, "Rita")

    def act(number: int) -> None:
        if number == PEOPLE // 2:
            merge_customers(salon.tenant, salon.rita.pk, twin.pk, now=NOW)
        else:
            salon.book(starts_at=at(number), customer=twin)

    outcomes = all_at_once(act)
    made = booked(salon.tenant)
    assert {one.customer_id for one in made} <= {salon.rita.pk}
    assert outcomes["done"] == len(made) + 1
    assert outcomes[WrongChoice.__name__] == PEOPLE - 1 - len(made)
    with tenant_scope(salon.tenant):
        assert not Appointment.objects.exclude(customer=salon.rita).exists()
        assert Customer.objects.count() == 1
