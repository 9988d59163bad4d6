"""Roles, switching off, handing over: what holds, and who may not."""

import pytest
from django.db import IntegrityError, connection, transaction

from saas.core.errors import Conflict, NotAllowed, NotHere
from saas.core.models import AuditEntry
from tenants.models import Membership, Role, Tenant, User
from tenants.services import members
from tests.tenants.team.guests import ClientFor, make_owner, member_of


def test_role_holds_on_the_next_click(
    aurora: Tenant, ana: User, mara: User, client_for: ClientFor
) -> None:
    here = client_for(mara, aurora)
    assert here.get("/panel/staff/add/").status_code == 200
    members.set_role(aurora, member_of(aurora, mara).pk, Role.STAFF, by=ana)
    assert here.get("/panel/staff/add/").status_code == 403
    members.set_role(aurora, member_of(aurora, mara).pk, Role.OWNER, by=ana)
    assert here.get("/panel/billing/").status_code == 200


def test_switching_off_ends_the_session_on_the_next_click(
    aurora: Tenant, ana: User, bruno: User, client_for: ClientFor
) -> None:
    here, pk = client_for(bruno, aurora), member_of(aurora, bruno).pk
    assert here.get("/panel/").status_code == 200
    members.set_active(aurora, pk, active=False, by=ana)
    assert here.get("/panel/")["Location"].startswith("/login/")
    members.set_active(aurora, pk, active=True, by=ana)
    assert here.get("/panel/").status_code == 302  # that session is over for good


def test_other_businesses_do_not_notice(
    aurora: Tenant, borealis: Tenant, ana: User, bruno: User, client_for: ClientFor
) -> None:
    Membership.objects.create(tenant=borealis, user=bruno, role=Role.MANAGER)
    there = client_for(bruno, borealis)
    members.set_active(aurora, member_of(aurora, bruno).pk, active=False, by=ana)
    assert there.get("/panel/staff/add/").status_code == 200
    assert member_of(borealis, bruno).role == Role.MANAGER


@pytest.mark.parametrize("who", ["mara", "bruno", "carla", "olivia"])
def test_only_owners_change_anybody(aurora: Tenant, bruno: User, world, who: str) -> None:
    by, pk = getattr(world, who), member_of(aurora, bruno).pk
    for act in (
        lambda: members.set_role(aurora, pk, Role.OWNER, by=by),
        lambda: members.set_active(aurora, pk, active=False, by=by),
        lambda: members.hand_over(aurora, pk, by=by),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert member_of(aurora, bruno).role == Role.STAFF


def test_member_of_another_business_is_not_there(
    aurora: Tenant, borealis: Tenant, ana: User, carla: User
) -> None:
    pk = member_of(borealis, carla).pk
    for act in (
        lambda: members.set_role(aurora, pk, Role.STAFF, by=ana),
        lambda: members.set_active(aurora, pk, active=False, by=ana),
        lambda: members.hand_over(aurora, pk, by=ana),
    ):
        with pytest.raises(NotHere):
            act()
    assert member_of(borealis, carla).role == Role.OWNER


def test_last_owner_stays(aurora: Tenant, ana: User, mara: User) -> None:
    own = member_of(aurora, ana).pk
    with pytest.raises(members.LastOwner):
        members.set_role(aurora, own, Role.MANAGER, by=ana)
    second = make_owner(aurora, mara)
    User.objects.filter(pk=mara.pk).update(is_active=False)  # who could not help
    with pytest.raises(members.LastOwner):
        members.set_role(aurora, own, Role.MANAGER, by=ana)
    User.objects.filter(pk=mara.pk).update(is_active=True)
    members.set_role(aurora, own, Role.MANAGER, by=ana)
    assert member_of(aurora, ana).role == Role.MANAGER
    with pytest.raises(members.LastOwner):
        members.set_role(aurora, second.pk, Role.STAFF, by=mara)


def test_nobody_locks_themselves_out(aurora: Tenant, ana: User, mara: User) -> None:
    make_owner(aurora, mara)
    with pytest.raises(Conflict, match="yourself out"):
        members.set_active(aurora, member_of(aurora, ana).pk, active=False, by=ana)


def test_handing_over_swaps_the_two_and_nobody_else(
    aurora: Tenant, ana: User, mara: User, bruno: User
) -> None:
    members.hand_over(aurora, member_of(aurora, bruno).pk, by=ana)
    roles = [member_of(aurora, user).role for user in (ana, mara, bruno)]
    assert roles == [Role.MANAGER, Role.MANAGER, Role.OWNER]
    with pytest.raises(NotAllowed):
        members.hand_over(aurora, member_of(aurora, mara).pk, by=ana)


def test_business_is_not_handed_to_whoever_cannot_log_in(
    aurora: Tenant, ana: User, mara: User, bruno: User
) -> None:
    members.set_active(aurora, member_of(aurora, bruno).pk, active=False, by=ana)
    User.objects.filter(pk=mara.pk).update(is_active=False)
    for user in (bruno, mara):
        with pytest.raises(Conflict, match="cannot log in"):
            members.hand_over(aurora, member_of(aurora, user).pk, by=ana)
    with pytest.raises(Conflict, match="owner already"):
        members.hand_over(aurora, member_of(aurora, ana).pk, by=ana)


STRAY = [
    "UPDATE tenants_membership SET role = 'manager' WHERE tenant_id = %s",
    "UPDATE tenants_membership SET is_active = false WHERE tenant_id = %s",
    "DELETE FROM tenants_membership WHERE tenant_id = %s",
]


def run(statement: str, tenant: Tenant) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [tenant.pk])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("statement", STRAY)
def test_database_itself_refuses_a_business_without_an_owner(
    aurora: Tenant, ana: User, statement: str
) -> None:
    with pytest.raises(IntegrityError, match="no active owner"):
        run(statement, aurora)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert member_of(aurora, ana).role == Role.OWNER


def test_business_that_is_deleted_needs_no_owner(small_plan, ana: User) -> None:
    gone = Tenant.objects.create(name="Gone", slug="gone-at-once", plan=small_plan)
    Membership.objects.create(tenant=gone, user=ana, role=Role.OWNER)
    gone.delete()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_changes_are_in_the_audit_log_once(aurora: Tenant, ana: User, mara: User) -> None:
    pk = member_of(aurora, mara).pk
    members.set_role(aurora, pk, Role.STAFF, by=ana)
    members.set_role(aurora, pk, Role.STAFF, by=ana)  # nothing changes: nothing is written
    members.set_active(aurora, pk, active=False, by=ana)
    members.set_active(aurora, pk, active=True, by=ana)
    members.hand_over(aurora, pk, by=ana)
    entries = AuditEntry.objects.filter(tenant_id=aurora.pk).order_by("pk")
    assert [(entry.verb, entry.changes) for entry in entries] == [
        ("team.role_changed", {"role": ["manager", "staff"]}),
        ("team.deactivated", {"is_active": [True, False]}),
        ("team.reactivated", {"is_active": [False, True]}),
        ("team.handed_over", {"role": ["staff", "owner"]}),
        ("team.role_changed", {"role": ["owner", "manager"]}),
    ]
