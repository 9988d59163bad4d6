"""Renewals: one more period of a plan that is paid for.

One that a gateway started by itself is a payment of a subscription that we know, opened when we hear of it. One from
the balance is ordered by the sweep of what has run out, and says itself which plan and period it is for.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing.gateways.base import PaymentFact
from billing.models import GatewayPrice, Payment, Standing, Subscription
from billing.quotes import cycle_end, with_cycle
from billing.renewal import Decision
from billing.services import funds
from billing.services.subscriptions import end, lock_live
from plans.models import Plan
from saas.core.errors import Conflict
from saas.core.events import emit
from tenants.models import Cycle, PlanChange
from tenants.services.plan_changes import change_plan, extend_plan

RENEWAL = "renewal"


def find_or_open(
    fact: PaymentFact, *, gateway: str, environment: str, now: datetime
) -> Payment | None:
    """The payment that `fact` speaks of; None when it is of no subscription of ours. Two at once open one."""
    if fact.subscription is None:
        return None
    own = {"gateway": gateway, "environment": environment}
    subscription = Subscription.objects.filter(
        **own, external_id=fact.subscription.external_id
    ).first()
    if subscription is None:
        return None
    try:
        with transaction.atomic():
            return _open(subscription, fact, now)
    except IntegrityError:
        return Payment.objects.get(**own, external_id=fact.external_id)


def _open(subscription: Subscription, fact: PaymentFact, now: datetime) -> Payment:
    found = Payment.objects.filter(
        gateway=subscription.gateway,
        environment=subscription.environment,
        external_id=fact.external_id,
    ).first()
    if found:
        return found
    terms = terms_of(subscription, fact)
    plan, cycle = terms.plan, terms.cycle
    return Payment.objects.create(
        tenant=subscription.tenant,
        gateway=subscription.gateway,
        environment=subscription.environment,
        purpose=RENEWAL,
        amount=fact.amount,
        currency=fact.currency,
        title=title_of(plan, cycle),
        ordered={"plan_id": plan.pk if plan else None, "cycle": cycle},
        external_id=fact.external_id,
        subscription=subscription,
        created_at=fact.at or now,
    )


@dataclass(frozen=True)
class Terms:
    """What a renewal is for. `is_known`: whether the price that was charged is one of ours."""

    plan: Plan | None
    cycle: str
    is_next: bool
    is_known: bool


def terms_of(subscription: Subscription, fact: PaymentFact) -> Terms:
    """By the price that was charged, where it is the one that was chosen for now; else the subscription's own."""
    price_id = fact.subscription.price_id if fact.subscription else ""
    price = GatewayPrice.objects.filter(
        gateway=subscription.gateway, environment=subscription.environment, external_id=price_id
    ).first()
    chosen = (subscription.next_plan_id, subscription.next_cycle, subscription.next_amount)
    is_known = price is not None or not subscription.external_id
    if price is not None and (price.plan_id, price.cycle, price.amount) == chosen:
        return Terms(subscription.next_plan, subscription.next_cycle, is_next=True, is_known=True)
    return Terms(subscription.plan, subscription.cycle, is_next=False, is_known=is_known)


def title_of(plan: Plan | None, cycle: str) -> str:
    """“Team, monthly”."""
    name = plan.name if plan else ""
    return f"{name}, {_('annual') if cycle == Cycle.ANNUAL else _('monthly')}"


def fulfil(payment: Payment, fact: PaymentFact, now: datetime) -> str:
    """The subscription of `payment` goes on for one more period, on the terms that were chosen for it.

    Where it ended here while the gateway was collecting, what came in is on the tenant's balance instead.
    """
    if "until" in payment.ordered:
        _fulfil_prepaid(payment, now)
        return ""
    if payment.subscription is None:
        raise Conflict(_("The subscription is gone."))
    subscription = Subscription.objects.select_for_update().get(pk=payment.subscription.pk)
    if not subscription.is_live:
        funds.become_funds(payment, fact)
        return funds.fulfil(payment, fact, now)
    terms = terms_of(subscription, fact)
    start, until = _period(subscription, fact, terms.cycle)
    # One that was reported late does not shorten what there is.
    if until > subscription.period_end:
        subscription.period_start, subscription.period_end = start, until
    _go_on(subscription, terms, payment.amount)
    _give_plan(payment, subscription, now)
    if terms.is_known or fact.subscription is None:
        return ""
    return _("Charged at a price that is not known here (%(price)s).") % {
        "price": fact.subscription.price_id
    }


def ordered(decision: Decision) -> dict[str, object]:
    """What a renewal from the balance keeps of the decision to renew, as JSON."""
    if not (decision.plan and decision.anchor and decision.since and decision.until):
        raise ValueError("This is no decision to renew.")
    return {
        "plan_id": decision.plan.pk,
        "cycle": decision.cycle,
        "anchor": decision.anchor.isoformat(),
        "since": decision.since.isoformat(),
        "until": decision.until.isoformat(),
    }


def _fulfil_prepaid(payment: Payment, now: datetime) -> None:
    """The tenant goes on from its balance, as `ordered` says, whoever collected before. Raises Conflict."""
    order, running = payment.ordered, lock_live(payment.tenant)
    plan = Plan.objects.filter(pk=order["plan_id"]).first()
    if plan is None:
        raise Conflict(_("The plan is not there any more."))
    if running and running.external_id:
        end(running, now=now)
        running = None
    subscription = running or Subscription(
        tenant=payment.tenant,
        gateway=payment.gateway,
        environment=payment.environment,
        currency=payment.currency,
    )
    terms = Terms(plan, order["cycle"], is_next=True, is_known=True)
    subscription.started_at = datetime.fromisoformat(order["anchor"])
    subscription.period_start = datetime.fromisoformat(order["since"])
    subscription.period_end = datetime.fromisoformat(order["until"])
    start, until = subscription.period_start, subscription.period_end
    subscription.prepaid = with_cycle(subscription, start, until, payment.amount, now)
    subscription.paid_with = payment.paid_with
    _go_on(subscription, terms, payment.amount)
    payment.subscription = subscription
    _give_plan(payment, subscription, now)


def _period(subscription: Subscription, fact: PaymentFact, cycle: str) -> tuple[datetime, datetime]:
    if fact.subscription:
        return fact.subscription.period_start, fact.subscription.period_end
    start = subscription.period_end
    return start, cycle_end(subscription.started_at, cycle, start)


def _go_on(subscription: Subscription, terms: Terms, amount: int) -> None:
    """Write the terms of the period that was paid for; whatever had failed before is forgotten."""
    subscription.plan, subscription.cycle, subscription.amount = terms.plan, terms.cycle, amount
    subscription.plan_name = terms.plan.name if terms.plan else subscription.plan_name
    subscription.standing, subscription.past_due_at = Standing.ACTIVE, None
    subscription.reminders, subscription.reminded_at = 0, None
    if terms.is_next:
        subscription.next_plan, subscription.next_cycle, subscription.next_amount = None, "", None
    subscription.save()


def _give_plan(payment: Payment, subscription: Subscription, now: datetime) -> None:
    """The tenant's plan runs as long as the subscription is paid; it changes where other terms were chosen."""
    tenant, plan = payment.tenant, subscription.plan
    if plan is None:
        raise Conflict(_("The plan is not there any more."))
    emit("billing.subscription_renewed", tenant_id=tenant.pk, payment_id=payment.pk)
    end = subscription.period_end
    if (tenant.plan_id, tenant.cycle) == (plan.pk, subscription.cycle):
        extend_plan(tenant, until=max(end, tenant.expires_at or end))
        return
    change_plan(
        tenant, plan, cause=f"payment:{payment.pk}", reason=PlanChange.Reason.PAID, now=now,
        cycle=subscription.cycle, expires_at=end,
    )  # fmt: skip
