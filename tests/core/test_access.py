"""A view that does not say who may open it is refused."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

from saas.core.access import EVERY_ROLE, MANAGERS, Access, panel, public


def test_view_without_declaration_is_refused() -> None:
    def forgotten(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    with pytest.raises(ImproperlyConfigured, match="declares no access"):
        Access.of(forgotten)


def test_declaration_is_read_from_the_view() -> None:
    @public
    def landing(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    @panel("staff", roles=MANAGERS)
    def staff(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert Access.of(landing) == Access("public", "", EVERY_ROLE)
    assert Access.of(staff) == Access("panel", "staff", MANAGERS)
