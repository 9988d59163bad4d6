"""The sweep of what has run out: renewed from the balance, moved, or put on the Expired plan (decision D11).

One query in the public schema finds who is due, the longest waiting first, and takes them with SKIP LOCKED: sweeps at
the same time share the work, and a tenant that is just paying or choosing is left for the next one. What is due stays
due until it is carried out, in one transaction with what that does. So a sweep that dies loses and repeats nothing.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from billing.models import ExpiryTrouble
from billing.renewal import Step
from billing.services.expiry.cases import Case, Rules, cases_of, due, is_any_due, rules
from billing.services.expiry.steps import ALONE, TOGETHER
from plans.models import PlatformSettings
from tenants.models import Tenant

log = logging.getLogger(__name__)
BATCH = 200
FIRST_RETRY, LAST_RETRY = timedelta(minutes=5), timedelta(hours=12)
"""How soon a tenant that could not be handled is looked at again: twice as long after each try, up to the second."""


@dataclass
class Swept:
    """What a sweep has done, by step, and whether it stopped with more to do."""

    steps: "Counter[Step]" = field(default_factory=Counter)
    failed: int = 0
    has_more: bool = False


def sweep(now: datetime, *, at_most: int) -> Swept:
    """Carry out what is due at `now`, for about `at_most` tenants.

    A tenant that fails neither stops nor undoes the others: it is logged, kept in `ExpiryTrouble` and looked at again
    later. With nothing due it costs one query, which an index answers alone.
    """
    swept = Swept()
    left = at_most
    while is_any_due(now):
        if left <= 0:
            swept.has_more = True
            break
        taken = _sweep_batch(now, min(left, BATCH), swept)
        if not taken:
            break  # others are at work on all of them
        left -= taken
    return swept


def look_again(now: datetime) -> int:
    """Whoever stayed on a plan that had run out is due again; how many. For when an Expired plan is chosen."""
    return stayed(now).update(expiry_check_at=now)


def stayed(now: datetime) -> "QuerySet[Tenant]":
    """Whose time is over and who kept the plan all the same, for want of an Expired plan."""
    over = Tenant.objects.filter(expires_at__lte=now, expiry_check_at__isnull=True)
    chosen = PlatformSettings.objects.filter(expired_plan__isnull=False)
    return over.exclude(plan__in=chosen.values("expired_plan"))


def _sweep_batch(now: datetime, at_most: int, swept: Swept) -> int:
    """Take up to `at_most` who are due; how many those were. What is the same for all is done in one transaction."""
    taken: list[int] = []
    steps: list[Step] = []
    chosen = rules()
    try:
        with transaction.atomic():
            tenants = list(due(now).select_for_update(no_key=True, skip_locked=True)[:at_most])
            taken = [tenant.pk for tenant in tenants]
            steps, alone = _carry_out(tenants, chosen, now)
    except Exception:
        if not taken:
            raise
        log.exception("A batch of %s tenants failed; now one by one", len(taken))
        steps, alone = [], taken
    swept.steps.update(steps)
    for pk in alone:
        _sweep_one(pk, chosen, now, swept)
    return len(taken)


def _carry_out(tenants: list[Tenant], chosen: Rules, now: datetime) -> tuple[list[Step], list[int]]:
    """What can be done together is done; the steps, and the tenants that are left for a transaction each."""
    by_step = _by_step(cases_of(tenants, chosen, now))
    together = {step: cases for step, cases in by_step.items() if step in TOGETHER}
    for step, cases in together.items():
        TOGETHER[step](cases, now)
    done = [case for cases in together.values() for case in cases]
    _forget_trouble([case.tenant for case in done])
    alone = [case.tenant.pk for step in ALONE for case in by_step.get(step, [])]
    return [case.decision.step for case in done], alone


def _sweep_one(pk: int, chosen: Rules, now: datetime, swept: Swept) -> None:
    """The same for one tenant, by itself, as it stands now."""
    try:
        with transaction.atomic():
            step = _handle(pk, chosen, now)
    except Exception as error:
        log.exception("What has run out could not be carried out for tenant %s", pk)
        swept.failed += 1
        _note_trouble(pk, error, now)
        return
    if step:
        swept.steps[step] += 1


def _handle(pk: int, chosen: Rules, now: datetime) -> Step | None:
    """The tenant's next step is done; None when it is gone, or somebody else has done it meanwhile."""
    tenant = due(now).filter(pk=pk).select_for_update(no_key=True).first()
    if tenant is None:
        return None
    case = cases_of([tenant], chosen, now)[0]
    step = case.decision.step
    if step in ALONE:
        ALONE[step](case, now)
    else:
        TOGETHER[step]([case], now)
    _forget_trouble([tenant])
    return step


def _by_step(cases: Collection[Case]) -> dict[Step, list[Case]]:
    found: defaultdict[Step, list[Case]] = defaultdict(list)
    for case in cases:
        found[case.decision.step].append(case)
    return found


def _forget_trouble(tenants: Collection[Tenant]) -> None:
    ExpiryTrouble.objects.filter(tenant__in=tenants).delete()


@transaction.atomic
def _note_trouble(pk: int, error: Exception, now: datetime) -> None:
    """It is on record, and looked at again later, so that it does not keep the others waiting."""
    tenant = due(now).filter(pk=pk).select_for_update(no_key=True).first()
    if tenant is None:
        return
    trouble = ExpiryTrouble.objects.filter(tenant=tenant).first()
    attempts = trouble.attempts + 1 if trouble else 1
    said = f"{type(error).__name__}: {error}"[:300]
    ExpiryTrouble.objects.update_or_create(
        tenant=tenant, defaults={"attempts": attempts, "failed_at": now, "error": said}
    )
    wait = min(FIRST_RETRY * 2 ** min(attempts - 1, 20), LAST_RETRY)
    Tenant.objects.filter(pk=pk).update(expiry_check_at=now + wait)
