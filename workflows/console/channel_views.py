"""The console's Settings → Channels: who carries which messages, whether it works, and Meta's approved texts."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from saas.core import clock
from saas.core.access import console
from saas.core.htmx import go, saved
from tenants.models import User
from workflows.channels.catalogue import CHANNELS, WHATSAPP
from workflows.console.channel_forms import CarrierForm, TemplateForm, TestForm
from workflows.console.channel_rows import ChannelRow, rows
from workflows.models import ApprovedTemplate
from workflows.services import approved_templates
from workflows.services.channels import send_test, setup_of

shown_and_posted = require_http_methods(["GET", "HEAD", "POST"])


@console
@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """Every channel with its state; in the demo also where its messages are read."""
    phone_url = reverse("message_demo:phone") if settings.DEMO else ""
    context = {"rows": rows(), "phone_url": phone_url}
    return render(request, "workflows/channels/list.html", context)


@console
@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@shown_and_posted
def channel(request: HttpRequest, channel: str) -> HttpResponse:
    """One channel. What is typed as a key is never sent back, and is in no error report."""
    stored = setup_of(channel)
    given = request.POST if request.method == "POST" else request.GET
    asked = given.get("driver", "")
    setup = setup_of(channel, asked) if asked else stored
    posted = request.POST if request.method == "POST" else None
    form = CarrierForm(posted, setup=setup) if setup.kind else None
    if form and form.is_bound and form.is_valid() and form.save(_person(request), clock.now()):
        text = _("%(name)s is saved.") % {"name": CHANNELS[channel].label}
        return saved(request, _page(channel), text)
    context = {
        "row": ChannelRow(stored),
        "chosen": ChannelRow(setup),
        "form": form,
        "texts": ApprovedTemplate.objects.order_by("name", "language")
        if channel == WHATSAPP
        else None,
    }
    status = form.status if form else 422 if posted is not None else 200
    return render(request, "workflows/channels/channel.html", context, status=status)


@console
@shown_and_posted
def test(request: HttpRequest, channel: str) -> HttpResponse:
    """Ask where to, send one short message there, and tell what came of it."""
    row = ChannelRow(setup_of(channel))
    posted = request.POST if request.method == "POST" else None
    form = TestForm(posted, channel=channel, person=_person(request))
    if form.is_bound and form.is_valid():
        tested = send_test(channel, form.cleaned_data["to"], now=clock.true_now())
        tell = messages.success if tested.passed else messages.error
        tell(request, tested.text)
        return go(request, reverse("console_channels:channels"))
    context = {
        "row": row,
        "form": form,
        "title": _("Send a test: %(name)s") % {"name": row.label},
        "lead": _("One short message, which costs no business anything."),
        "action": request.path,
        "action_label": _("Send test"),
        "back_url": reverse("console_channels:channels"),
        "back_label": _("Channels"),
    }
    status = 422 if form.is_bound else 200
    return render(request, "workflows/channels/test.html", context, status=status)


@console
@shown_and_posted
def add_template(request: HttpRequest) -> HttpResponse:
    return _template_page(request, None)


@console
@shown_and_posted
def template(request: HttpRequest, pk: int) -> HttpResponse:
    return _template_page(request, approved_templates.template_called(pk))


@console
@shown_and_posted
def delete_template(request: HttpRequest, pk: int) -> HttpResponse:
    """Which workflows lose their text, then the deed."""
    if request.method == "POST":
        name = approved_templates.delete_template(pk, by=_person(request))
        return saved(request, _page(WHATSAPP), _("“%(name)s” is deleted.") % {"name": name})
    found = approved_templates.template_called(pk)
    context = {
        "title": _("Delete “%(name)s”?") % {"name": found},
        "happens": _what_happens(approved_templates.uses_of(found)),
        "action": request.path,
        "action_label": _("Delete"),
        "danger": True,
        "back_url": _page(WHATSAPP),
        "back_label": CHANNELS[WHATSAPP].label,
    }
    return render(request, "ui/confirm.html", context)


def _template_page(request: HttpRequest, found: ApprovedTemplate | None) -> HttpResponse:
    form = TemplateForm(request.POST if request.method == "POST" else None, template=found)
    if form.is_bound and form.is_valid() and (row := form.save(by=_person(request))):
        return saved(request, _page(WHATSAPP), _("“%(name)s” is saved.") % {"name": row})
    context = {
        "form": form,
        "title": _("Approved text") if found else _("Add an approved text"),
        "lead": _("Outside of a conversation WhatsApp delivers nothing else."),
        "action": request.path,
        "back_url": _page(WHATSAPP),
        "back_label": CHANNELS[WHATSAPP].label,
    }
    status = 422 if form.is_bound else 200
    return render(request, "workflows/channels/text.html", context, status=status)


def _what_happens(uses: int) -> list[str]:
    kept = _("At Meta it stays as it is, and messages that were sent stay in the lists.")
    if not uses:
        return [_("No workflow uses it."), kept]
    lost = ngettext(
        "%(n)s action of a workflow uses it, and sends nothing by WhatsApp until another text is chosen.",
        "%(n)s actions of workflows use it, and send nothing by WhatsApp until another text is chosen.",
        uses,
    ) % {"n": uses}
    return [lost, kept]


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)


def _page(channel: str) -> str:
    return reverse("console_channels:channel", args=[channel])
