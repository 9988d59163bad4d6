"""Whose login is whose row among the staff: chosen on the staff form, one row for a login."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from booking.models import Staff
from booking.services.resources import WrongChoice
from booking.services.staff import add_staff, edit_staff
from tenants.models import Membership, Tenant, User
from tenants.scope import tenant_scope
from tests.booking.pages import words
from tests.tenants.team.guests import ClientFor

ADD = "/panel/staff/add/"


@pytest.fixture
def manager(client_for: ClientFor, mara: User, aurora: Tenant) -> Client:
    return client_for(mara, aurora)


def login_of(tenant: Tenant, pk: int) -> int | None:
    with tenant_scope(tenant):
        return Staff.objects.get(pk=pk).user_id


def test_form_offers_the_logins_that_are_nobodys(
    manager: Client, aurora: Tenant, ana: User, bruno: User, carla: User
) -> None:
    pk = add_staff(aurora, name="Bruno", user=bruno).pk
    Membership.objects.filter(tenant=aurora, user=ana).update(is_active=True)
    page = words(manager.get(ADD))
    assert "Ana Ribeiro · ana@aurora.example" in page
    assert "Bruno Costa ·" not in page
    assert "Carla" not in page
    assert f'<option value="{bruno.pk}" selected>' in words(manager.get(f"/panel/staff/{pk}/"))


def test_login_is_given_and_taken_away(manager: Client, aurora: Tenant, bruno: User) -> None:
    pk = add_staff(aurora, name="Bruno").pk
    url = f"/panel/staff/{pk}/"
    assert manager.post(url, {"name": "Bruno", "user": bruno.pk}).status_code == 302
    assert login_of(aurora, pk) == bruno.pk
    assert manager.post(url, {"name": "Bruno", "user": ""}).status_code == 302
    assert login_of(aurora, pk) is None


def test_staff_stays_when_its_login_is_switched_off(
    manager: Client, aurora: Tenant, bruno: User
) -> None:
    pk = add_staff(aurora, name="Bruno", user=bruno).pk
    Membership.objects.filter(tenant=aurora, user=bruno).update(is_active=False)
    answer = manager.post(f"/panel/staff/{pk}/", {"name": "Bruno C.", "user": bruno.pk})
    assert answer.status_code == 302
    assert login_of(aurora, pk) == bruno.pk


@pytest.mark.parametrize("who", ["carla", "olivia", "bruno"])
def test_login_of_somebody_else_or_nobody_is_refused_beside_the_field(
    manager: Client, aurora: Tenant, world, who: str
) -> None:
    add_staff(aurora, name="Bruno", user=world.bruno)
    answer = manager.post(ADD, {"name": "Second", "user": getattr(world, who).pk})
    assert answer.status_code == 422
    assert "This login is not free any more. Choose another." in words(answer)
    assert 'value="Second"' in words(answer)


def test_service_refuses_what_the_form_did_not_see(
    aurora: Tenant, bruno: User, mara: User, carla: User
) -> None:
    add_staff(aurora, name="Bruno", user=bruno)
    other = add_staff(aurora, name="Second").pk
    with pytest.raises(WrongChoice, match="login of Bruno already"):
        edit_staff(aurora, other, user=bruno)
    with pytest.raises(WrongChoice, match="no login here any more"):
        add_staff(aurora, name="Third", user=carla)
    Membership.objects.filter(tenant=aurora, user=mara).update(is_active=False)
    with pytest.raises(WrongChoice, match="no login here any more"):
        edit_staff(aurora, other, user=mara)
    assert login_of(aurora, other) is None


def test_database_knows_one_row_for_a_login(aurora: Tenant, bruno: User) -> None:
    with tenant_scope(aurora):
        Staff.objects.create(name="Bruno", user=bruno)
        with pytest.raises(IntegrityError, match="staff_login_once"), transaction.atomic():
            Staff.objects.create(name="Second", user=bruno)
        Staff.objects.bulk_create([Staff(name="No login"), Staff(name="None either")])


def test_one_login_may_be_staff_of_two_businesses(
    aurora: Tenant, borealis: Tenant, bruno: User
) -> None:
    Membership.objects.create(tenant=borealis, user=bruno, role="staff")
    for tenant in (aurora, borealis):
        assert login_of(tenant, add_staff(tenant, name="Bruno", user=bruno).pk) == bruno.pk
