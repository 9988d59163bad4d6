"""The demo's clock. In production neither the page nor its address exists."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from plans.models import PlatformSettings
from saas.core import clock
from saas.core.access import console
from saas.core.htmx import saved
from saas.dashboard import time_travel

CHOICES = (1, 7, 35)


class DaysForm(forms.Form):
    """How far to go."""

    days = forms.IntegerField(
        label=gettext_lazy("Days"),
        min_value=1,
        max_value=time_travel.MOST_DAYS,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "num"}),
    )


@console
@require_http_methods(["GET", "HEAD", "POST"])
def demo_clock(request: HttpRequest) -> HttpResponse:
    """Where the demo stands in time, and going ahead from there."""
    form = DaysForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        result = time_travel.travel(form.cleaned_data["days"])
        return saved(request, reverse("console:clock"), in_words(form.cleaned_data["days"], result))
    context = {
        "platform": PlatformSettings.load(),
        "form": form,
        "choices": CHOICES,
        "now": clock.now(),
        "is_moved": bool(clock.offset()),
        "true_now": clock.true_now(),
        "most": time_travel.MOST_DAYS,
    }
    return render(request, "console/clock.html", context, status=422 if form.is_bound else 200)


def in_words(days: int, result: time_travel.Happened) -> str:
    """“35 days later. 3 payments came in, 1 failed, …”"""
    told = [
        ngettext("%(count)s day later.", "%(count)s days later.", days) % {"count": days},
        *(
            sentence % {"count": count}
            for count, sentence in (
                (result.paid, _("Payments that came in: %(count)s.")),
                (result.failed, _("Payments that failed: %(count)s.")),
                (result.moved, _("Changes of plan: %(count)s.")),
                (result.lapsed, _("Plans that were not renewed: %(count)s.")),
            )
            if count
        ),
    ]
    return " ".join([*told, _("Nothing fell due.")] if result.is_nothing else told)
