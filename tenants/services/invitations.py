"""How somebody gets a login: invited by an owner, by a link in a mail that works once and for a week.

The link proves that whoever opens it reads that mailbox: a new login's e-mail counts as confirmed, and somebody who
has one already has to be logged in with it. Inviting says the same whether the e-mail has a login here or not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from saas.core import audit
from saas.core.errors import Conflict, NotAllowed, NotHere, Sentence
from tenants.models import Invitation, Membership, Tenant, User
from tenants.models.invitations import new_nonce
from tenants.services.members import as_owner
from tenants.staff_links import link_staff

GOOD_FOR = timedelta(days=7)
NOT_AGAIN_WITHIN = timedelta(minutes=1)
MOST_OPEN = 50
"""How many invitations of one business may wait at a time."""
PURPOSE = "tenants.invitation"


class CannotInvite(Conflict):
    """This e-mail needs no invitation, or has one; a form says so beside the field."""


class InvitationGone(NotHere):
    """The link opens nothing, or nothing any more."""

    def __init__(self, message: Sentence) -> None:
        super().__init__(message, action_url="/businesses/", action_label=_("Your businesses"))


@dataclass(frozen=True)
class Wanted:
    """Who is invited, as what; `staff_id` is the row among the staff that becomes theirs."""

    email: str
    role: str
    staff_id: int | None = None


def invite(tenant: Tenant, wanted: Wanted, *, by: User, now: datetime) -> Invitation:
    """A new invitation, to be mailed after the commit. Raises NotAllowed, CannotInvite."""
    email = wanted.email.strip().lower()
    with as_owner(tenant, by) as locked:
        _require_stranger(locked, email)
        _require_room(locked)
        invitation = Invitation.objects.create(
            tenant=locked, email=email, role=wanted.role, staff_id=wanted.staff_id, by=by,
            created_at=now, sent_at=now, good_until=now + GOOD_FOR,
        )  # fmt: skip
        _record("team.invited", invitation, {"role": [None, wanted.role]})
    return invitation


def send_again(tenant: Tenant, pk: int, *, by: User, now: datetime) -> Invitation:
    """The invitation with a new link and another week; older links are dead.

    Raises NotAllowed, NotHere; Conflict within a minute of the last mail.
    """
    with as_owner(tenant, by) as locked:
        invitation = find_open(locked, pk)
        if now - invitation.sent_at < NOT_AGAIN_WITHIN:
            raise Conflict(
                _("It was sent less than a minute ago. Please wait a moment and try again.")
            )
        invitation.nonce, invitation.by = new_nonce(), by
        invitation.sent_at, invitation.good_until = now, now + GOOD_FOR
        invitation.save(update_fields=["nonce", "by", "sent_at", "good_until"])
        _record("team.invited_again", invitation)
    return invitation


def withdraw(tenant: Tenant, pk: int, *, by: User, now: datetime) -> Invitation:
    """The link opens nothing from now on. Raises NotAllowed, NotHere."""
    with as_owner(tenant, by) as locked:
        invitation = find_open(locked, pk)
        invitation.withdrawn_at = now
        invitation.save(update_fields=["withdrawn_at"])
        _record("team.invitation_withdrawn", invitation)
    return invitation


def find_open(tenant: Tenant, pk: int) -> Invitation:
    """The invitation `pk` of `tenant`, while it waits. Raises NotHere, for another tenant's too."""
    found = Invitation.objects.open().filter(tenant=tenant, pk=pk).first()
    if found is None:
        raise NotHere(_("This invitation is not open any more."))
    return found


def token_of(invitation: Invitation) -> str:
    """What stands in the mailed link: signed, so that nobody makes one up."""
    content = {"id": invitation.pk, "nonce": invitation.nonce}
    return signing.Signer(salt=PURPOSE).sign_object(content)


def read_link(token: str, *, now: datetime) -> Invitation:
    """The invitation with its tenant that this link opens at `now`. Raises InvitationGone, saying why. One query."""
    content = _content(token)
    found = Invitation.objects.select_related("tenant", "by").filter(pk=content["id"]).first()
    if found is None or found.withdrawn_at:
        raise InvitationGone(_("This invitation was withdrawn. Ask whoever invited you."))
    if found.nonce != content["nonce"]:
        raise InvitationGone(_("There is a newer mail with another link. Please open that one."))
    if found.accepted_at:
        raise InvitationGone(_("This invitation has been used. Log in as always."))
    if not found.is_good(now):
        raise InvitationGone(
            _("This link is older than a week. Ask whoever invited you for a new one.")
        )
    if not found.tenant.is_open:
        raise InvitationGone(
            _("%(business)s is closed at present.") % {"business": found.tenant.name}
        )
    return found


def was_accepted_by(token: str, user: User) -> Tenant | None:
    """The business that `user` has joined by this very link before; None otherwise."""
    try:
        pk = _content(token)["id"]
    except InvitationGone:
        return None
    found = Invitation.objects.select_related("tenant").filter(pk=pk, accepted_by=user).first()
    return found.tenant if found else None


@transaction.atomic
def accept(token: str, user: User, *, now: datetime) -> Membership:
    """`user` has a login at the business; the link is used up.

    Raises InvitationGone, NotAllowed for another person's invitation, Conflict for somebody whose login there was
    taken away since.
    """
    tenant = read_link(token, now=now).tenant.lock()
    invitation = read_link(token, now=now)  # under the lock: it may have been used or withdrawn
    if user.email != invitation.email:
        raise NotAllowed(_("This invitation is for somebody else."))
    member, _is_new = Membership.objects.get_or_create(
        tenant=tenant, user=user, defaults={"role": invitation.role, "created_at": now}
    )
    if not member.is_active:
        raise Conflict(_("Your login there is switched off. Ask an owner to switch it on."))
    invitation.accepted_at, invitation.accepted_by = now, user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    if invitation.staff_id:
        link_staff(tenant, invitation.staff_id, user)
    changes: audit.Changes = {"role": [None, member.role]}
    audit.record("team.joined", member, changes=changes, tenant=tenant, actor=user)
    return member


@transaction.atomic
def join_as_new(token: str, *, name: str, password: str, now: datetime) -> Membership:
    """A new login for the invited e-mail, which counts as confirmed, and its place at the business.

    Raises as `accept` does; Conflict when the e-mail has got a login meanwhile.
    """
    email = read_link(token, now=now).email
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name)
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    except IntegrityError:
        raise Conflict(_("You have a login already. Log in with it to go on.")) from None
    return accept(token, user, now=now)


def has_login(email: str) -> bool:
    """Whether somebody logs in with this e-mail. Tell nobody but the reader of that mailbox."""
    return User.objects.filter(email=email).exists()


def _content(token: str) -> dict[str, Any]:
    try:
        content: dict[str, Any] = signing.Signer(salt=PURPOSE).unsign_object(token)
    except signing.BadSignature:
        raise InvitationGone(_("This link is not complete. Please copy all of it.")) from None
    return content


def _require_stranger(tenant: Tenant, email: str) -> None:
    """Return when `email` has neither a login at `tenant` nor an open invitation. Raises CannotInvite."""
    member = Membership.objects.filter(tenant=tenant, user__email=email).first()
    if member is not None and member.is_active:
        raise CannotInvite(_("This person has a login here already."))
    if member is not None:
        raise CannotInvite(_("This person’s login is switched off. Switch it on again instead."))
    if Invitation.objects.open().filter(tenant=tenant, email=email).exists():
        raise CannotInvite(_("An invitation to this address is open. Send that one again instead."))


def _require_room(tenant: Tenant) -> None:
    if Invitation.objects.open().filter(tenant=tenant).count() >= MOST_OPEN:
        raise CannotInvite(
            _("%(count)s invitations are open. Withdraw some before you send more.")
            % {"count": MOST_OPEN}
        )


def _record(verb: str, invitation: Invitation, changes: audit.Changes | None = None) -> None:
    audit.record(verb, invitation, changes=changes, tenant=invitation.tenant)
