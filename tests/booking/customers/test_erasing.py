"""Erased on request: nothing names them any more, and the books add up."""

import pytest
from django.test import Client
from django.utils import timezone

from booking.duplicates import pairs
from booking.models import Customer, ImportRefusal
from booking.services.customers import edit_customer
from booking.services.erasing import ERASED, erase_customer
from booking.services.merging import merge_customers
from plans.entitlements import CapabilityMissing
from plans.models import Plan
from saas.core.errors import NotHere
from tenants.models import Tenant, User
from tenants.scope import tenant_scope
from tests.booking.customers.people import CUSTOMERS, Clients, bring_in, customers_of, make
from tests.booking.pages import Salon, booked, make_salon, switch, words
from workflows.models import Message, OptOut, Run, State, Workflow
from workflows.services import opt_outs

NOW = timezone.now()


@pytest.fixture
def owner(client_for: Clients, ana: User, aurora: Tenant) -> Client:
    return client_for(ana, aurora)


@pytest.fixture
def salon(aurora: Tenant) -> Salon:
    return make_salon(aurora)


def message(tenant: Tenant, person: str, state: State) -> Message:
    return Message.objects.create(
        tenant=tenant, key=f"{person}-{state}", channel="email", state=state, person=person, name="Rita",
        address="rita@mail.example", text="Dear Rita", content={"subject": "Rita"},
        due_at=NOW if state in (State.QUEUED, State.SENDING) else None,
    )  # fmt: skip


def test_page_says_what_will_happen_and_wants_the_tick(salon: Salon, owner: Client) -> None:
    salon.book(10)
    url = f"{CUSTOMERS}{salon.rita.pk}/erase/"
    page = words(owner.get(url))
    assert "1 appointment stays for your books" in page
    assert "still to come" in page
    assert owner.post(url).status_code == 422
    assert customers_of(salon.tenant)[0].name == "Rita"
    assert owner.post(url, {"confirmed": "1"}).status_code == 302
    assert customers_of(salon.tenant)[0].name == ERASED
    for path in (url, f"{CUSTOMERS}{salon.rita.pk}/", f"{CUSTOMERS}{salon.rita.pk}/edit/"):
        response = owner.get(path)
        assert response.status_code == 404
        assert "erased at their own request" in words(response)


def test_nothing_is_left_that_names_them(salon: Salon) -> None:
    tenant, rita = salon.tenant, salon.rita
    twin = make(tenant, "Rita Duarte")
    merge_customers(tenant, rita.pk, twin.pk, now=NOW)
    edit_customer(tenant, rita.pk, email="rita@mail.example", notes="Shy", wants_news=True)
    made = salon.book(10, note="Rita’s left side")
    bring_in(tenant, "Name,E-mail,Phone\nRita,rita@mail.example," + "9" * 30 + "\n")
    messages = [
        message(tenant, f"customer:{pk}", state)
        for pk in (rita.pk, twin.pk)
        for state in (State.SENT, State.QUEUED, State.HELD)
    ]
    other = message(tenant, f"customer:{rita.pk + 10000}", State.SENT)
    workflow = Workflow.objects.create(tenant=tenant, name="W", event="appointment.created")
    Run.objects.create(
        workflow=workflow, tenant=tenant, event="appointment.created", subject_id=made.pk, at=NOW,
        about="Rita, tomorrow", outcome="done",
    )  # fmt: skip
    opt_outs.opt_out("email", "rita@mail.example", tenant, "link", NOW)
    erase_customer(tenant, rita.pk, now=NOW)
    left = customers_of(tenant)[0]
    with tenant_scope(tenant):
        assert "rita" not in str(Customer.objects.values().get()).lower()
        assert not ImportRefusal.objects.exists()
        assert [one.gone for one in left.merged.all()] == [{}]
        assert pairs() == []
    (stays,) = booked(tenant)
    assert (stays.note, stays.price) == ("", 2500)
    for one in messages:
        one.refresh_from_db()
        assert (one.name, one.address, one.text, one.content) == ("", "", "", {})
        assert one.state == (State.SENT if one.state == State.SENT else State.DISCARDED)
    other.refresh_from_db()
    assert other.text == "Dear Rita"
    assert Run.objects.get().about == ""
    assert OptOut.objects.count() == 1


def test_erased_is_neither_found_nor_erased_again(salon: Salon, plan: Plan) -> None:
    erase_customer(salon.tenant, salon.rita.pk, now=NOW)
    with pytest.raises(NotHere):
        erase_customer(salon.tenant, salon.rita.pk, now=NOW)
    with pytest.raises(NotHere):
        edit_customer(salon.tenant, salon.rita.pk, name="Rita")
    switch(plan, "customers.delete", on=False)
    with pytest.raises(CapabilityMissing):
        erase_customer(salon.tenant, salon.rita.pk, now=NOW)


def test_of_two_businesses_one_forgets(aurora: Tenant, borealis: Tenant) -> None:
    here = make(aurora, "Rita", email="rita@mail.example")
    with tenant_scope(borealis):
        Customer.objects.create(pk=here.pk, name="Rita", email="rita@mail.example")
    theirs = message(borealis, f"customer:{here.pk}", State.SENT)
    erase_customer(aurora, here.pk, now=NOW)
    theirs.refresh_from_db()
    assert (theirs.name, customers_of(borealis)[0].name) == ("Rita", "Rita")
