"""What a plan is to a gateway: how it is described there, and which of its prices we know."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from billing.gateways.base import Gateway, PlanPrices
from billing.models import GatewayPrice
from billing.quotes import price_of
from plans.models import Plan, PlatformSettings
from plans.services.plans import record_gateway_ids
from saas.core.richtext import plain_text
from tenants.models import Cycle

LONGEST = 500
"""Characters of a description that a payer's page has room for."""


def place_of(gateway: Gateway) -> str:
    """Under what name a plan keeps the gateway's ids: “stripe:test”."""
    return f"{gateway.key}:{gateway.environment}"


def prices_of(plan: Plan, gateway: Gateway, *, attempt: int = 0) -> PlanPrices:
    """`plan` as the gateway is to know it, in the platform's currency."""
    return PlanPrices(
        plan_id=plan.pk,
        name=plan.name,
        description=_in_one_line(plan.description),
        currency=PlatformSettings.load().currency,
        amounts={cycle.value: price_of(plan, cycle) for cycle in Cycle},
        known=dict(plan.gateway_ids.get(place_of(gateway), {})),
        attempt=attempt,
    )


def is_other(now: PlanPrices, sent: PlanPrices) -> bool:
    """Whether what was sent is not what the plan is now. What is known of it at the gateway does not count."""
    return replace(now, known={}, attempt=0) != replace(sent, known={}, attempt=0)


def are_in_step(plan: Plan, there: dict[str, tuple[int, str]], currency: str) -> bool:
    """Whether the prices in force, {cycle: (amount, currency)}, are those of `plan`."""
    wanted = {cycle.value: price_of(plan, cycle) for cycle in Cycle}
    return there == {cycle: (amount, currency) for cycle, amount in wanted.items() if amount}


def store_prices(gateway: Gateway, sent: PlanPrices, ids: dict[str, str], now: datetime) -> None:
    """The plan carries `ids`, and each is known as the price of what was sent, without a plan where that is gone.

    Prices that are not in force any more stay known: subscriptions which were bought at them go on (decision D10).
    """
    is_there = record_gateway_ids(sent.plan_id, place_of(gateway), ids)
    plan_id = sent.plan_id if is_there else None
    place: dict[str, Any] = {"gateway": gateway.key, "environment": gateway.environment}
    current = {cycle: ids[cycle] for cycle in sent.amounts if ids.get(cycle)}
    own = GatewayPrice.objects.filter(**place, plan_id=sent.plan_id, archived_at__isnull=True)
    own.exclude(external_id__in=current.values()).update(archived_at=now)
    for cycle, price_id in current.items():
        terms = {"cycle": cycle, "amount": sent.amounts[cycle], "currency": sent.currency}
        GatewayPrice.objects.update_or_create(
            **place,
            external_id=price_id,
            defaults={**terms, "plan_id": plan_id, "archived_at": None},
        )


def find_price(
    gateway: str, environment: str, terms: tuple[int, str, int, str]
) -> GatewayPrice | None:
    """The price of (plan, cycle, amount, currency) there: the one in force, else one that was."""
    plan_id, cycle, amount, currency = terms
    known = GatewayPrice.objects.filter(
        gateway=gateway,
        environment=environment,
        plan_id=plan_id,
        cycle=cycle,
        amount=amount,
        currency=currency,
    )
    in_force = known.filter(archived_at__isnull=True).first()
    return in_force or known.order_by("-pk").first()


def _in_one_line(html: str) -> str:
    """The words of a description, without what it looks like."""
    spaced = html.replace("</", " </").replace("<br", " <br")
    return " ".join(plain_text(spaced).split())[:LONGEST]
