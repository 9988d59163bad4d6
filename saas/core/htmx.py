"""Answers to htmx: saved, gone elsewhere, invalid."""

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from saas.core.errors import Sentence


def saved(request: HttpRequest, url: str, text: Sentence, *, event: str = "") -> HttpResponse:
    """Done: the dialog closes, the list that listens to `event` reloads, `text` shows as a toast.

    Without htmx the person is sent on to `url`, which shows the same text.
    """
    if not getattr(request, "htmx", False):
        messages.success(request, str(text))
        return redirect(url)
    if not event:
        messages.success(request, str(text))
        return HttpResponseClientRedirect(url)
    triggers = {"dialogClose": {}, "toast": {"level": "ok", "text": str(text)}, event: {}}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(triggers)})


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Send the browser to `url`, which may be another host."""
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(url)
    return redirect(url)
