"""What was paid at a gateway, and what was paid here: either way round."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice

from django.db.models import Q

from billing.gateways.base import DEPOSITS, HostedGateway, PaymentFact, PaymentState
from billing.gateways.catalogue import KINDS
from billing.models import Payment, Subscription
from billing.services.paid_twice import is_other_money
from billing.services.reconciliation.comparing import Place, Run
from billing.services.reconciliation.findings import TAKE_IN, Finding
from saas.core.money import format_money

PATIENCE = timedelta(minutes=15)
"""How long the news of a payment may take before that is a finding."""
MOST_PAYMENTS = 20_000
MOST_QUESTIONS = 50
"""How many payments that are not in a gateway's list are asked about one by one."""
AT_ONCE = 500


def patience(place: Place) -> timedelta:
    """What is younger may not be in the gateway's lists yet."""
    return max(PATIENCE, KINDS[place.gateway].books_lag)


def compare_payments(gateway: HostedGateway, place: Place, run: Run) -> Iterator[Finding]:
    """What either has and the other has not, and other amounts. Raises what the gateway raises."""
    run.tell(f"{place}: payments")
    seen: set[int] = set()
    facts = islice(gateway.paid_since(run.since), MOST_PAYMENTS)
    count = 0
    every = _in_time(facts, run)
    while some := list(islice(every, AT_ONCE)):
        count += len(some)
        run.tell(f"{place}: {count:,} payments")
        yield from _of_facts(some, place, run, seen)
    if run.is_over or count >= MOST_PAYMENTS:
        text = f"{place}: only {count:,} payments were compared."
        yield place.found("not_all", text)
        return
    yield from _not_listed(gateway, place, run, seen)


def _in_time(facts: Iterable[PaymentFact], run: Run) -> Iterator[PaymentFact]:
    for fact in facts:
        if run.is_over:
            return
        yield fact


def _of_facts(
    facts: Iterable[PaymentFact], place: Place, run: Run, seen: set[int]
) -> Iterator[Finding]:
    """Compare what the gateway has as paid; `seen` gets the payments that it speaks of."""
    facts = [fact for fact in facts if fact.at is None or fact.at <= run.now - PATIENCE]
    facts = [fact for fact in facts if not fact.reference.startswith(DEPOSITS)]
    references = [fact.reference for fact in facts if fact.reference]
    names = [fact.external_id for fact in facts]
    charges = [fact.charge_id for fact in facts if fact.charge_id]
    named = Q(reference__in=references) | Q(external_id__in=names) | Q(charge_id__in=charges)
    ours = list(Payment.objects.filter(named, **place.own).select_related("tenant"))
    by_reference = {payment.reference: payment for payment in ours}
    by_name = {payment.external_id: payment for payment in ours}
    by_charge = {payment.charge_id: payment for payment in ours if payment.charge_id}
    known = _known_subscriptions(facts, place)
    for fact in facts:
        payment = (
            by_charge.get(fact.charge_id)
            or by_reference.get(fact.reference)
            or by_name.get(fact.external_id)
        )
        if payment:
            seen.add(payment.pk)
        found = _of_fact(fact, payment, place, known)
        if found:
            yield found


def _known_subscriptions(facts: list[PaymentFact], place: Place) -> dict[str, Subscription]:
    names = {fact.subscription.external_id for fact in facts if fact.subscription}
    found = Subscription.objects.filter(**place.own, external_id__in=names)
    return {one.external_id: one for one in found.select_related("tenant")}


def _of_fact(
    fact: PaymentFact, payment: Payment | None, place: Place, known: dict[str, Subscription]
) -> Finding | None:
    amount = format_money(fact.amount, fact.currency, "en")
    what = f"{place} has {amount}, paid on {fact.at:%Y-%m-%d}"
    if payment is None:
        what = f"{what} ({fact.external_id})"
        begun = fact.subscription and known.get(fact.subscription.external_id)
        if fact.reference or not begun:
            text = f"{what}, for something that was not sold here."
            return place.found("not_here", text, external_id=fact.external_id)
        text = (
            f"{what}, for a renewal of {begun.plan_name} of {begun.tenant.name} that is not here."
        )
        return place.found(
            "not_here", text, tenant_id=begun.tenant_id, subscription_id=begun.pk,
            external_id=fact.external_id, remedy=TAKE_IN,
        )  # fmt: skip
    about = f"{payment.title} of {payment.tenant.name}"
    is_again = payment.is_paid and is_other_money(payment, fact)
    if is_again or not payment.is_paid:
        stands = "was paid by other money" if is_again else f"is {payment.status}"
        text = f"{what}, for {about}, which {stands} here."
        return place.found(
            "not_here", text, tenant_id=payment.tenant_id, payment_id=payment.pk,
            external_id=fact.external_id, remedy=TAKE_IN,
        )  # fmt: skip
    if payment.seen_at or payment.is_without_effect:  # settled, or found as what it is
        return None
    return _other_amount(fact, payment, place)


def _other_amount(fact: PaymentFact, payment: Payment, place: Place) -> Finding | None:
    if (fact.amount, fact.currency) == (payment.amount, payment.currency):
        return None
    here = format_money(payment.amount, payment.currency, "en")
    there = format_money(fact.amount, fact.currency, "en")
    text = f"{payment.title} of {payment.tenant.name} is {here} here, and {there} at {place}."
    return place.found("other_amount", text, tenant_id=payment.tenant_id, payment_id=payment.pk)


def _not_listed(
    gateway: HostedGateway, place: Place, run: Run, seen: set[int]
) -> Iterator[Finding]:
    """What we have as paid and the gateway's list has not: it is asked about each, for a list may be short."""
    ours = Payment.objects.filter(
        **place.own,
        paid_at__gte=run.since,
        paid_at__lt=run.now - patience(place),
        seen_at__isnull=True,
    )
    missing = [pk for pk in ours.order_by("pk").values_list("pk", flat=True) if pk not in seen]
    some = Payment.objects.filter(pk__in=missing[:MOST_QUESTIONS]).select_related("tenant")
    for payment in some.order_by("pk"):
        fact = gateway.find_payment(payment.external_id) if payment.external_id else None
        if fact is None or fact.state is not PaymentState.PAID:
            amount = format_money(payment.amount, payment.currency, "en")
            text = f"{payment.title} of {payment.tenant.name} is paid here ({amount}), and not at {place}."
            yield place.found("not_there", text, tenant_id=payment.tenant_id, payment_id=payment.pk)
        elif found := _other_amount(fact, payment, place):
            yield found
    rest = max(len(missing) - MOST_QUESTIONS, 0)
    if rest:
        text = f"{place} does not list {rest:,} more of our payments; they were not asked about."
        yield place.found("not_there", text)
