"""The console's Top-up plans: the table of each channel, adding, editing and deleting a pack."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from credits.console.pack_forms import PackForm, PackWordsForm
from credits.console.pack_table import PackTable, channel_of
from credits.models import AutoRecharge, CreditPack
from credits.per_credit import per_credit
from credits.services import by_hand
from credits.services.by_hand import find_pack
from plans.models import PlatformSettings
from saas.core import clock
from saas.core.access import console
from saas.core.htmx import saved
from saas.core.templatetags.ui import number
from tenants import metering

SAVED = "packSaved"
READS = ["GET", "HEAD", "POST"]


@console
@require_safe
def pack_list(request: HttpRequest) -> HttpResponse:
    """The whole page; for htmx, which sorts, searches and reloads, the table alone."""
    platform = PlatformSettings.load()
    context = {"table": PackTable(request.GET, platform), "platform": platform}
    name = "_packs.html" if getattr(request, "htmx", False) else "packs.html"
    response = render(request, f"credits/console/{name}", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@console
@require_http_methods(READS)
def pack_add(request: HttpRequest) -> HttpResponse:
    """A new pack."""
    return _new(request, None)


@console
@require_http_methods(READS)
def pack_duplicate(request: HttpRequest, pk: int) -> HttpResponse:
    """A new pack, filled in like the one that is there."""
    return _new(request, find_pack(pk))


def _new(request: HttpRequest, like: CreditPack | None) -> HttpResponse:
    platform = PlatformSettings.load()
    posted = request.POST if request.method == "POST" else None
    channel = channel_of(request.GET)
    form = PackForm(posted, currency=platform.currency, channel=channel, pack=like)
    if posted is not None and form.is_valid():
        pack = by_hand.add_pack(**form.cleaned_data, now=clock.now())
        text = (
            _("%(pack)s is on offer.") if pack.is_active else _("%(pack)s is made. Nobody sees it.")
        )
        return saved(request, page_of(pack.channel), text % {"pack": pack.name}, event=SAVED)
    context = {
        "title": _("Duplicate %(pack)s") % {"pack": like.name} if like else _("New top-up plan"),
        "action": reverse("credits_console:pack_add"),
        "action_label": _("Add top-up plan"),
        "back_url": page_of(like.channel if like else channel),
    }
    return _dialog(request, form, context, platform)


@console
@require_http_methods(READS)
def pack_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Its words, and whether it is on offer. Whatever else is posted is not looked at."""
    pack = find_pack(pk)
    form = PackWordsForm(request.POST if request.method == "POST" else None, pack=pack)
    if form.is_bound and form.is_valid():
        stored = by_hand.edit_pack(pk, **form.cleaned_data)
        text = _("%(pack)s is saved.") % {"pack": stored.name}
        return saved(request, page_of(stored.channel), text, event=SAVED)
    context = {
        "title": pack.name,
        "pack": pack,
        "channel": metering.channels[pack.channel].label,
        "each": per_credit(pack.price, pack.credits, pack.currency),
        "action": request.path,
        "back_url": page_of(pack.channel),
    }
    return _dialog(request, form, context, PlatformSettings.load())


@console
@require_http_methods(READS)
def pack_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """What deleting does, then the deed."""
    pack = find_pack(pk)
    if request.method == "POST":
        by_hand.delete_pack(pk)
        text = _("%(pack)s is deleted.") % {"pack": pack.name}
        return saved(request, page_of(pack.channel), text, event=SAVED)
    context = {
        "title": _("Delete %(pack)s?") % {"pack": pack.name},
        "happens": _deletion(pack),
        "action": request.path,
        "action_label": _("Delete top-up plan"),
        "cancel_label": _("Keep it"),
        "danger": True,
        "back_url": page_of(pack.channel),
        "back_label": _("Top-up plans"),
        "platform": PlatformSettings.load(),
    }
    return render(request, "ui/confirm.html", context)


def _deletion(pack: CreditPack) -> list[str]:
    sold = pack.purchases.count()
    lines = [_("Tenants do not see it any more, and nobody can buy it.")]
    if sold:
        lines.append(
            ngettext(
                "%(count)s purchase of it stays as it is, and so do the credits that were bought.",
                "%(count)s purchases of it stay as they are, and so do the credits that were bought.",
                sold,
            )
            % {"count": number(sold)}
        )
    else:
        lines.append(_("Nobody has bought it. Credits that tenants have stay as they are."))
    if waiting := AutoRecharge.objects.filter(pack=pack, is_on=True).count():
        lines.append(
            ngettext(
                "%(count)s tenant has it bought by itself when credits run low. That stops.",
                "%(count)s tenants have it bought by itself when credits run low. That stops.",
                waiting,
            )
            % {"count": number(waiting)}
        )
    if pack.is_active:
        lines.append(_("To take it off offer and keep it here, edit it and switch Active off."))
    return lines


def _dialog(
    request: HttpRequest,
    form: PackForm | PackWordsForm,
    context: dict[str, Any],
    platform: PlatformSettings,
) -> HttpResponse:
    more = {"form": form, "platform": platform, "back_label": _("Top-up plans")}
    status = 422 if form.is_bound else 200
    return render(request, "credits/console/pack.html", {**context, **more}, status=status)


def page_of(channel: str) -> str:
    return f"{reverse('credits_console:packs')}?{urlencode({'channel': channel})}"
