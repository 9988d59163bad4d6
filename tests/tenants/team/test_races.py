"""Two people press at the same moment: what is left is exact."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from booking.models import Staff
from tenants.models import Membership, Role, Tenant, User
from tenants.scope import tenant_scope
from tenants.services import invitations, members
from tests.tenants.team.guests import INES, NOW, invited, make_owner, member_of
from tests.world import PASSWORD, make_user

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS),
]
TIMES = 6


def all_at_once(*acts: Callable[[], object]) -> Counter[str]:
    """What came of `acts`, in a thread and on a connection each."""
    outcomes: list[str] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(timeout=30)
            act()
            outcomes.append("done")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return Counter(outcomes)


def owners_of(tenant: Tenant) -> int:
    return Membership.objects.filter(tenant=tenant, role=Role.OWNER, is_active=True).count()


@pytest.mark.parametrize("_time", range(TIMES))
def test_two_owners_who_demote_each_other_leave_one(
    aurora: Tenant, ana: User, mara: User, _time: int
) -> None:
    hers, other = member_of(aurora, ana).pk, make_owner(aurora, mara).pk
    outcomes = all_at_once(
        lambda: members.set_role(aurora, other, Role.STAFF, by=ana),
        lambda: members.set_role(aurora, hers, Role.STAFF, by=mara),
    )
    assert outcomes == {"done": 1, "NotAllowed": 1}
    assert owners_of(aurora) == 1


def test_two_owners_who_step_down_leave_one(aurora: Tenant, ana: User, mara: User) -> None:
    hers, other = member_of(aurora, ana).pk, make_owner(aurora, mara).pk
    outcomes = all_at_once(
        lambda: members.set_role(aurora, hers, Role.MANAGER, by=ana),
        lambda: members.set_role(aurora, other, Role.MANAGER, by=mara),
    )
    assert outcomes == {"done": 1, "LastOwner": 1}
    assert owners_of(aurora) == 1


@pytest.mark.parametrize("_time", range(TIMES))
def test_database_leaves_one_where_nobody_asks_the_service(
    aurora: Tenant, ana: User, mara: User, _time: int
) -> None:
    """Each transaction still sees the other's owner when it changes its own."""
    make_owner(aurora, mara)
    both_have_written = threading.Barrier(2)

    def demote(user: User) -> None:
        with transaction.atomic():
            Membership.objects.filter(tenant=aurora, user=user).update(role=Role.STAFF)
            both_have_written.wait(timeout=30)

    outcomes = all_at_once(lambda: demote(ana), lambda: demote(mara))
    assert outcomes == {"done": 1, IntegrityError.__name__: 1}
    assert owners_of(aurora) == 1


def test_one_invitation_accepted_six_times_is_one_login(aurora: Tenant, ana: User) -> None:
    token = invitations.token_of(invited(aurora, ana))

    def join() -> None:
        invitations.join_as_new(token, name="Inês", password=PASSWORD, now=NOW)

    outcomes = all_at_once(*[join] * 6)
    assert outcomes["done"] == 1
    assert set(outcomes) <= {"done", "Conflict", "InvitationGone"}
    assert User.objects.filter(email=INES).count() == 1
    assert Membership.objects.filter(tenant=aurora, user__email=INES).count() == 1


def test_somebody_with_a_login_who_accepts_six_times_joins_once(
    aurora: Tenant, ana: User, carla: User
) -> None:
    token = invitations.token_of(invited(aurora, ana, email=carla.email))
    outcomes = all_at_once(*[lambda: invitations.accept(token, carla, now=NOW)] * 6)
    assert outcomes == {"done": 1, "InvitationGone": 5}


def test_accepting_and_withdrawing_at_once_end_one_way(
    aurora: Tenant, ana: User, carla: User
) -> None:
    invitation = invited(aurora, ana, email=carla.email)
    token = invitations.token_of(invitation)
    outcomes = all_at_once(
        lambda: invitations.accept(token, carla, now=NOW),
        lambda: invitations.withdraw(aurora, invitation.pk, by=ana, now=NOW),
    )
    assert outcomes["done"] == 1
    invitation.refresh_from_db()
    joined = Membership.objects.filter(tenant=aurora, user=carla).exists()
    assert joined == bool(invitation.accepted_at) != bool(invitation.withdrawn_at)


def test_inviting_one_email_six_times_is_one_invitation(aurora: Tenant, ana: User) -> None:
    outcomes = all_at_once(*[lambda: invited(aurora, ana)] * 6)
    assert outcomes == {"done": 1, "CannotInvite": 5}


def test_two_newcomers_for_one_of_the_staff_leave_it_to_one(aurora: Tenant, ana: User) -> None:
    with tenant_scope(aurora):
        pk = Staff.objects.create(name="Inês").pk
    people = [make_user(f"guest{n}@aurora.example", "Guest") for n in range(2)]
    tokens = [
        invitations.token_of(invited(aurora, ana, email=user.email, staff_id=pk)) for user in people
    ]
    outcomes = all_at_once(
        lambda: invitations.accept(tokens[0], people[0], now=NOW),
        lambda: invitations.accept(tokens[1], people[1], now=NOW),
    )
    assert outcomes == {"done": 2}
    with tenant_scope(aurora):
        assert Staff.objects.get().user_id in {user.pk for user in people}
