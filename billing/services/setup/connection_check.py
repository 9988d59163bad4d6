"""Whether keys open an account at a gateway: asked for the platform's account and for a business's own alike."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from billing.gateways.base import GatewayRefused, GatewayUnavailable, HostedGateway
from saas.core.audit_values import HIDDEN
from saas.core.errors import Sentence

RESULT_LENGTH = 300


@dataclass(frozen=True)
class Tested:
    """What came of a test, in one sentence."""

    passed: bool
    text: str


@sensitive_variables()
def try_connection(gateway: HostedGateway, name: Sentence, secrets: Iterable[str]) -> Tested:
    """Ask `gateway`, called `name`, and tell; none of `secrets` is in what it says, should it repeat one.

    Speaks to the gateway, so call it outside of a transaction.
    """
    passed = False
    try:
        text = _("Connected to %(account)s.") % {"account": gateway.test_connection()}
        passed = True
    except GatewayUnavailable as error:
        words = {"name": name, "detail": _without(secrets, error.detail)}
        text = _("%(name)s does not answer: %(detail)s") % words
    except GatewayRefused as error:
        words = {"name": name, "detail": _without(secrets, error.detail)}
        text = _("%(name)s refused: %(detail)s") % words
    return Tested(passed, Truncator(text).chars(RESULT_LENGTH))


def _without(secrets: Iterable[str], detail: str) -> str:
    for secret in secrets:
        detail = detail.replace(secret, HIDDEN)
    return detail
