"""Reconciliation: whether the ledger, the payments, the subscriptions and the gateways tell the same.

`reconcile` compares and changes nothing. Reports are kept, one run at a time; what the gateways have and we have not is
taken in by the same door as their news, one finding after the other, when a super admin says so.
"""

import logging
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing.gateways.base import Fact, HostedGateway, RecurringGateway
from billing.models import Reconciliation, Subscription
from billing.services import gateways, resolving, settlement
from billing.services.reconciliation import books, gateway_books
from billing.services.reconciliation.comparing import Run, Tell, silent
from billing.services.reconciliation.findings import END_THERE, TAKE_IN, Finding, in_order, read
from billing.services.reconciliation.leftovers import end_there
from saas.core import audit
from saas.core.errors import Conflict, NotHere
from saas.core.events import emit
from tenants.models import Tenant, User

log = logging.getLogger(__name__)
State = Reconciliation.State
LOOK_BACK = timedelta(days=7)
"""How far back payments are compared with the gateways', where nothing else is said."""
LOST_AFTER = timedelta(minutes=10)
"""A run takes five minutes at most; what is on its way for longer has lost its worker."""
KEEP = timedelta(days=90)
TOO_OLD = timedelta(hours=36)
"""After how long without a report there should have been one."""


class OnItsWay(Conflict):
    """One run at a time."""

    def __init__(self) -> None:
        super().__init__(_("A reconciliation is on its way already."))


@dataclass(frozen=True)
class Report:
    """What was found as of `now`. `took` is in milliseconds."""

    now: datetime
    since: datetime
    is_local: bool
    findings: list[Finding]
    took: int


def reconcile(
    now: datetime,
    since: datetime | None = None,
    *,
    is_local: bool = False,
    tell: Tell = silent,
) -> Report:
    """Compare everything as of `now`; gateways from `since` on (7 days), or not at all for `is_local`. Changes nothing.

    A gateway that does not answer is a finding. Speaks to gateways, so call it outside of a transaction. `tell` hears
    how far it is.
    """
    began = time.monotonic()
    since = since or now - LOOK_BACK
    tell("Our own books")
    found = books.compare(now)
    if not is_local:
        found += gateway_books.compare(Run(now, since, tell))
    took = round((time.monotonic() - began) * 1000)
    return Report(now, since, is_local, in_order(found), took)


@transaction.atomic
def begin(*, by: User | None, now: datetime) -> Reconciliation:
    """A run that a worker is to carry out. Raises OnItsWay. Emits `billing.reconciliation_due`."""
    stale = Reconciliation.objects.filter(state=State.RUNNING, at__lte=now - LOST_AFTER)
    stale.update(state=State.LOST)
    try:
        with transaction.atomic():
            made = Reconciliation.objects.create(at=now, since=now - LOOK_BACK, by=by)
    except IntegrityError:
        raise OnItsWay from None
    emit("billing.reconciliation_due", reconciliation_id=made.pk)
    return made


def carry_out(reconciliation_id: int) -> None:
    """The run that was begun has its report. Again does nothing. Call it outside of a transaction."""
    running = Reconciliation.objects.filter(pk=reconciliation_id, state=State.RUNNING)
    run = running.first()
    if run is None:
        return
    try:
        report = reconcile(run.at, run.since, tell=lambda words: _tell(reconciliation_id, words))
    except Exception:
        running.update(state=State.LOST)
        raise
    running.update(
        state=State.DONE,
        progress="",
        findings=[one.stored() for one in report.findings],
        count=len(report.findings),
        took=report.took,
    )
    if report.findings:
        log.warning("Reconciliation found %s differences.", len(report.findings))


@transaction.atomic
def keep(report: Report) -> Reconciliation:
    """A report of `reconcile`, for the console's page."""
    return Reconciliation.objects.create(
        at=report.now,
        since=report.since,
        is_local=report.is_local,
        state=State.DONE,
        findings=[one.stored() for one in report.findings],
        count=len(report.findings),
        took=report.took,
    )


def forget_old(now: datetime) -> int:
    """Reports of more than 90 days ago are gone; how many there were."""
    return Reconciliation.objects.filter(at__lt=now - KEEP).delete()[0]


def find_report(reconciliation_id: int) -> Reconciliation:
    """Raises NotHere."""
    found = Reconciliation.objects.filter(pk=reconciliation_id).first()
    if found is None:
        raise NotHere(_("This report is not here any more. They are kept for 90 days."))
    return found


def put_right(reconciliation_id: int, number: int, *, by: User, now: datetime) -> str:
    """Finding `number` (1, 2, …) of a report is seen to, as its `remedy` says; answers in one sentence what came of it.

    What the gateway says now is what counts, not what it said when the report was made. The report tells of it, too.
    Call it outside of a transaction. Raises NotHere, NotToResolve and NoAnswer.
    """
    finding = _finding(find_report(reconciliation_id), number)
    if finding.done:
        return finding.done
    if finding.remedy == TAKE_IN:
        said = _take_in(finding, now)
    elif finding.remedy == END_THERE:
        said = _end_there(finding, now)
    else:
        raise resolving.NotToResolve(_("Somebody has to look at this one."))
    return _note(reconciliation_id, number, finding, said, by)


def _take_in(finding: Finding, now: datetime) -> str:
    try:
        gateway = gateways.connect_to(finding.gateway, finding.environment)
        fact: Fact | None = None
        if isinstance(gateway, HostedGateway) and finding.kind == "not_here":
            fact = gateway.find_payment(finding.external_id)
        elif isinstance(gateway, RecurringGateway):
            fact = gateway.find_subscription(finding.external_id)
    except resolving.ASKING_FAILS as error:
        raise resolving.NoAnswer(finding.gateway, resolving.why_not(error)) from error
    if fact is None:
        raise resolving.NotToResolve(_("The gateway does not know it any more."))
    own = {"gateway": finding.gateway, "environment": finding.environment}
    return settlement.apply(fact, **own, now=now)


def _end_there(finding: Finding, now: datetime) -> str:
    every = Subscription.objects.select_related("tenant")
    subscription = every.filter(pk=finding.subscription_id or 0).first()
    if subscription and end_there(subscription, now=now):
        return _("The gateway is being told.")
    return _("It goes on here by now.")


@transaction.atomic
def _note(reconciliation_id: int, number: int, finding: Finding, said: str, by: User) -> str:
    """The report says what was done, and so does the audit log; once, however often the button was pressed."""
    report = Reconciliation.objects.select_for_update().get(pk=reconciliation_id)
    if _finding(report, number).done:
        return said
    report.findings[number - 1] = replace(finding, done=said).stored()
    report.count = sum(not one.get("done") for one in report.findings)
    report.save(update_fields=["findings", "count"])
    tenant = Tenant.objects.filter(pk=finding.tenant_id).first()
    reason = f"{finding.text} {said}"
    audit.record("reconciliation.put_right", report, reason=reason, tenant=tenant, actor=by)
    return said


def _finding(report: Reconciliation, number: int) -> Finding:
    if not 1 <= number <= len(report.findings):
        raise NotHere(_("There is no such finding."))
    return read(report.findings[number - 1])


def _tell(reconciliation_id: int, words: str) -> None:
    running = Reconciliation.objects.filter(pk=reconciliation_id, state=State.RUNNING)
    running.update(progress=words[:120])
