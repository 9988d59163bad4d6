"""Messages: what went to whom, what it cost, why it failed, and what waits."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from saas.core import clock
from saas.core.access import MANAGERS, OWNER, panel
from saas.core.csv_files import csv_response
from saas.core.errors import Conflict, NotHere
from saas.core.htmx import saved
from saas.core.templatetags.ui import number
from tenants import metering
from workflows.models import Message
from workflows.panel.held_notice import notices
from workflows.panel.message_table import HEAD, MessageRow, MessageTable, channel_label
from workflows.panel.settings_form import MessagingForm
from workflows.services import held

LIST = "messages:list"
members = panel("workflows", roles=MANAGERS)


@members
@require_safe
def message_list(request: HttpRequest) -> HttpResponse:
    table = MessageTable(request.tenant, request.GET)
    may_buy = request.membership.role == OWNER
    context = {
        "table": table,
        "notices": notices(request.tenant, clock.now(), may_buy=may_buy),
    }
    return render(request, "workflows/messages/list.html", context)


@members
@require_safe
def message_file(request: HttpRequest) -> HttpResponse:
    table = MessageTable(request.tenant, request.GET)
    return csv_response(table.file_name, HEAD, table.file_rows())


@members
@require_safe
def message(request: HttpRequest, pk: int) -> HttpResponse:
    found = Message.objects.select_related("workflow", "run").filter(tenant=request.tenant, pk=pk)
    one = found.first()
    if one is None:
        raise NotHere(_("This message is not here any more. They are kept for 400 days."))
    return render(request, "workflows/messages/message.html", {"row": MessageRow(one)})


@members
@require_POST
def send(request: HttpRequest, channel: str) -> HttpResponse:
    """Everything that waits on the channel, the oldest first, until nothing is left."""
    _require_channel(channel)
    sent = held.send_held(request.tenant, channel, clock.now(), ids=_chosen(request))
    if not sent:
        raise Conflict(
            _("Nothing is left to pay for %(channel)s at present, so nothing was sent.")
            % {"channel": channel_label(channel)}
        )
    text = ngettext(
        "%(count)s message is on its way.", "%(count)s messages are on their way.", sent
    )
    return saved(request, reverse(LIST), text % {"count": number(sent)})


@members
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: HttpRequest, channel: str) -> HttpResponse:
    """The question, with how many there are; after a POST they are discarded."""
    _require_channel(channel)
    tenant, ids = request.tenant, _chosen(request)
    if request.method == "POST":
        gone = held.discard(tenant, ids, clock.now(), channel=channel)
        text = ngettext(
            "%(count)s message is discarded.", "%(count)s messages are discarded.", gone
        )
        return saved(request, reverse(LIST), text % {"count": number(gone)})
    waiting = sum(one.count for one in held.held(tenant) if one.channel == channel)
    happens = [
        ngettext(
            "%(count)s message will never be sent.",
            "%(count)s messages will never be sent.",
            waiting,
        )
        % {"count": number(waiting)},
        _("They stay in this list, marked as discarded. Nothing was charged for them."),
    ]
    context = {
        "title": _("Discard what is held?"),
        "happens": happens,
        "action": request.path,
        "action_label": _("Discard"),
        "danger": True,
        "back_url": reverse(LIST),
        "back_label": _("Messages"),
        "shell": "panel_base.html",
    }
    return render(request, "ui/confirm.html", context)


@members
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """How the business appears in its messages."""
    form = MessagingForm(request.POST or None, tenant=request.tenant)
    if form.is_bound and form.is_valid() and form.save():
        return saved(request, reverse("messages:settings"), _("Message settings are saved."))
    return render(request, "workflows/messages/settings.html", {"form": form}, status=form.status)


def _require_channel(channel: str) -> None:
    if channel not in metering.channels:
        raise NotHere(_("There is no such channel."))


def _chosen(request: HttpRequest) -> list[int] | None:
    """Those that were ticked; None where nothing was, which means all."""
    ids = [int(one) for one in request.POST.getlist("id") if one.isdecimal() and len(one) < 19]
    return ids or None
