"""Where payment companies tell a business what happened. No session, no person, no page: an answer to a machine."""

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from billing.services.inbox.working import Refused
from billing.services.merchants import GatewayRefused, GatewayUnavailable, NotConnected, NotGenuine
from billing.webhook_views import body_of, plain, refuse
from booking.services.deposits.hearing import hear
from saas.core import clock
from saas.core.access import public

log = logging.getLogger(__name__)


@csrf_exempt
@public
def receive(request: HttpRequest, gateway: str) -> HttpResponse:
    """200 once it is true here, however often it comes. 503 where the company could not be asked: it tells again.

    What is not genuine is refused in a few words, 400 or 404, and 429 to a network that does so too often.
    """
    headers = {**request.headers, ":path": request.get_full_path()}
    times = {"signed_at": clock.true_now(), "now": clock.now()}
    try:
        hear(request.tenant, gateway, body_of(request), headers, **times)
    except Refused as refusal:
        return refuse(request, refusal)
    except NotConnected:
        return refuse(request, Refused("not connected", 404))
    except NotGenuine as error:
        return refuse(request, Refused(error.reason))
    except (GatewayUnavailable, GatewayRefused) as error:
        log.warning("A notification of %s could not be looked into: %s", gateway, error.detail)
        return plain("later", 503)
    return plain("ok", 200)
