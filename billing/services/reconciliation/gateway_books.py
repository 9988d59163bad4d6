"""Whether our books agree with the gateways': what was paid there and here, and what goes on there and here.

Everything here speaks to a gateway, outside of any transaction, within a time and a number of questions. What could not
be asked is a finding like any other.
"""

from collections.abc import Iterator

from billing.gateways.base import HostedGateway, RecurringGateway
from billing.gateways.catalogue import KINDS
from billing.models import Environment, Payment, Subscription
from billing.services import gateways
from billing.services.reconciliation.compared_payments import compare_payments
from billing.services.reconciliation.compared_refunds import compare_refunds
from billing.services.reconciliation.compared_subscriptions import compare_subscriptions
from billing.services.reconciliation.comparing import Place, Run
from billing.services.reconciliation.findings import Finding
from billing.services.resolving import ASKING_FAILS, why_not


def compare(run: Run) -> list[Finding]:
    """What every gateway says otherwise than we. Call it outside of a transaction; raises nothing of theirs."""
    return [found for place in places(run) for found in _compare_place(place, run)]


def places(run: Run) -> list[Place]:
    """Those that are connected, and those where something of ours was paid or goes on."""
    kinds = [key for key, kind in KINDS.items() if kind.fields]
    found = {Place(key, gateways.environment_of(key)) for key in kinds}
    for rows in (
        Payment.objects.filter(paid_at__gte=run.since),
        Subscription.objects.live().exclude(external_id=""),
    ):
        pairs = rows.filter(gateway__in=kinds).values_list("gateway", "environment").distinct()
        found |= {Place(*pair) for pair in pairs}
    return sorted(filter(_is_there, found), key=str)


def _is_there(place: Place) -> bool:
    """Whether there is anybody to ask: not at a double that does not run."""
    if place.environment == Environment.SANDBOX:
        return bool(gateways.sandbox_url(KINDS[place.gateway]))
    return bool(place.environment)


def _compare_place(place: Place, run: Run) -> Iterator[Finding]:
    """What was found until the gateway stopped answering is kept."""
    try:
        gateway = gateways.connect_to(place.gateway, place.environment)
        if isinstance(gateway, HostedGateway):
            yield from compare_payments(gateway, place, run)
            yield from compare_refunds(gateway, place, run)
        if isinstance(gateway, RecurringGateway):
            yield from compare_subscriptions(gateway, place, run)
    except ASKING_FAILS as error:
        text = (
            f"{place} could not be asked, so what it has was not (all) compared: {why_not(error)}"
        )
        yield place.found("no_answer", text)
