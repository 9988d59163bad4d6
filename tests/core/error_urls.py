"""Addresses that go wrong, for the tests of the error pages."""

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import path

from saas.core.access import public
from saas.core.errors import Conflict, NotAllowed, NotHere, TooMany
from saas.urls_public import handler400, handler403, handler404, handler500
from saas.urls_public import urlpatterns as ours

ERRORS = {
    "bad": BadRequest("no"),
    "denied": PermissionDenied("no"),
    "not-allowed": NotAllowed("Ask the owner."),
    "not-here": NotHere("It was deleted."),
    "conflict": Conflict("It is taken.", action_url="/elsewhere/", action_label="See others"),
    "too-many": TooMany("Please wait.", retry_after=7),
    "crash": ZeroDivisionError("secret detail"),
}


@public
def fail(request: HttpRequest, how: str) -> HttpResponse:
    raise ERRORS[how]


urlpatterns = [path("fail/<slug:how>/", fail), *ours]
__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
