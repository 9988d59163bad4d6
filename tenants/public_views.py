"""The platform's host for everybody: landing, sign-up, confirmation, and the doors between the hosts."""

from typing import Any
from urllib.parse import urlencode

from allauth.account import app_settings as allauth_settings
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.account.internal.flows.email_verification import send_verification_email_at_login
from allauth.account.internal.stagekit import clear_login, unstash_login
from allauth.account.models import EmailAddress
from allauth.account.views import ConfirmEmailView as AllauthConfirmEmailView
from allauth.account.views import SignupView as AllauthSignupView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core import signing
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from plans.models import Plan, PlatformSettings
from saas.core import clock
from saas.core.access import public, signed_in
from saas.core.throttling import throttled
from tenants.cards import Offer, common_discount
from tenants.forms import SignupForm
from tenants.requests import SignedInRequest
from tenants.services import handoff, signup
from tenants.services.addresses import address_problem, suggest_address


def address_suffix() -> str:
    """What follows the address of a business in its host name."""
    return f".{settings.BASE_DOMAIN}{settings.PORT_SUFFIX}"


@public
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    platform = PlatformSettings.load()
    plans = list(Plan.objects.filter(Q(is_hidden=False) | Q(is_default=True)).in_order())
    shown = [plan for plan in plans if not plan.is_hidden]
    context = {
        "platform": platform,
        "currency": platform.currency,
        "cards": [Offer(plan) for plan in shown],
        "discount": common_discount(shown),
        "has_annual": any(plan.annual_price for plan in shown),
        "start_plan": platform.trial_plan or next((p for p in plans if p.is_default), None),
        "form": SignupForm(),
        "address_suffix": address_suffix(),
    }
    return render(request, "tenants/landing.html", context)


@public
@require_safe
@throttled("address", "60/minute")
def address(request: HttpRequest) -> HttpResponse:
    """Whether the address being typed is free; without one, what the name would give."""
    slug, name = request.GET.get("slug", ""), request.GET.get("business_name", "").strip()
    problem = address_problem(slug) if slug else ""
    suggestion = suggest_address(name[:80]) if name and (problem or not slug) else ""
    context = {"slug": slug, "problem": problem, "suggestion": suggestion}
    return render(request, "tenants/_address_state.html", context)


class SignupView(AllauthSignupView):
    """allauth's, with an address that was lost to somebody else as an error of its field, and 422 for errors."""

    def form_valid(self, form: AllauthSignupForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except signup.AddressTaken as taken:
            form.add_error("slug", str(taken.message))
            return self.form_invalid(form)

    def form_invalid(self, form: AllauthSignupForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        start = signup.starting_plan(clock.now())
        more = {"address_suffix": address_suffix(), "start_plan": start and start[0]}
        return {**super().get_context_data(**kwargs), **more}


class ConfirmEmailView(AllauthConfirmEmailView):
    """allauth's, where pressing twice, or opening an old link, leads on instead of to an error."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            if not is_confirmed(kwargs["key"]):
                return super().dispatch(request, *args, **kwargs)
        except Http404:  # by a second press of the button it may have been confirmed just now
            if not is_confirmed(kwargs["key"]):
                raise
        messages.info(request, _("Your e-mail address is confirmed already."))
        return redirect("tenants_public:businesses")


def is_confirmed(key: str) -> bool:
    """Whether `key` is one of our links and its address has been confirmed since."""
    max_age = allauth_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS * 24 * 3600
    try:
        pk = signing.loads(key, max_age=max_age, salt=allauth_settings.SALT)
    except signing.BadSignature:
        return False
    return EmailAddress.objects.filter(pk=pk, verified=True).exists()


sign_up = public(SignupView.as_view())
confirm_email = public(ConfirmEmailView.as_view())


@public
@require_POST
@throttled("resend", "20/hour")
def resend(request: HttpRequest) -> HttpResponse:
    """Send the confirmation again to whoever signed up in this browser."""
    login = unstash_login(request, peek=True)
    if login is None:
        messages.info(
            request, _("Log in with your e-mail and password, and the mail is sent again.")
        )
        return redirect("account_login")
    if not send_verification_email_at_login(request, login):
        text = _(
            "We sent it less than a minute ago. Please look for it, and try again in a minute."
        )
        messages.warning(request, text)
    return redirect("account_email_verification_sent")


@public
@require_POST
def start_over(request: HttpRequest) -> HttpResponse:
    """Whoever mistyped the e-mail gives the address back to take it again; this browser's own sign-up alone."""
    login = unstash_login(request, peek=True)
    if login is not None and login.signup and login.user:
        signup.withdraw(login.user)
    clear_login(request)
    return redirect("tenants_public:signup")


@signed_in
@never_cache
@require_safe
@throttled("enter", "60/minute")
def enter(request: SignedInRequest, slug: str) -> HttpResponse:
    """Let a member in to the business that sent them here with a state."""
    tenant = handoff.find_door(request.user, slug)
    state_hash, path = request.GET.get("state", ""), request.GET.get("next", "")
    if not state_hash:
        return redirect(tenant.login_url)
    note = handoff.issue_entry(
        request.user, tenant, state_hash=state_hash[:64], path=path, now=clock.true_now()
    )  # fmt: skip
    return redirect(tenant.url(f"/handoff/?{urlencode({'token': note})}"))


@public
@never_cache
@require_safe
@throttled("leave", "60/minute")
def leave(request: HttpRequest) -> HttpResponse:
    """End the session here too for somebody who has just logged out at a business."""
    leaving = handoff.read_leave(request.GET.get("token", ""), now=clock.true_now())
    if leaving is not None:
        if request.user.pk == leaving:
            logout(request)
        messages.success(request, _("You are logged out."))
    return redirect("tenants_public:landing")
