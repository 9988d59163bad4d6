"""The demo's mailbox. The URL exists in the demo alone."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from saas.core.access import public
from saas.core.errors import NotHere
from tenants import demo_mail

PER_PAGE = 20


@public
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    page = Paginator(demo_mail.mails(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "tenants/demo_mailbox.html", {"page": page})


@public
@require_safe
def mail(request: HttpRequest, key: str) -> HttpResponse:
    found = demo_mail.find_mail(key)
    if found is None:
        raise NotHere(_("This mail is not kept any more."))
    return render(request, "tenants/demo_mail.html", {"mail": found})
