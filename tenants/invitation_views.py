"""The platform's host, for somebody with the link of an invitation: log in or choose a password, and be in."""

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from saas.core import clock
from saas.core.access import public
from saas.core.throttling import throttled
from tenants.models import Invitation, User
from tenants.services import invitations
from tenants.team_forms import JoinForm


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@throttled("invitation", "60/minute")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link changes nothing, since mail programs open links too; the button does."""
    user = request.user if isinstance(request.user, User) else None
    if user is not None and (joined := invitations.was_accepted_by(token, user)):
        return redirect(joined.login_url)
    found = invitations.read_link(token, now=clock.now())
    if user is not None:
        return _for_member(request, token, found, user)
    if invitations.has_login(found.email):
        query = urlencode({"next": request.path})
        login_url = f"{reverse('account_login')}?{query}"
        return _page(request, found, "log_in.html", login_url=login_url)
    return _for_newcomer(request, token, found)


def _for_member(request: HttpRequest, token: str, found: Invitation, user: User) -> HttpResponse:
    """Somebody is logged in: the invited one says yes, anybody else is told whom it is for."""
    if request.method == "POST":
        invitations.accept(token, user, now=clock.now())
        return redirect(found.tenant.login_url)
    if user.email != found.email:
        query = urlencode({"next": request.path})
        return _page(
            request, found, "other_person.html", logout_url=f"{reverse('account_logout')}?{query}"
        )
    return _page(request, found, "accept.html")


def _for_newcomer(request: HttpRequest, token: str, found: Invitation) -> HttpResponse:
    """A name and a password, and they are logged in and on the way to the panel."""
    form = JoinForm(request.POST if request.method == "POST" else None, email=found.email)
    if not (form.is_bound and form.is_valid()):
        return _page(request, found, "join.html", form=form)
    data = form.cleaned_data
    member = invitations.join_as_new(
        token, name=data["name"], password=data["password1"], now=clock.now()
    )
    login = Login(user=member.user, redirect_url=found.tenant.login_url, signup=True)
    return perform_password_login(request, {"email": found.email}, login)


def _page(request: HttpRequest, found: Invitation, template: str, **more: object) -> HttpResponse:
    form = more.get("form")
    context = {"invitation": found, "tenant": found.tenant, **more}
    status = 422 if getattr(form, "errors", None) else 200
    return render(request, f"tenants/team/{template}", context, status=status)
