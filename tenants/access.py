"""Whether this request may open the page it asks for, by what the view declares (`saas.core.access`)."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRedirect

from saas.core.access import Access
from saas.core.errors import NotAllowed, NotHere


def check_access(request: HttpRequest, access: Access) -> HttpResponse | None:
    """None when the person may go on; the way to the login when nobody is signed in.

    Raises NotHere (404) for whatever must not be known to exist, NotAllowed (403) for a member's missing role.
    """
    if access.audience == "public":
        return None
    if not request.user.is_authenticated:
        return _to_login(request)
    if access.audience == "console" and not request.user.is_super_admin:
        raise NotHere(_("There is no such page."))
    if access.audience == "panel":
        _check_member(request, access)
    return None


def _check_member(request: HttpRequest, access: Access) -> None:
    if request.tenant is None or request.membership is None:
        raise NotHere(_("There is no such page."))
    if access.capability:
        request.tenant.entitlements.require(access.capability)
    if request.membership.role not in access.roles:
        raise NotAllowed(_("Your role does not include this. Ask the owner of the business."))
    if access.in_person and request.impersonator is not None:
        raise NotAllowed(
            _("Only the people of the business itself do this. You see it as its owner.")
        )


def _to_login(request: HttpRequest) -> HttpResponse:
    login = reverse("tenants:login" if request.tenant else "account_login")
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(login)
    return redirect_to_login(request.get_full_path(), login)
