"""What is done with tenants whose paid time is over, each in the transaction of its caller, who has locked them."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from billing.gateways.balance import BalanceGateway
from billing.gateways.base import Order
from billing.models import Payment
from billing.renewal import Decision, Step
from billing.services import subscriptions
from billing.services.expiry.cases import Case
from billing.services.renewals import RENEWAL, ordered, title_of
from billing.services.settlement import settle_payment
from plans.models import Plan
from saas.core import audit
from saas.core.errors import Conflict
from saas.core.events import emit_all
from tenants.models import PlanChange, Tenant
from tenants.services.plan_changes import Change, change_plans

Reason = PlanChange.Reason


class NotRenewed(Conflict):
    """The money would have been taken without the plan going on."""


def look_later(cases: Collection[Case], now: datetime) -> None:
    """Nothing has to be done yet; each is looked at again when its decision says. One statement."""
    tenants = [case.tenant for case in cases]
    for case in cases:
        case.tenant.expiry_check_at = case.decision.at
    Tenant.objects.bulk_update(tenants, ["expiry_check_at"])


def lapse(cases: Collection[Case], now: datetime) -> None:
    """Each is on the Expired plan, without an end, and what it had is over. The same few statements for all of them.

    Emits `billing.subscription_lapsed` with the plan that was not renewed.
    """
    before = {case.tenant.pk: case.tenant.plan_id for case in cases}
    _change(cases, Reason.LAPSED, now)
    subscriptions.end_all([case.running for case in cases if case.running], now=now)
    lapsed = [{"tenant_id": pk, "plan_id": plan_id} for pk, plan_id in before.items()]
    emit_all("billing.subscription_lapsed", lapsed)


def stay(cases: Collection[Case], now: datetime) -> None:
    """Nothing changes for them, and that is on record. They are not looked at again by themselves: see `look_again`."""
    Tenant.objects.filter(pk__in=[case.tenant.pk for case in cases]).update(expiry_check_at=None)
    for case in cases:
        audit.record("tenant.stayed", case.tenant, reason=_why_it_stays(case.tenant))


def move(case: Case, now: datetime) -> None:
    """The tenant is on the plan without a price that it had chosen for this moment, and what it had is over."""
    _change([case], Reason.CHOSEN, now)
    if case.running:
        subscriptions.end(case.running, now=now)


def renew(case: Case, now: datetime) -> None:
    """One more cycle, paid from the balance, with its invoice. Raises NotEnough and NotRenewed: then undo all of it."""
    payment = _order(case, now)
    settle_payment(payment, BalanceGateway().collect(_words(payment), now), now=now)
    payment.refresh_from_db(fields=["fulfilled_at", "problem"])
    if payment.fulfilled_at is None:
        raise NotRenewed(payment.problem)


TOGETHER = {
    Step.NOTHING: look_later,
    Step.WAIT: look_later,
    Step.LAPSE: lapse,
    Step.STAY: stay,
}
ALONE = {Step.MOVE: move, Step.RENEW: renew}
"""Where money or a choice of the tenant's own is carried out: in a transaction of each one's own."""


def _change(cases: Collection[Case], reason: PlanChange.Reason, now: datetime) -> None:
    """Each on the plan of its decision, without an end."""
    changes = [_as_change(case, reason) for case in cases]
    done = {change.tenant.pk for change in change_plans(changes, now=now)}
    again = [
        _as_change(case, reason, f":{case.tenant.plan_changes.count()}")
        for case in cases
        if case.tenant.pk not in done
    ]
    if again:  # somebody gave them the very same end once more
        change_plans(again, now=now)


def _as_change(case: Case, reason: PlanChange.Reason, suffix: str = "") -> Change:
    tenant, plan = case.tenant, _plan_of(case.decision)
    if tenant.expires_at is None:
        raise ValueError(f"{tenant} has no end.")
    cause = f"expiry:{tenant.pk}:{tenant.expires_at.isoformat()}{suffix}"
    return Change(tenant, plan, cause, reason, cycle=case.decision.cycle or tenant.cycle)


def _order(case: Case, now: datetime) -> Payment:
    """The payment, pending. `token` lets an end be followed by one renewal only, whatever else goes wrong."""
    tenant, decision, end = case.tenant, case.decision, case.tenant.expires_at
    running = case.running
    return Payment.objects.create(
        tenant=tenant,
        gateway=BalanceGateway.key,
        environment=BalanceGateway.environment,
        purpose=RENEWAL,
        amount=decision.amount,
        currency=tenant.platform_settings.currency,
        title=title_of(_plan_of(decision), decision.cycle),
        ordered=ordered(decision),
        token=f"renewal:{end.isoformat()}" if end else "",
        subscription=running if running and not running.external_id else None,
        created_at=now,
    )


def _words(payment: Payment) -> Order:
    tenant = payment.tenant
    return Order(
        reference=payment.reference,
        amount=payment.amount,
        currency=payment.currency,
        title=payment.title,
        tenant_id=tenant.pk,
        tenant_name=tenant.name,
        email="",
        return_url="",
        cancel_url="",
    )


def _plan_of(decision: Decision) -> Plan:
    if decision.plan is None:
        raise ValueError(f"To {decision.step} needs a plan.")
    return decision.plan


def _why_it_stays(tenant: Tenant) -> str:
    if tenant.platform_settings.expired_plan_id is None:
        return _("Its plan has run out and was not renewed, and no Expired plan is chosen.")
    return _("Its time has run out, and it is on the Expired plan already.")
