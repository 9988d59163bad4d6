"""What a link of an invitation opens, for whom, until when: the rule, past its pages."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from booking.models import Staff
from saas.core.errors import Conflict, NotAllowed, NotHere
from saas.core.models import AuditEntry
from tenants.models import Invitation, Membership, Role, Tenant, User
from tenants.scope import tenant_scope
from tenants.services import invitations, members
from tests.tenants.team.guests import INES, NOW, invited, make_owner, member_of
from tests.world import PASSWORD, make_user

WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def join(invitation: Invitation, *, now=NOW) -> Membership:
    token = invitations.token_of(invitation)
    return invitations.join_as_new(token, name="Inês", password=PASSWORD, now=now)


def test_newcomer_gets_a_login_with_a_confirmed_email(aurora: Tenant, ana: User) -> None:
    member = join(invited(aurora, ana, role=Role.MANAGER))
    assert (member.tenant, member.role, member.is_active) == (aurora, Role.MANAGER, True)
    assert member.user.email == INES
    assert member.user.check_password(PASSWORD)
    address = member.user.emailaddress_set.get()
    assert (address.email, address.verified, address.primary) == (INES, True, True)


def test_link_works_once(aurora: Tenant, ana: User) -> None:
    invitation = invited(aurora, ana)
    member = join(invitation)
    for again in (lambda: join(invitation), lambda: accept(invitation, member.user)):
        with pytest.raises(invitations.InvitationGone, match="has been used"):
            again()
    assert Membership.objects.filter(user=member.user).count() == 1


def accept(invitation: Invitation, user: User, *, now=NOW) -> Membership:
    return invitations.accept(invitations.token_of(invitation), user, now=now)


def test_link_works_for_a_week_to_the_second(aurora: Tenant, ana: User) -> None:
    invitation = invited(aurora, ana)
    with pytest.raises(invitations.InvitationGone, match="older than a week"):
        join(invitation, now=NOW + WEEK)
    assert join(invitation, now=NOW + WEEK - SECOND).is_active


def test_new_mail_kills_the_link_of_the_old_one(aurora: Tenant, ana: User) -> None:
    first = invited(aurora, ana)
    second = invitations.send_again(aurora, first.pk, by=ana, now=NOW + WEEK)
    with pytest.raises(invitations.InvitationGone, match="newer mail"):
        join(first, now=NOW + WEEK)
    assert join(second, now=NOW + WEEK + WEEK - SECOND).is_active


def test_mail_is_not_sent_twice_within_a_minute(aurora: Tenant, ana: User) -> None:
    invitation = invited(aurora, ana)
    with pytest.raises(Conflict, match="less than a minute ago"):
        invitations.send_again(aurora, invitation.pk, by=ana, now=NOW + MINUTE - SECOND)
    assert invitations.send_again(aurora, invitation.pk, by=ana, now=NOW + MINUTE)


def test_withdrawn_invitation_opens_nothing(aurora: Tenant, ana: User) -> None:
    invitation = invited(aurora, ana)
    invitations.withdraw(aurora, invitation.pk, by=ana, now=NOW)
    with pytest.raises(invitations.InvitationGone, match="withdrawn"):
        join(invitation)
    assert not User.objects.filter(email=INES).exists()


@pytest.mark.parametrize("spoil", [lambda token: token[:-1], lambda token: "x" + token, str.upper])
def test_link_that_nobody_signed_opens_nothing(aurora: Tenant, ana: User, spoil) -> None:
    token = invitations.token_of(invited(aurora, ana))
    with pytest.raises(invitations.InvitationGone, match="not complete"):
        invitations.read_link(spoil(token), now=NOW)


def test_link_of_a_suspended_business_opens_nothing(aurora: Tenant, ana: User) -> None:
    invitation = invited(aurora, ana)
    Tenant.objects.filter(pk=aurora.pk).update(suspended_at=NOW)
    with pytest.raises(invitations.InvitationGone, match="closed at present"):
        join(invitation)


def test_somebody_else_cannot_accept(aurora: Tenant, ana: User, carla: User) -> None:
    invitation = invited(aurora, ana)
    with pytest.raises(NotAllowed, match="for somebody else"):
        accept(invitation, carla)
    assert not Membership.objects.filter(tenant=aurora, user=carla).exists()
    assert join(invitation).is_active  # it is not used up


def test_somebody_with_a_login_keeps_password_and_other_businesses(
    aurora: Tenant, borealis: Tenant, ana: User, carla: User
) -> None:
    before = carla.password
    member = accept(invited(aurora, ana, email=" Carla@Borealis.example ", role="manager"), carla)
    assert (member.tenant, member.role) == (aurora, "manager")
    carla.refresh_from_db()
    assert carla.password == before
    assert member_of(borealis, carla).role == Role.OWNER


def test_email_that_got_a_login_meanwhile_is_asked_to_use_it(aurora: Tenant, ana: User) -> None:
    invitation = invited(aurora, ana)
    make_user(INES, "Inês")
    with pytest.raises(Conflict, match="You have a login already"):
        join(invitation)
    assert Invitation.objects.get(pk=invitation.pk).is_good(NOW)


def test_login_that_was_switched_off_is_not_switched_on_by_an_old_link(
    aurora: Tenant, ana: User, bruno: User
) -> None:
    invitation = invited(aurora, ana, email="new@bruno.example")
    User.objects.filter(pk=bruno.pk).update(email="new@bruno.example")
    members.set_active(aurora, member_of(aurora, bruno).pk, active=False, by=ana)
    bruno.refresh_from_db()
    with pytest.raises(Conflict, match="switched off"):
        accept(invitation, bruno)
    assert not member_of(aurora, bruno).is_active


def test_member_and_open_invitation_are_said_and_others_are_not(
    aurora: Tenant, ana: User, bruno: User, carla: User
) -> None:
    with pytest.raises(invitations.CannotInvite, match="has a login here already"):
        invited(aurora, ana, email=bruno.email.upper())
    members.set_active(aurora, member_of(aurora, bruno).pk, active=False, by=ana)
    with pytest.raises(invitations.CannotInvite, match="Switch it on again"):
        invited(aurora, ana, email=bruno.email)
    assert invited(aurora, ana, email=carla.email)  # who has a login elsewhere
    with pytest.raises(invitations.CannotInvite, match="Send that one again"):
        invited(aurora, ana, email=carla.email)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.create(
            tenant=aurora, email=carla.email, role="staff", created_at=NOW, sent_at=NOW,
            good_until=NOW,
        )  # fmt: skip


def test_business_has_so_many_open_invitations_at_most(
    aurora: Tenant, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST_OPEN", 2)
    for number in range(2):
        invited(aurora, ana, email=f"guest{number}@aurora.example")
    with pytest.raises(invitations.CannotInvite, match="2 invitations are open"):
        invited(aurora, ana)
    invitations.withdraw(aurora, Invitation.objects.first().pk, by=ana, now=NOW)
    assert invited(aurora, ana)


@pytest.mark.parametrize("who", ["mara", "bruno", "carla", "olivia"])
def test_only_owners_invite_send_again_and_withdraw(aurora: Tenant, ana: User, world, who) -> None:
    by, pk = getattr(world, who), invited(aurora, ana).pk
    later = NOW + WEEK
    for act in (
        lambda: invited(aurora, by, email="x@aurora.example"),
        lambda: invitations.send_again(aurora, pk, by=by, now=later),
        lambda: invitations.withdraw(aurora, pk, by=by, now=later),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert Invitation.objects.get().is_good(NOW)


def test_owner_whose_login_is_off_invites_nobody(aurora: Tenant, ana: User, mara: User) -> None:
    make_owner(aurora, mara)
    User.objects.filter(pk=ana.pk).update(is_active=False)
    with pytest.raises(NotAllowed):
        invited(aurora, ana)


def test_invitation_of_another_business_is_not_there(
    aurora: Tenant, borealis: Tenant, ana: User, carla: User
) -> None:
    pk = invited(aurora, ana).pk
    for act in (invitations.send_again, invitations.withdraw):
        with pytest.raises(NotHere):
            act(borealis, pk, by=carla, now=NOW + WEEK)


def test_staff_who_joins_is_linked_and_stays_theirs(aurora: Tenant, ana: User) -> None:
    with tenant_scope(aurora):
        pk = Staff.objects.create(name="Inês").pk
    member = join(invited(aurora, ana, staff_id=pk))
    with tenant_scope(aurora):
        assert Staff.objects.get(pk=pk).user_id == member.user_id


def test_staff_that_is_gone_or_taken_does_not_keep_anybody_out(
    aurora: Tenant, ana: User, bruno: User
) -> None:
    with tenant_scope(aurora):
        pk = Staff.objects.create(name="Inês", user=bruno).pk
    assert join(invited(aurora, ana, staff_id=pk)).is_active
    assert join(invited(aurora, ana, email="b@x.example", staff_id=pk + 999)).is_active
    with tenant_scope(aurora):
        assert Staff.objects.get(pk=pk).user_id == bruno.pk


def test_every_step_is_in_the_audit_log(aurora: Tenant, ana: User) -> None:
    invitation = invited(aurora, ana)
    again = invitations.send_again(aurora, invitation.pk, by=ana, now=NOW + WEEK)
    join(again, now=NOW + WEEK)
    gone = invited(aurora, ana, email="gone@aurora.example")
    invitations.withdraw(aurora, gone.pk, by=ana, now=NOW)
    found = AuditEntry.objects.filter(tenant_id=aurora.pk).order_by("pk")
    assert [entry.verb for entry in found] == [
        "team.invited", "team.invited_again", "team.joined", "team.invited",
        "team.invitation_withdrawn",
    ]  # fmt: skip
    joined = found[2]
    assert (joined.actor_email, joined.changes) == (INES, {"role": [None, "staff"]})
    assert not any(again.nonce in str(entry.changes) for entry in found)
