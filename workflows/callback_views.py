"""Where carriers tell what became of messages, and what people wrote back. No person, no page: a plain answer."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from saas.core import clock
from saas.core.access import public
from saas.core.errors import TooMany
from saas.core.throttling import throttle
from workflows.services import hearing
from workflows.services.channels import NotGenuine

MOST_BYTES = 1024 * 1024
"""Meta puts up to a thousand pieces of news into one call."""
REFUSED_RATE = "60/minute"
"""How many refusals one network is told; what is genuine is never held up."""
NOTHING_TO_SAY = "<Response></Response>"
"""Twilio wants a document, and would send a plain text on as an answer: https://www.twilio.com/docs/messaging/twiml"""


@csrf_exempt
@public
@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, driver: str) -> HttpResponse:
    """200 for what was taken in. Else nothing was: 403 for what is not the carrier’s, 404, 413, 429."""
    try:
        if request.method == "GET":
            return _plain(hearing.greet(driver, request.GET.dict()), 200)
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            return _plain("too large", 413)
        query = request.META.get("QUERY_STRING", "")
        hearing.hear(driver, request.body, request.headers, query=query, now=clock.now())
    except NotGenuine:
        return _refuse(request)
    return HttpResponse(NOTHING_TO_SAY, content_type="text/xml")


def _refuse(request: HttpRequest) -> HttpResponse:
    try:
        throttle(request, "callback-refused", REFUSED_RATE)
    except TooMany as error:
        response = _plain("too many", error.status)
        response["Retry-After"] = str(error.retry_after)
        return response
    return _plain("not genuine", 403)


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain")
