"""The business's own accounts at payment companies, as its owner sets them up.

In person: whose account customers pay to is decided by nobody who only looks at the business as its owner would.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from booking.account_forms import AccountForm, DepositRulesForm
from booking.models import BookingRules, DepositPayment
from booking.services import page_settings
from booking.services.deposits import accounts
from booking.services.deposits.accounts import FEATURE
from booking.views.row_forms import posted
from saas.core import clock
from saas.core.access import MANAGERS, OWNERS, panel
from saas.core.htmx import saved
from saas.core.versions import ChangedMeanwhile

LIST = "booking:online_payments"


@panel(FEATURE, roles=MANAGERS)
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: HttpRequest) -> HttpResponse:
    """Every company with its state, and the rules about deposits."""
    form = DepositRulesForm(posted(request), instance=BookingRules.load())
    if form.is_bound and form.is_valid():
        page_settings.save_rules(request.tenant, **form.cleaned_data)
        return saved(request, reverse(LIST), _("The rules for deposits are saved."))
    context = {
        "setups": accounts.load_setups(clock.true_now()),
        "form": form,
        "may_set_up": request.membership.role in OWNERS and request.impersonator is None,
        "has_deposits": DepositPayment.objects.exists(),
    }
    status = 422 if form.errors else 200
    return render(request, "booking/payments/overview.html", context, status=status)


@panel(FEATURE, roles=OWNERS, in_person=True)
@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, gateway: str) -> HttpResponse:
    """One company. What is typed as a key is never sent back, and is in no error report."""
    now = clock.true_now()
    setup = accounts.load_setup(gateway, now)
    form = AccountForm(posted(request), setup=setup)
    if form.is_bound and form.is_valid():
        try:
            accounts.save_account(
                request.tenant, gateway, form.change(), now=now, seen=form.was_seen
            )
        except ChangedMeanwhile:
            form.conflict = True
        except ValidationError as error:
            form.refuse(error.error_dict)
        else:
            return saved(request, _page(gateway), _("%(name)s is saved.") % {"name": setup.name})
    context = {
        "setup": setup,
        "form": form,
        "hook_url": request.tenant.url(setup.webhook_url),
    }
    return render(request, "booking/payments/account.html", context, status=form.status)


@panel(FEATURE, roles=OWNERS)
@require_POST
def account_test(request: HttpRequest, gateway: str) -> HttpResponse:
    """Ask the company whether the keys open the account, and tell."""
    tested = accounts.test_account(request.tenant, gateway, now=clock.true_now())
    tell = messages.success if tested.passed else messages.error
    tell(request, tested.text)
    return redirect(_page(gateway))


@panel(FEATURE, roles=OWNERS, in_person=True)
@require_http_methods(["GET", "HEAD", "POST"])
def account_remove(request: HttpRequest, gateway: str, environment: str) -> HttpResponse:
    """What stops without the keys, then the deed."""
    setup = accounts.load_setup(gateway, clock.true_now())
    setup.key_set(environment)
    if request.method == "POST":
        seen = request.POST.get("seen", "?")
        accounts.remove_keys(request.tenant, gateway, environment, now=setup.now, seen=seen)
        return saved(request, _page(gateway), _("The keys are removed."))
    context: dict[str, Any] = {
        "title": _("Remove the live keys?")
        if environment == "live"
        else _("Remove the test keys?"),
        "happens": [
            _("Nobody can pay you with %(name)s in this mode any more.") % {"name": setup.name},
            _("What was paid with it can no longer be given back from here."),
            _("Whoever is paying at this moment may not be heard of."),
        ],
        "action": request.path,
        "fields": [("seen", setup.version)],
        "action_label": _("Remove keys"),
        "danger": True,
        "back_url": _page(gateway),
        "back_label": setup.name,
        "shell": "panel_base.html",
    }
    return render(request, "ui/confirm.html", context)


def _page(gateway: str) -> str:
    return reverse("booking:payment_account", args=[gateway])
