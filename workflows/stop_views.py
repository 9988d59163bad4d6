"""Where a recipient says that it wants no more. Signed, so that nobody can say it for another."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from saas.core import clock
from saas.core.access import public
from saas.core.errors import NotHere
from saas.core.throttling import throttled
from workflows.channels.catalogue import CHANNELS
from workflows.services import opt_outs
from workflows.stopping import Stop, read

ONE_CLICK = "One-Click"
"""What a mail program sends in place of a form (RFC 8058)."""


@csrf_exempt  # the token is the right to do it, and a mail program has no cookie
@public
@throttled("stop-messages", "60/minute")
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Looking changes nothing: programs look at every link of a mail."""
    asked = _read(request, token)
    tenant, now = request.tenant, clock.now()
    if request.method == "POST":
        if request.POST.get("again"):
            opt_outs.opt_in(asked.channel, asked.address, tenant)
        else:
            opt_outs.opt_out(asked.channel, asked.address, tenant, "link", now)
        if request.POST.get("List-Unsubscribe") == ONE_CLICK:
            return HttpResponse("ok", content_type="text/plain")
    is_out = bool(opt_outs.addresses_out([tenant.pk], asked.channel, [asked.address]))
    context = {
        "asked": asked,
        "what": CHANNELS[asked.channel].none_left,
        "is_out": is_out,
        "action": request.path,
    }
    return render(request, "workflows/stop/stop.html", context)


def _read(request: HttpRequest, token: str) -> Stop:
    asked = read(token)
    if asked is None or asked.tenant_id != request.tenant.pk or asked.channel not in CHANNELS:
        raise NotHere(_("This link is not complete. Please use the one in the message."))
    return asked
