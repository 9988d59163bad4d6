"""What went back of payments at a gateway, and what went back here: either way round."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from billing.gateways.base import HostedGateway, RefundFact
from billing.models import Payment, Refund
from billing.services.reconciliation.compared_payments import patience
from billing.services.reconciliation.comparing import Place, Run
from billing.services.reconciliation.findings import Finding
from saas.core.money import format_money

MOST_REFUNDS = 20_000
AT_ONCE = 500


def compare_refunds(gateway: HostedGateway, place: Place, run: Run) -> Iterator[Finding]:
    """Paid payments of which another amount went back there than here. Raises what the gateway raises.

    Refunds and disputes that were made since `run.since`, and not in the last minutes, are added up on both sides;
    a dispute that was won, or a refund that the bank did not take, counts on neither.
    """
    run.tell(f"{place}: refunds")
    gone: dict[str, int] = defaultdict(int)
    count = 0
    for fact in islice(gateway.gone_since(run.since), MOST_REFUNDS):
        if run.is_over:
            break
        count += 1
        if _counts(fact, place, run):
            gone[fact.charge_id] += fact.amount
    if run.is_over or count >= MOST_REFUNDS:
        yield place.found("not_all", f"{place}: only {count:,} refunds were compared.")
        return
    yield from _differences(gone, place, run)


def _counts(fact: RefundFact, place: Place, run: Run) -> bool:
    return bool(fact.charge_id) and not fact.is_reversed and fact.at <= run.now - patience(place)


def _differences(gone: dict[str, int], place: Place, run: Run) -> Iterator[Finding]:
    here = _gone_here(place, run.since, run.now - patience(place))
    charges = sorted({*gone, *here})
    for start in range(0, len(charges), AT_ONCE):
        some = charges[start : start + AT_ONCE]
        for payment in _payments(some, place, run.since):
            there = min(gone.get(payment.charge_id, 0), payment.amount - payment.before)  # type: ignore[attr-defined]
            if there != here.get(payment.charge_id, 0):
                yield _finding(payment, here.get(payment.charge_id, 0), there, place)


def _gone_here(place: Place, since: datetime, until: datetime) -> dict[str, int]:
    """{name of the money at the gateway: how much of it went back here in that time}"""
    own = {f"payment__{name}": value for name, value in place.own.items()}
    rows = Refund.objects.filter(**own, reversed_at=None, at__gte=since, at__lte=until)
    sums = rows.exclude(payment__charge_id="").values_list("payment__charge_id")
    return dict(sums.annotate(sum=Sum("amount")).order_by())


def _payments(charges: Iterable[str], place: Place, since: datetime) -> Iterable[Payment]:
    """Those of ours that came in, each with what had gone back `before` that time."""
    earlier = Q(refunds__at__lt=since, refunds__reversed_at=None)
    paid = Payment.objects.filter(**place.own, charge_id__in=charges, paid_at__isnull=False)
    counted = paid.annotate(before=Coalesce(Sum("refunds__amount", filter=earlier), 0))
    return counted.select_related("tenant").order_by("pk")


def _finding(payment: Payment, here: int, there: int, place: Place) -> Finding:
    ours = format_money(here, payment.currency, "en")
    theirs = format_money(there, payment.currency, "en")
    what = f"{payment.title} of {payment.tenant.name}"
    text = f"Of {what}, {ours} went back here, and {theirs} at {place}."
    return place.found("other_refund", text, tenant_id=payment.tenant_id, payment_id=payment.pk)
