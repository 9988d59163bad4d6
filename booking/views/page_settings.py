"""The business's side of its booking page: rules, look, own words. Owners and managers."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from booking.labels import LANGUAGES, editable
from booking.models import BookingRules
from booking.page.shop import picture_path
from booking.page_forms import LogoForm, RulesForm, WordsForm
from booking.services import page_settings
from booking.services.pictures import BadPicture
from booking.services.resources import WrongChoice
from booking.views.row_forms import posted
from saas.core import clock
from saas.core.access import MANAGERS, panel
from saas.core.htmx import saved
from saas.core.versions import ChangedMeanwhile

PAGE = "booking:page_rules"


@panel("booking_page", roles=MANAGERS)
def page_rules(request: HttpRequest) -> HttpResponse:
    form = RulesForm(posted(request), instance=BookingRules.load())
    if form.is_bound and form.is_valid():
        try:
            page_settings.save_rules(request.tenant, seen=form.was_seen, **form.entered)
        except ChangedMeanwhile:
            form.conflict = True
        else:
            return saved(request, reverse(PAGE), _("The booking page is saved."))
    return _rules_page(request, form, LogoForm(), status=form.status)


@panel("booking_page.upload_logo", roles=MANAGERS)
@require_POST
def page_logo(request: HttpRequest) -> HttpResponse:
    """Put the picture that was sent on the page."""
    form = LogoForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            page_settings.set_logo(request.tenant, form.cleaned_data["logo"], now=clock.now())
        except BadPicture as error:
            form.add_error("logo", str(error.message))
        else:
            return saved(request, reverse(PAGE), _("The logo is on your page."))
    return _rules_page(request, RulesForm(instance=BookingRules.load()), form, status=422)


@panel("booking_page.upload_logo", roles=MANAGERS)
@require_POST
def page_logo_off(request: HttpRequest) -> HttpResponse:
    page_settings.remove_logo(request.tenant)
    return saved(request, reverse(PAGE), _("The logo is removed."))


@panel("booking_page.dynamic_translations", roles=MANAGERS)
def page_words(request: HttpRequest) -> HttpResponse:
    """Every text of the page in one language, ours as the hint of each field."""
    asked = request.GET.get("language", "")
    language = asked if asked in LANGUAGES else "en"
    keys = [key for _label, group in editable() for key in group]
    own = page_settings.own_words(language)
    form = WordsForm(posted(request), language=language, keys=keys, initial=own)
    if form.is_bound and form.is_valid():
        address = f"{reverse('booking:page_words')}?language={language}"
        door = partial(page_settings.save_words, request.tenant, language)
        try:
            door(form.entered, seen=form.was_seen)
        except ChangedMeanwhile:
            form.conflict = True
        except WrongChoice as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            return saved(request, address, _("Your words are on the page."))
    context = {
        "form": form,
        "groups": [
            (label, [form[key] for key in group], sum(key in own for key in group))
            for label, group in editable()
        ],
        "spoken": language,
        "languages": LANGUAGES.items(),
    }
    return render(request, "booking/page_words.html", context, status=form.status)


def _rules_page(
    request: HttpRequest, form: RulesForm, logo_form: LogoForm, status: int
) -> HttpResponse:
    can = request.tenant.entitlements.can
    logo = BookingRules.load().logo
    context: dict[str, Any] = {
        "form": form,
        "logo_form": logo_form,
        "logo": logo,
        "logo_url": picture_path(logo) if logo else "",
        "may_logo": can("booking_page.upload_logo"),
        "may_words": can("booking_page.dynamic_translations"),
        "receives": can("booking_page.receive_appointments"),
        "share_url": request.tenant.url("/"),
        "book_url": request.tenant.url("/book/"),
    }
    return render(request, "booking/page_rules.html", context, status=status)
