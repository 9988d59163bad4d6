"""What went back at a gateway, and what went back here: either way round. Disputes come by notifications alone."""

from collections.abc import Iterable, Iterator
from itertools import islice

from billing.gateways.base import HostedGateway, RefundFact
from billing.models import Payment, Refund
from billing.services.reconciliation.compared_payments import PATIENCE
from billing.services.reconciliation.comparing import Place, Run
from billing.services.reconciliation.findings import Finding
from saas.core.money import format_money

MOST_REFUNDS = 5_000


def compare_refunds(gateway: HostedGateway, place: Place, run: Run) -> Iterator[Finding]:
    """What either has and the other has not. Raises what the gateway raises."""
    run.tell(f"{place}: refunds")
    facts = list(islice(gateway.refunded_since(run.since), MOST_REFUNDS))
    ours = Refund.objects.filter(
        kind=Refund.Kind.REFUND,
        reversed_at__isnull=True,
        **{f"payment__{name}": value for name, value in place.own.items()},
    ).select_related("payment__tenant")
    yield from _not_here(facts, ours, place, run)
    if run.is_over or len(facts) >= MOST_REFUNDS:
        yield place.found("not_all", f"{place}: only {len(facts):,} refunds were compared.")
        return
    listed = {fact.external_id for fact in facts}
    for refund in ours.filter(at__gte=run.since, at__lt=run.now - PATIENCE).order_by("pk"):
        if refund.external_id not in listed:
            what = f"{_amount(refund.amount, refund.payment)} of {_about(refund.payment)}"
            text = f"{what} went back here, and not at {place}."
            yield _found("refund_not_there", text, refund.payment, place)


def _not_here(
    facts: Iterable[RefundFact], ours: "Iterable[Refund]", place: Place, run: Run
) -> Iterator[Finding]:
    old_enough = [fact for fact in facts if fact.at <= run.now - PATIENCE]
    charges = {fact.charge_id for fact in old_enough}
    paid = Payment.objects.filter(**place.own, charge_id__in=charges).select_related("tenant")
    by_charge = {payment.charge_id: payment for payment in paid}
    known = {refund.external_id: refund.amount for refund in ours}
    for fact in old_enough:
        payment = by_charge.get(fact.charge_id)
        if payment is None or payment.seen_at or known.get(fact.external_id) == fact.amount:
            continue
        what = f"{_amount(fact.amount, payment)} of {_about(payment)} on {fact.at:%Y-%m-%d}"
        text = f"{place} gave back {what}, which is not here."
        yield _found("refund_not_here", text, payment, place)


def _amount(amount: int, payment: Payment) -> str:
    return format_money(amount, payment.currency, "en")


def _about(payment: Payment) -> str:
    return f"{payment.title} of {payment.tenant.name}"


def _found(kind: str, text: str, payment: Payment, place: Place) -> Finding:
    return place.found(kind, text, tenant_id=payment.tenant_id, payment_id=payment.pk)
