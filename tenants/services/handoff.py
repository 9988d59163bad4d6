"""How a login crosses from the platform's host to a tenant's: a signed note, good for one use within a minute.

Bound to the browser by a state, as in OAuth: the tenant's host keeps it in a cookie, the platform signs only its
hash. So a note that leaks opens nothing, and nobody can be logged in to an account that is not their own.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from saas.core.errors import NotAllowed, NotHere, Sentence
from tenants.models import Membership, Tenant, UsedHandoff, User

GOOD_FOR = timedelta(seconds=60)
KEPT_FOR = timedelta(hours=1)
"""Used notes are remembered far longer than any could be valid."""
ENTER, LEAVE = "tenants.handoff.enter", "tenants.handoff.leave"
HOME = "/panel/"


class HandoffRefused(NotAllowed):
    """The note does not open the door; the person has to log in again."""

    def __init__(self, message: Sentence) -> None:
        super().__init__(message, action_url="/login/", action_label=_("Log in again"))


@dataclass(frozen=True)
class Entry:
    """Who comes in, and the page of the panel they wanted."""

    user: User
    path: str


def new_state() -> str:
    """A secret for one browser on one host, 43 characters."""
    return secrets.token_urlsafe(32)


def hash_of(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def panel_path(wanted: str) -> str:
    """`wanted` if it is a page of the panel, otherwise the panel's first page. Never another host."""
    inside = wanted.startswith(HOME) and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if inside else HOME


def find_door(user: User, slug: str) -> Tenant:
    """The open business at `slug` where `user` works. Raises NotHere, saying why and where to go instead."""
    tenant: Tenant | None = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        raise NotHere(_("There is no business at this address."))
    if not Membership.objects.filter(tenant=tenant, user=user, is_active=True).exists():
        raise NotHere(
            _("%(person)s has no access to %(business)s.")
            % {"person": user.name or user.email, "business": tenant.name},
            action_url=f"/logout/?next=/enter/{slug}/",
            action_label=_("Log in as somebody else"),
        )
    if not tenant.is_open:
        raise NotHere(_("%(business)s is closed at present.") % {"business": tenant.name})
    return tenant


def issue_entry(user: User, tenant: Tenant, *, state_hash: str, path: str, now: datetime) -> str:
    """The note that lets `user` in to `tenant`, for the browser whose state has this hash."""
    content = {"user": user.pk, "tenant": tenant.pk, "proof": proof(user), "path": panel_path(path)}
    return issue_note(ENTER, content, state_hash=state_hash, now=now)


def issue_note(purpose: str, content: dict[str, Any], *, state_hash: str, now: datetime) -> str:
    """A note with `content` for one use, for the browser whose state has this hash."""
    once = {"state": state_hash, "nonce": secrets.token_urlsafe(32)}
    return _sign(purpose, content | once, now)


@transaction.atomic
def redeem_entry(note: str, tenant: Tenant, *, state: str, now: datetime) -> Entry:
    """Who may come in to `tenant` with `note`; the note is used up.

    Raises HandoffRefused for a note that is forged, older than a minute, for another business or browser, used
    before, or whose person has been deactivated, has left, or changed the password since.
    """
    content = open_note(ENTER, note, tenant, state=state, now=now)
    user = member_of(content, tenant)
    use_up(content, now)
    return Entry(user, panel_path(content["path"]))


def open_note(
    purpose: str, note: str, tenant: Tenant, *, state: str, now: datetime
) -> dict[str, Any]:
    """What `note` says, when it is for this purpose, business and browser. Raises HandoffRefused."""
    content = _read(purpose, note, now)
    if content["tenant"] != tenant.pk:
        raise HandoffRefused(_("This link is for another business."))
    if not state or not constant_time_compare(content["state"], hash_of(state)):
        raise HandoffRefused(
            _("This link was made for another browser, or cookies are switched off.")
        )
    return content


def use_up(content: dict[str, Any], now: datetime) -> None:
    """The note with this content opens nothing again. Raises HandoffRefused when it was used before."""
    try:
        with transaction.atomic():
            UsedHandoff.objects.create(nonce=content["nonce"], used_at=now)
    except IntegrityError:
        raise HandoffRefused(_("This link has been used already.")) from None


def member_of(content: dict[str, Any], tenant: Tenant) -> User:
    """Whom the note is about, while they still work at `tenant`. Raises HandoffRefused."""
    members = Membership.objects.filter(tenant=tenant, user=content["user"], is_active=True)
    member = members.filter(user__is_active=True).select_related("user").first()
    if member is None or not constant_time_compare(content["proof"], proof(member.user)):
        raise HandoffRefused(_("You have no access to this business any more."))
    return member.user


def issue_leave(user: User, *, now: datetime) -> str:
    """The note that ends the session of `user` on the platform's host too."""
    return _sign(LEAVE, {"user": user.pk}, now)


def read_leave(note: str, *, now: datetime) -> int | None:
    """The key of the user whose session is to end; None for a note that is forged or too old."""
    try:
        return int(_read(LEAVE, note, now)["user"])
    except HandoffRefused:
        return None


def forget_used(now: datetime) -> int:
    """Delete the marks of notes that were used long ago; returns how many went."""
    return UsedHandoff.objects.filter(used_at__lt=now - KEPT_FOR).delete()[0]


def proof(user: User) -> str:
    """Changes with the password and with “log out everywhere”, and tells neither."""
    return salted_hmac(ENTER, user.get_session_auth_hash(), algorithm="sha256").hexdigest()[:32]


def _sign(purpose: str, content: dict[str, Any], now: datetime) -> str:
    return signing.Signer(salt=purpose).sign_object({**content, "at": int(now.timestamp())})


def _read(purpose: str, note: str, now: datetime) -> dict[str, Any]:
    try:
        content: dict[str, Any] = signing.Signer(salt=purpose).unsign_object(note)
    except signing.BadSignature:
        raise HandoffRefused(_("This link is not complete.")) from None
    age = now.timestamp() - content["at"]
    if not 0 <= age <= GOOD_FOR.total_seconds():
        raise HandoffRefused(_("This link is too old."))
    return content
