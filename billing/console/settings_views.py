"""The console's Settings → Payments: which gateways there are, their keys, and what stands on invoices."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from billing.console.settings_forms import BillingSettingsForm, GatewayForm
from billing.models import BillingSettings, Environment
from billing.services.setup import gateway_consequences as consequences
from billing.services.setup.gateway_settings import remove_keys, switch_mode, test_gateway
from billing.services.setup.gateway_setup import Setup, load_setup, load_setups
from saas.core import clock
from saas.core.access import console
from saas.core.htmx import saved


@console
@require_http_methods(["GET", "HEAD", "POST"])
def payments(request: HttpRequest) -> HttpResponse:
    """Every gateway with its state, and the settings about money."""
    posted = request.POST if request.method == "POST" else None
    form = BillingSettingsForm(posted, settings=BillingSettings.load())
    if posted is not None and form.is_valid() and form.save():
        return saved(request, reverse("payment_settings:list"), _("Billing settings are saved."))
    context = {"setups": load_setups(clock.true_now()), "form": form}
    return render(request, "billing/settings/list.html", context, status=form.status)


@console
@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def gateway(request: HttpRequest, key: str) -> HttpResponse:
    """One gateway. What is typed as a key is never sent back, and is in no error report."""
    now = clock.true_now()
    setup = load_setup(key, now)
    form = GatewayForm(request.POST if request.method == "POST" else None, setup=setup, now=now)
    if form.is_bound and form.is_valid() and form.save():
        return saved(request, _page(key), _("%(name)s is saved.") % {"name": setup.name})
    context = {"setup": setup, "form": form}
    return render(request, "billing/settings/gateway.html", context, status=form.status)


@console
@require_POST
def test(request: HttpRequest, key: str) -> HttpResponse:
    """Ask the gateway whether its keys open it, and tell."""
    tested = test_gateway(key, now=clock.true_now())
    tell = messages.success if tested.passed else messages.error
    tell(request, tested.text)
    from_list = request.POST.get("from") == "list"
    return redirect(reverse("payment_settings:list") if from_list else _page(key))


@console
@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest, key: str, environment: str) -> HttpResponse:
    """What changes between test and live, then the deed."""
    setup = load_setup(key, clock.true_now())
    mode = _mode_label(setup, environment)
    words = {"name": setup.name, "mode": mode}
    if request.method == "POST":
        switch_mode(key, environment, now=setup.now, seen=request.POST.get("seen", "?"))
        return saved(request, _page(key), _("%(name)s is in %(mode)s now.") % words)
    context = {
        "title": _("Switch %(name)s to %(mode)s?") % words,
        "lead": _("The keys are tried first. If they do not work, nothing changes."),
        "happens": consequences.of_switching(setup, environment),
        "action_label": _("Switch to %(mode)s") % words,
        "danger": environment == Environment.TEST,
    }
    return _confirm(request, setup, context)


@console
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, key: str, environment: str) -> HttpResponse:
    """What stops without the keys, then the deed."""
    setup = load_setup(key, clock.true_now())
    words = {"name": setup.name, "mode": _mode_label(setup, environment)}
    if request.method == "POST":
        remove_keys(key, environment, now=setup.now, seen=request.POST.get("seen", "?"))
        return saved(request, _page(key), _("The keys of %(mode)s are removed.") % words)
    context = {
        "title": _("Remove the keys of %(mode)s?") % words,
        "happens": consequences.of_removing(setup, environment),
        "action_label": _("Remove keys"),
        "danger": True,
    }
    return _confirm(request, setup, context)


def _confirm(request: HttpRequest, setup: Setup, context: dict[str, object]) -> HttpResponse:
    more = {
        "action": request.path,
        "fields": [("seen", setup.version)],
        "back_url": _page(setup.key),
        "back_label": setup.name,
    }
    return render(request, "ui/confirm.html", {**context, **more})


def _mode_label(setup: Setup, environment: str) -> str:
    """Raises NotHere for what is no mode of this gateway."""
    is_live = setup.key_set(environment).environment == Environment.LIVE
    return _("live mode") if is_live else _("test mode")


def _page(key: str) -> str:
    return reverse("payment_settings:gateway", args=[key])
