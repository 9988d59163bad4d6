"""What objects of PayPal mean, in the words of `billing.gateways.base`. Pure: no request, no query.

Shapes: https://developer.paypal.com/api/rest/. Ours is what carries a reference of ours in its `custom_id`:
“pay_…” or “dep_…”, of an order that was given up “pay_…|abandoned”, and of a subscription that goes on at another price
“pay_…|P-…|2026-12-25”, with that price and the day from which on it holds.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from billing.gateways.base import OURS, PaymentFact, PaymentState, SubscriptionFact
from billing.gateways.paypal.amounts import amount_of, from_paypal
from billing.gateways.paypal.client import Json
from billing.models import Standing
from saas.core.periods import add_months

ABANDONED = "abandoned"
PAID = {"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"}
LOST = {"DECLINED", "FAILED", "DENIED"}
NOT_BEGUN = {"APPROVAL_PENDING", "APPROVED"}
OVER = {"CANCELLED", "EXPIRED"}
MONTHS = {"MONTH": 1, "YEAR": 12}
STOPPED = "It would go on at a price that was not chosen."
"""What we say when we end a subscription for that; PayPal keeps it, so whoever hears of the end knows why."""
SLACK = timedelta(days=3)
"""How far a payment may lie before, or PayPal's own date of the next one from, the day that we compute."""


@dataclass(frozen=True)
class Mark:
    """What the `custom_id` of something of ours says; `reference` is empty for anybody else's."""

    reference: str = ""
    price_id: str = ""
    since: date | None = None
    is_abandoned: bool = False


def mark_of(custom_id: object) -> Mark:
    reference, *more = str(custom_id or "").split("|")
    if not reference.startswith(OURS):
        return Mark()
    if more == [ABANDONED]:
        return Mark(reference, is_abandoned=True)
    if len(more) == 2:
        return Mark(reference, more[0], date.fromisoformat(more[1]))
    return Mark(reference)


def marked(reference: str, price_id: str, since: datetime) -> str:
    return f"{reference}|{price_id}|{since.date().isoformat()}"


def moment(text: object) -> datetime:
    """A time as PayPal writes it, also with an offset without a colon, as its searches do."""
    return datetime.fromisoformat(str(text)).astimezone(UTC)


def is_subscription(external_id: str) -> bool:
    return external_id.startswith("I-")


def means(email: object) -> str:
    """“PayPal ana@example.com”."""
    return f"PayPal {email or ''}".strip()[:60]


# Orders


def unit_of(order: Json) -> Json:
    units = order.get("purchase_units") or [{}]
    unit: Json = units[0]
    return unit


def captures_of(order: Json) -> list[Json]:
    return list((unit_of(order).get("payments") or {}).get("captures") or [])


def is_abandoned(order: Json) -> bool:
    return mark_of(unit_of(order).get("custom_id")).is_abandoned


def abandoned(order: Json) -> str:
    return f"{mark_of(unit_of(order).get('custom_id')).reference}|{ABANDONED}"


def payment_of_order(order: Json) -> PaymentFact:
    """How an order stands: paid once we have collected it, not when the payer has approved it."""
    unit = unit_of(order)
    captures = captures_of(order)
    best = next((one for one in captures if one["status"] in PAID), None)
    latest = best or (captures[-1] if captures else None)
    amount, currency = from_paypal((latest or unit)["amount"])
    state = _state(order, latest)
    return PaymentFact(
        state,
        amount=amount,
        currency=currency,
        external_id=str(order["id"]),
        reference=mark_of(unit.get("custom_id")).reference,
        charge_id=str(latest["id"]) if latest else "",
        paid_with=means(_email(order)) if latest else "",
        failure=_failure(order) if state is PaymentState.FAILED else "",
        at=moment(latest["create_time"]) if latest and state is PaymentState.PAID else None,
    )


def _state(order: Json, capture: Json | None) -> PaymentState:
    if capture and capture["status"] in PAID:
        return PaymentState.PAID
    if is_abandoned(order) or order["status"] == "VOIDED":
        return PaymentState.FAILED
    if capture and capture["status"] in LOST:
        return PaymentState.FAILED
    return PaymentState.PENDING


def _failure(order: Json) -> str:
    if is_abandoned(order):
        return _("Cancelled.")
    return _("The payment was declined. Nothing was charged.")


def _email(order: Json) -> str:
    source = (order.get("payment_source") or {}).get("paypal") or {}
    return str(source.get("email_address") or (order.get("payer") or {}).get("email_address") or "")


# Subscriptions


def subscription_fact(subscription: Json, paid_at: datetime | None = None) -> SubscriptionFact:
    """A subscription as it stands; with `paid_at`, as it stood for the period that was paid for then."""
    standing = Standing.ACTIVE if paid_at else standing_of(subscription)
    start, end = _period(subscription, standing, paid_at)
    mark = mark_of(subscription.get("custom_id"))
    subscriber = subscription.get("subscriber") or {}
    return SubscriptionFact(
        str(subscription["id"]),
        standing.value,
        start,
        end,
        customer_id=str(subscriber.get("payer_id") or ""),
        price_id=price_at(subscription, start),
        ends_after_period=subscription["status"] == "SUSPENDED",
        paid_with=means(subscriber.get("email_address")),
        reference=mark.reference,
        was_stopped=standing is Standing.ENDED
        and subscription.get("status_change_note") == STOPPED,
    )


def standing_of(subscription: Json) -> Standing:
    """One that we have suspended is paid until its period ends; one that PayPal has suspended could not be charged."""
    if subscription["status"] in OVER:
        return Standing.ENDED
    return Standing.PAST_DUE if outstanding_of(subscription) else Standing.ACTIVE


def outstanding_of(subscription: Json) -> Json | None:
    """What PayPal could not collect of it, as it writes amounts; None where nothing is open."""
    money = (subscription.get("billing_info") or {}).get("outstanding_balance")
    return money if money and amount_of(money) else None


def price_at(subscription: Json, start: datetime) -> str:
    """The price of the period that begins at `start`."""
    mark = mark_of(subscription.get("custom_id"))
    is_later = mark.since is not None and (start + SLACK).date() >= mark.since
    return mark.price_id if is_later else str(subscription["plan_id"])


def coming_price(subscription: Json) -> str:
    """The price that is charged next."""
    return mark_of(subscription.get("custom_id")).price_id or str(subscription["plan_id"])


def _period(
    subscription: Json, standing: Standing, paid_at: datetime | None
) -> tuple[datetime, datetime]:
    """The period that was paid for at `paid_at`, else the last one, or the one that is not paid."""
    info = subscription.get("billing_info") or {}
    if paid_at is None and standing is Standing.PAST_DUE:
        failed = (info.get("last_failed_payment") or {}).get("time")
        return period_at(subscription, moment(failed or subscription["start_time"]))
    last = (info.get("last_payment") or {}).get("time")
    latest = moment(last or subscription["create_time"])
    start, end = period_at(subscription, paid_at or latest)
    is_latest = paid_at is None or period_at(subscription, latest)[1] == end
    following = info.get("next_billing_time")
    if is_latest and following and abs(moment(following) - end) <= SLACK:
        end = moment(following)
    return start, end


def period_at(subscription: Json, at: datetime) -> tuple[datetime, datetime]:
    """The period that a payment at `at` is for: the first until `start_time`, then a cycle each, counted from that."""
    begins = moment(subscription["start_time"])
    if at + SLACK < begins:
        return at, begins
    months, number = months_of(subscription), 0
    while add_months(begins, (number + 1) * months) <= at + SLACK:
        number += 1
    return add_months(begins, number * months), add_months(begins, (number + 1) * months)


def months_of(subscription: Json) -> int:
    return months_of_plan(subscription.get("plan") or {})


def months_of_plan(plan: Json) -> int:
    frequency = regular_cycle(plan)["frequency"]
    return MONTHS[frequency["interval_unit"]] * int(frequency.get("interval_count") or 1)


def regular_cycle(plan: Json) -> Json:
    cycles: list[Json] = plan["billing_cycles"]
    return next(one for one in cycles if one["tenure_type"] == "REGULAR")


def first_fee(subscription: Json) -> Any:
    """What is due first, as PayPal writes amounts."""
    plan = subscription.get("plan") or {}
    fee = (plan.get("payment_preferences") or {}).get("setup_fee")
    return fee or regular_cycle(plan)["pricing_scheme"]["fixed_price"]


def is_paid(transaction: Json) -> bool:
    return transaction.get("status") in PAID


def payment_of_transaction(subscription: Json, one: Json, *, is_first: bool) -> PaymentFact:
    """A payment of a subscription. The first is that of the purchase, whose reference it carries."""
    at = moment(one["time"])
    amount, currency = from_paypal(one["amount_with_breakdown"]["gross_amount"])
    fact = subscription_fact(subscription, at)
    state = PaymentState.PAID if is_paid(one) else PaymentState.PENDING
    if one.get("status") in LOST:
        state = PaymentState.FAILED
    return PaymentFact(
        state,
        amount=amount,
        currency=currency,
        external_id=fact.external_id if is_first else f"{fact.external_id}:{one['id']}",
        reference=fact.reference if is_first else "",
        charge_id=str(one["id"]),
        paid_with=fact.paid_with,
        failure="" if state is not PaymentState.FAILED else _("It was not collected."),
        at=at,
        subscription=fact,
    )


def payment_not_yet(subscription: Json) -> PaymentFact:
    """The payment with which a subscription begins, as long as nothing has been collected."""
    amount, currency = from_paypal(first_fee(subscription))
    is_over = subscription["status"] in OVER
    return PaymentFact(
        PaymentState.FAILED if is_over else PaymentState.PENDING,
        amount=amount,
        currency=currency,
        external_id=str(subscription["id"]),
        reference=mark_of(subscription.get("custom_id")).reference,
        failure=_("The payment was declined. Nothing was charged.") if is_over else "",
        is_begun=subscription["status"] != "APPROVAL_PENDING",
    )
