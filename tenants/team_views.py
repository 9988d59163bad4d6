"""The panel's Team logins: everybody who may manage looks, owners change, and in person alone."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from saas.core import clock
from saas.core.access import MANAGERS, OWNERS, panel
from saas.core.errors import Sentence
from saas.core.htmx import saved
from saas.core.throttling import throttle
from tenants.models import Invitation, Membership, Role
from tenants.requests import MemberRequest
from tenants.role_table import role_table
from tenants.services import invitations, members
from tenants.team import Team
from tenants.team_forms import InviteForm, RoleForm

CHANGED = "teamChanged"
SHELL = "panel_base.html"


@panel(roles=MANAGERS)
@require_safe
def team(request: MemberRequest) -> HttpResponse:
    """Who can log in, and who has been asked to."""
    page = request.GET.get("page", "1")
    context = {
        "team": Team(request.tenant, request.user, now=clock.now(), page=page),
        "may_change": request.membership.role in OWNERS and request.impersonator is None,
    }
    return render(request, "tenants/team/list.html", context)


@panel(roles=MANAGERS)
@require_safe
def roles(request: MemberRequest) -> HttpResponse:
    """What each role may do, as the pages themselves declare it."""
    context = {"groups": role_table(request.tenant.entitlements), "roles": list(Role)}
    return render(request, "tenants/team/roles.html", context)


@panel(roles=OWNERS, in_person=True)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: MemberRequest) -> HttpResponse:
    """Ask somebody to join. What cannot be said of an e-mail stands beside it, and nothing is lost."""
    form = InviteForm(posted(request), tenant=request.tenant, initial={"role": Role.STAFF.value})
    if form.is_bound and form.is_valid():
        slow_down(request)
        try:
            invitation = invitations.invite(
                request.tenant, form.wanted, by=request.user, now=clock.now()
            )
        except invitations.CannotInvite as error:
            form.add_error("email", str(error.message))
        else:
            send(request, invitation)
            text = _("The invitation to %(email)s is on its way.") % {"email": invitation.email}
            return changed(request, text)
    page = {"title": _("Invite somebody"), "action_label": _("Send the invitation")}
    return dialog(request, "tenants/team/invite.html", form, page)


@panel(roles=OWNERS, in_person=True)
@require_POST
def send_again(request: MemberRequest, pk: int) -> HttpResponse:
    """The same invitation with a new link; the old one is dead."""
    slow_down(request)
    invitation = invitations.send_again(request.tenant, pk, by=request.user, now=clock.now())
    send(request, invitation)
    text = _("A new mail to %(email)s is on its way.") % {"email": invitation.email}
    return changed(request, text)


@panel(roles=OWNERS, in_person=True)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    """The question, then the deed."""
    if request.method == "POST":
        done = invitations.withdraw(request.tenant, pk, by=request.user, now=clock.now())
        text = _("The invitation to %(email)s is withdrawn.") % {"email": done.email}
        return changed(request, text)
    email = {"email": invitations.find_open(request.tenant, pk).email}
    happens = [_("The link in the mail to %(email)s opens nothing any more.") % email]
    title = _("Withdraw the invitation?")
    return question(request, title, happens, _("Withdraw it"))


@panel(roles=OWNERS, in_person=True)
@require_http_methods(["GET", "HEAD", "POST"])
def role(request: MemberRequest, pk: int) -> HttpResponse:
    """Give a member another role."""
    member = members.find_member(request.tenant, pk)
    form = RoleForm(posted(request), initial={"role": member.role})
    if form.is_bound and form.is_valid():
        chosen = form.cleaned_data["role"]
        try:
            done = members.set_role(request.tenant, pk, chosen, by=request.user)
        except members.LastOwner as error:
            form.add_error("role", str(error.message))
        else:
            words = {"name": members.name_of(done.user), "role": done.get_role_display()}
            return changed(request, _("%(name)s: %(role)s.") % words, member=done)
    name = members.name_of(member.user)
    page = {"title": _("Role of %(name)s") % {"name": name}, "member": member}
    return dialog(request, "tenants/team/role.html", form, page)


@panel(roles=OWNERS, in_person=True)
@require_http_methods(["GET", "HEAD", "POST"])
def deactivate(request: MemberRequest, pk: int) -> HttpResponse:
    """What switching a login off does, then the deed."""
    member = members.find_member(request.tenant, pk)
    name = {"name": members.name_of(member.user)}
    if request.method == "POST":
        members.set_active(request.tenant, pk, active=False, by=request.user)
        return changed(request, _("%(name)s cannot log in any more.") % name)
    members.require_not_oneself(member, request.user)
    members.require_other_owner(member)
    happens = [
        _("Whatever they have open here ends with the next click."),
        _("Nothing is deleted: their appointments and their place among the staff stay."),
        _("Other businesses where they work do not notice. You can switch it on again."),
    ]
    title = _("Switch off the login of %(name)s?") % name
    return question(request, title, happens, _("Switch it off"))


@panel(roles=OWNERS, in_person=True)
@require_POST
def reactivate(request: MemberRequest, pk: int) -> HttpResponse:
    member = members.set_active(request.tenant, pk, active=True, by=request.user)
    return changed(
        request, _("%(name)s can log in again.") % {"name": members.name_of(member.user)}
    )


@panel(roles=OWNERS, in_person=True)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: MemberRequest, pk: int) -> HttpResponse:
    """What handing over does, then the deed: they own the business, you manage it."""
    member = members.find_member(request.tenant, pk)
    words = {"name": members.name_of(member.user), "business": request.tenant.name}
    if request.method == "POST":
        members.hand_over(request.tenant, pk, by=request.user)
        own = members.find_own(request.tenant, request.user)
        return changed(request, _("%(name)s owns %(business)s now.") % words, member=own)
    members.require_heir(member, request.user)
    happens = [
        _("%(name)s becomes an owner: billing, plan and logins are theirs.") % words,
        _("You become a manager. Only an owner can give that back to you."),
        _("Other owners stay owners."),
    ]
    title = _("Hand %(business)s over to %(name)s?") % words
    return question(request, title, happens, _("Hand it over"))


def posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def slow_down(request: MemberRequest) -> None:
    """A business sends so many invitations an hour, from wherever it asks. Raises TooMany."""
    throttle(request, "team_invitations", "30/hour", key=f"tenant:{request.tenant.pk}")


def send(request: MemberRequest, invitation: Invitation) -> None:
    """Mail the link. Not within a transaction: a mail server takes its time."""
    token = invitations.token_of(invitation)
    urls = settings.PUBLIC_SCHEMA_URLCONF
    context = {
        "tenant": request.tenant,
        "by": members.name_of(request.user),
        "invitation": invitation,
        "good_until": invitation.good_until.astimezone(ZoneInfo(request.tenant.time_zone)),
        "invitation_url": reverse("tenants_public:invitation", urlconf=urls, args=[token]),
    }
    get_adapter(request).send_mail("tenants/team/email/invitation", invitation.email, context)


def changed(
    request: MemberRequest, text: Sentence, *, member: Membership | None = None
) -> HttpResponse:
    """Back on the list. Whoever has just changed their own role gets a whole new page: the menu is another one."""
    is_own = member is not None and member.user_id == request.user.pk
    may_look = member is None or not is_own or member.role in MANAGERS
    url = reverse("team:list" if may_look else "booking:home")
    return saved(request, url, text, event="" if is_own else CHANGED)


def dialog(
    request: MemberRequest, template: str, form: forms.Form, page: dict[str, Any]
) -> HttpResponse:
    context = {
        **page,
        "form": form,
        "action": request.path,
        "back_url": reverse("team:list"),
        "back_label": _("Team logins"),
        "shell": SHELL,
    }
    return render(request, template, context, status=422 if form.errors else 200)


def question(
    request: MemberRequest, title: Sentence, happens: Sequence[Sentence], label: Sentence
) -> HttpResponse:
    context = {
        "title": title,
        "happens": happens,
        "action": request.path,
        "action_label": label,
        "danger": True,
        "back_url": reverse("team:list"),
        "back_label": _("Team logins"),
        "shell": SHELL,
    }
    return render(request, "ui/confirm.html", context)
