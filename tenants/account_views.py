"""The platform's host for whoever is logged in: their businesses and their account."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from saas.core import clock
from saas.core.access import signed_in
from saas.core.htmx import saved
from saas.core.throttling import throttle
from tenants.forms import BusinessForm, NameForm
from tenants.models import Membership, User
from tenants.public_views import address_suffix
from tenants.requests import SignedInRequest
from tenants.services import accounts, signup


def memberships_of(user: User) -> list[Membership]:
    """Where `user` works, by name, with the tenants."""
    active = Membership.objects.filter(user=user, is_active=True)
    return list(active.select_related("tenant").order_by("tenant__name", "pk"))


@signed_in
@require_safe
def businesses(request: SignedInRequest) -> HttpResponse:
    """Straight in with one business, a list with several; a super admin without any goes to the console."""
    memberships = memberships_of(request.user)
    if request.user.is_super_admin and not memberships:
        return redirect("console:home")
    only = memberships[0].tenant if len(memberships) == 1 else None
    if only and only.is_open and not request.user.is_super_admin:
        return redirect(only.login_url)
    return render(request, "tenants/businesses.html", {"memberships": memberships})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new_business(request: SignedInRequest) -> HttpResponse:
    """One more business: usable at once, since the owner's e-mail is confirmed."""
    form = BusinessForm(request.POST or None)
    if request.method == "POST":
        throttle(request, "new_business", "20/hour")
        if form.is_valid() and (url := open_and_activate(request, form)):
            return redirect(url)
    context = {
        "form": form,
        "address_suffix": address_suffix(),
        "is_open": signup.starting_plan(clock.now()) is not None,
    }
    status = 422 if form.errors else 200
    return render(request, "tenants/new_business.html", context, status=status)


def open_and_activate(request: SignedInRequest, form: BusinessForm) -> str:
    """Where to log in to the new business; empty, with an error on the form, when the address was lost."""
    now = clock.now()
    data = form.cleaned_data
    try:
        tenant = signup.open_now(
            request.user, name=data["business_name"], slug=data["slug"], now=now
        )
    except signup.AddressTaken as taken:
        form.add_error("slug", str(taken.message))
        return ""
    return tenant.login_url


@signed_in
@require_safe
def account(request: SignedInRequest) -> HttpResponse:
    context = {
        "memberships": memberships_of(request.user),
        "has_two_factor": is_mfa_enabled(request.user),
    }
    return render(request, "tenants/account.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def name(request: SignedInRequest) -> HttpResponse:
    """Change one's own name."""
    back = reverse("tenants_public:account")
    form = NameForm(request.POST or None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        accounts.rename_user(request.user, form.cleaned_data["name"])
        return saved(request, back, _("Name saved"))
    context = {
        "form": form,
        "title": _("Your name"),
        "shell": "tenants/account_base.html",
        "action": request.path,
        "back_url": back,
    }
    return render(request, "tenants/name.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def end_sessions(request: SignedInRequest) -> HttpResponse:
    """Log out everywhere but here."""
    accounts.end_sessions(request.user)
    update_session_auth_hash(request, request.user)
    messages.success(request, _("You are logged out everywhere else."))
    return redirect("tenants_public:account")
