"""How things stand at Mercado Pago now. A notification only says where to look: nothing in it is believed."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from billing.gateways.base import Fact, Notification, PaymentFact, PaymentState, RefundFact
from billing.gateways.mercadopago import facts
from billing.gateways.mercadopago.checkout import written
from billing.gateways.mercadopago.client import Client, Json
from billing.gateways.mercadopago.facts import Attempt

PAGE = 100
FOR_LONG = timedelta(days=3650)
"""A list from some time on has to have an end."""


def find_payment(client: Client, external_id: str) -> PaymentFact | None:
    """The order of that page, or the payment of that number; None when it is not there, or nothing that we sell."""
    if external_id.isdigit():
        payment = client.payment(external_id)
        is_ours = payment is not None and bool(facts.reference_of(payment))
        return facts.payment_fact(payment) if payment and is_ours else None
    preference, at = client.preference(external_id) if external_id else (None, None)
    if preference is None or not facts.reference_of(preference):
        return None
    attempt = facts.attempt_of(preference, at)
    return facts.standing(_payments_of(client, attempt.reference), attempt)[0]


def _payments_of(client: Client, reference: str) -> list[Json]:
    """Whatever was tried for an order, the latest first; the list is of what our own account collects."""
    return client.payments(external_reference=reference, criteria="desc", limit=PAGE)


# Notifications

Reader = Callable[[Client, str], list[Fact]]


def read(client: Client, notification: Notification) -> list[Fact]:
    """What `notification` is about, as it stands now; empty for what we do not sell, know or need."""
    reader = READERS.get(notification.kind.partition(".")[0])
    return reader(client, notification.object_id) if reader and notification.object_id else []


def _payment(client: Client, key: str) -> list[Fact]:
    """The order of a payment, with everything that was paid for it, and all that went back of that."""
    payment = client.payment(key) if key.isdigit() else None
    reference = facts.reference_of(payment) if payment else ""
    if payment is None or not reference:
        return []
    listed = client.preferences_of(reference)
    if any(facts.is_elsewhere(payment, one) for one in listed):
        return []
    attempt = _attempt(client, listed, payment, reference)
    every = {one["id"]: one for one in [payment, *_payments_of(client, reference)]}
    said: list[Fact] = [*facts.standing(every.values(), attempt)]
    for one in every.values():
        said.extend(_gone_of(client, one))
    return said


def _attempt(client: Client, listed: list[Json], payment: Json, reference: str) -> Attempt:
    """The page that an order is paid on: over when all are that were made for it."""
    known = facts.payment_fact(payment)
    whole = [client.preference(str(one["id"])) for one in listed]
    found = [facts.attempt_of(one, at) for one, at in whole if one]
    is_over = bool(found) and all(one.is_over for one in found)
    external_id = found[0].external_id if found else known.external_id
    return Attempt(external_id, reference, known.amount, known.currency, is_over)


def _gone_of(client: Client, payment: Json) -> Iterator[RefundFact]:
    """Every refund of a payment, and its chargeback."""
    if facts.was_refunded(payment):
        key = str(payment["id"])
        for refund in client.refunds(key):
            yield facts.refund_fact(refund, key, str(payment["currency_id"]))
    if dispute := facts.dispute_fact(payment):
        yield dispute


def _chargeback(client: Client, key: str) -> list[Fact]:
    """What it is about: how the payment stands says whether the bank has taken it."""
    chargeback = client.chargeback(key)
    about = (chargeback or {}).get("payments") or []
    keys = (str(one["id"] if isinstance(one, dict) else one) for one in about)
    return [fact for one in dict.fromkeys(keys) for fact in _payment(client, one)]


READERS: dict[str, Reader] = {
    "payment": _payment,
    "chargebacks": _chargeback,
    "topic_chargebacks_wh": _chargeback,
}
"""Topics that mean something to us; an application at Mercado Pago need send no other."""


# Reconciliation


def paid_since(client: Client, since: datetime) -> Iterator[PaymentFact]:
    """Payments for orders of ours that came in since then, each by its own number."""
    for payment in _touched_since(client, since):
        if facts.reference_of(payment):
            fact = facts.payment_fact(payment)
            if fact.state is PaymentState.PAID and fact.at and fact.at >= since:
                yield fact


def gone_since(client: Client, since: datetime) -> Iterator[RefundFact]:
    """Refunds and chargebacks since then, of everything on the account."""
    for payment in _touched_since(client, since):
        for fact in _gone_of(client, payment):
            if fact.at >= since:
                yield fact


def _touched_since(client: Client, since: datetime) -> Iterator[Json]:
    """Every payment in which something changed since then, once.

    The list goes on from the time of the last one, not by numbers of pages: what changes meanwhile goes to its end, and
    would move another one over a page's edge.
    """
    begin, offset, seen = since, 0, set[int]()
    while True:
        page = client.payments(
            range="date_last_updated", sort="date_last_updated", begin_date=written(begin),
            end_date=written(begin + FOR_LONG), limit=PAGE, offset=offset,
        )  # fmt: skip
        for payment in page:
            if payment["id"] not in seen:
                seen.add(payment["id"])
                yield payment
        if len(page) < PAGE:
            return
        last = facts.moment(page[-1]["date_last_updated"])
        begin, offset = (last, 0) if last > begin else (begin, offset + PAGE)
