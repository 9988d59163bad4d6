"""A plan that was paid for: what the payment does when the money has come, and what goes when it is taken back."""

from datetime import datetime

from django.utils.translation import gettext as _

from billing import ledger
from billing.gateways.base import PaymentFact
from billing.ledger import Kind, Why
from billing.models import Payment, Subscription
from billing.quotes import Quote, cycle_end, unused_in_all, with_cycle
from billing.services import subscriptions
from plans.models import Plan
from saas.core.errors import NotHere, Sentence
from tenants.models import PlanChange, Tenant
from tenants.services.plan_changes import change_plan, extend_plan

PLAN = "plan"


def ordered(quote: Quote, subscription: Subscription | None) -> dict[str, object]:
    """What of `quote` the payment keeps, as JSON."""
    return {
        "plan_id": quote.plan.pk,
        "cycle": quote.cycle,
        "price": quote.price,
        "credit": quote.credit,
        "credit_days": quote.credit_days,
        "credit_plan": subscription.plan_name if subscription and quote.credit else "",
        "replaces": subscription.pk if subscription else None,
        "extends": quote.extends,
        "begins_at": quote.begins_at.isoformat(),
    }


def fulfil(payment: Payment, fact: PaymentFact, now: datetime) -> str:
    """The tenant is on the plan that was ordered, for a cycle more, and what renewed before is over.

    Raises NotHere when the plan was deleted meanwhile.
    """
    tenant, running = payment.tenant, subscriptions.lock_live(payment.tenant)
    wanted = _wanted(payment, tenant, running, now)
    if wanted.extends and running and not running.external_id and fact.subscription is None:
        _prolong(payment, running, wanted, now)
        return ""
    if running:
        _replace(payment, running, now)
    payment.subscription = subscriptions.open_after(payment, wanted, fact.subscription)
    change_plan(
        tenant,
        wanted.plan,
        cause=f"payment:{payment.pk}",
        reason=PlanChange.Reason.PAID,
        now=now,
        cycle=wanted.cycle,
        expires_at=payment.subscription.period_end,
        by=payment.by,
    )
    return ""


def _wanted(payment: Payment, tenant: Tenant, running: Subscription | None, now: datetime) -> Quote:
    """What was ordered, with its dates as of now: the money may have come later than the order."""
    order = payment.ordered
    plan = Plan.objects.filter(pk=order["plan_id"]).first()
    if plan is None:
        raise NotHere(_("This plan is not here any more. Somebody deleted it."))
    cycle, begins_at = order["cycle"], now
    is_same = (tenant.plan_id, tenant.cycle) == (plan.pk, cycle)
    extends = bool(order["extends"]) and is_same
    if extends:
        left = running.period_end if running else tenant.expires_at
        begins_at = max(left or now, now)
    anchor = running.started_at if extends and running else begins_at
    return Quote(
        plan=plan,
        cycle=cycle,
        price=order["price"],
        credit=order["credit"],
        credit_days=order["credit_days"],
        begins_at=begins_at,
        until=cycle_end(anchor, cycle, begins_at),
        is_later=False,
        extends=extends,
    )


def _prolong(payment: Payment, running: Subscription, wanted: Quote, now: datetime) -> None:
    """One more cycle of what is there."""
    if wanted.until is None:
        raise ValueError("A plan that is paid for ends.")
    running.prepaid = with_cycle(running, wanted.begins_at, wanted.until, wanted.price, now)
    running.period_start, running.period_end = wanted.begins_at, wanted.until
    running.amount, running.cancelled_at, running.cancel_reason = wanted.price, None, ""
    running.save()
    payment.subscription = running
    extend_plan(payment.tenant, until=wanted.until)


def _replace(payment: Payment, running: Subscription, now: datetime) -> None:
    """What ran until now is over. What is unused of it and was not taken off the price comes to the balance.

    So nobody pays twice for the same days: not with two tabs, nor when a renewal came in between. Nor is a credit given
    twice: where another purchase has taken up what this one was credited for, that was paid back with it.
    """
    rest = unused_in_all(running, now) - payment.ordered["credit"]
    if rest > 0:
        note = _("Unused part of %(plan)s") % {"plan": running.plan_name}
        why = Why(Kind.CREDIT, f"unused:{running.pk}:{payment.pk}", payment, note)
        ledger.deposit(payment.tenant, rest, why, now=now)
    subscriptions.end(running, now=now)


def take_back(payment: Payment, amount: int, key: str, now: datetime) -> None:
    """The plan stays for the moment; its subscription is marked for somebody to look at (decision D18)."""
    if payment.subscription_id:
        Subscription.objects.filter(pk=payment.subscription_id).update(needs_review=True)


def give_back(payment: Payment, amount: int, key: str, now: datetime) -> None:
    """The mark goes, unless another payment of the subscription is still gone."""
    gone = Payment.objects.filter(subscription=payment.subscription_id, refunded__gt=0)
    if payment.subscription_id and not gone.exclude(pk=payment.pk).exists():
        Subscription.objects.filter(pk=payment.subscription_id).update(needs_review=False)


def foretell(payment: Payment, amount: int) -> list[Sentence]:
    """That nothing happens by itself but a mark."""
    sentences: list[Sentence] = [
        _("Their plan stays as it is; move them to another one if it is not to.")
    ]
    if payment.subscription_id:
        sentences.append(_("The subscription is marked for you to look at."))
    return sentences
