"""What goes on at a gateway, and what goes on here: nobody is charged for what has ended."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q

from billing.gateways.base import RecurringGateway
from billing.models import Standing, Subscription
from billing.services.reconciliation.comparing import Place, Run
from billing.services.reconciliation.findings import END_THERE, TAKE_IN, Finding

MOST_SUBSCRIPTIONS = 600
"""How many are asked about in one run; where there are more, each day goes on with the next ones."""
STILL_CHARGED_FOR = timedelta(days=35)
"""How long after it ended here a subscription is looked at: a month later it would be charged again."""


def compare_subscriptions(gateway: RecurringGateway, place: Place, run: Run) -> Iterator[Finding]:
    """Those that stand otherwise there than here. Raises what the gateway raises."""
    every = _to_ask_about(place, run)
    some = _todays(every, run)
    for number, subscription in enumerate(some):
        if number % 20 == 0:
            run.tell(f"{place}: {number} of {len(some)} subscriptions")
        if run.is_over:
            text = f"{place}: only {number:,} of {len(every):,} subscriptions were compared."
            yield place.found("not_all", text)
            return
        if found := _of_subscription(gateway, subscription, place):
            yield found


def _to_ask_about(place: Place, run: Run) -> list[Subscription]:
    """Those that go on, and those that ended here not long ago. What a gateway has still to be told is not asked."""
    ended = Q(standing=Standing.ENDED, ended_at__gte=run.since - STILL_CHARGED_FOR)
    found = Subscription.objects.filter(
        ~Q(standing=Standing.ENDED) | ended, **place.own, push_due_at__isnull=True
    ).exclude(external_id="")
    return list(found.select_related("tenant").order_by("pk"))


def _todays(every: list[Subscription], run: Run) -> list[Subscription]:
    """All of them, or the share whose turn it is today."""
    if len(every) <= MOST_SUBSCRIPTIONS:
        return every
    start = run.now.toordinal() * MOST_SUBSCRIPTIONS % len(every)
    return (every[start:] + every[:start])[:MOST_SUBSCRIPTIONS]


def _of_subscription(gateway: RecurringGateway, ours: Subscription, place: Place) -> Finding | None:
    theirs = gateway.find_subscription(ours.external_id)
    goes_on_there = theirs is not None and theirs.standing != Standing.ENDED
    about = f"{ours.plan_name} of {ours.tenant.name} ({ours.external_id})"
    kind = text = remedy = ""
    if ours.is_live and not goes_on_there:
        kind, text = "ended_there", f"{about} goes on here, and has ended at {place}."
        remedy = TAKE_IN if theirs else ""
    elif not ours.is_live and goes_on_there:
        kind, text = (
            "still_charged",
            f"{about} has ended here, and {place} goes on charging for it.",
        )
        remedy = END_THERE
    elif theirs and ours.cancelled_at and ours.is_live and not theirs.ends_after_period:
        kind, text = (
            "still_charged",
            f"{about} was cancelled here, and {place} is going to renew it.",
        )
        remedy = END_THERE
    elif theirs and ours.standing == Standing.ACTIVE and theirs.standing == Standing.PAST_DUE:
        kind, text = "other_standing", f"{about} is paid for here, and not at {place}."
        remedy = TAKE_IN
    if not kind:
        return None
    return place.found(
        kind, text, tenant_id=ours.tenant_id, subscription_id=ours.pk,
        external_id=ours.external_id, remedy=remedy,
    )  # fmt: skip
