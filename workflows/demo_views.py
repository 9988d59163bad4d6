"""The demo's phone: what would have been sent as SMS or WhatsApp. The URL exists in the demo alone."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from saas.core.access import public
from workflows.channels.catalogue import BY_PHONE
from workflows.models import Message, State
from workflows.panel.message_table import MessageRow

PER_PAGE = 20
LEFT_US = (State.SENT, State.DELIVERED)


@public
@require_safe
def phone(request: HttpRequest) -> HttpResponse:
    sent = Message.objects.filter(channel__in=BY_PHONE, state__in=LEFT_US)
    found = sent.select_related("tenant").order_by("-sent_at", "-pk")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [MessageRow(one) for one in page]
    return render(request, "workflows/demo_phone.html", {"page": page, "rows": rows})
