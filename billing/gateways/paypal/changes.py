"""Changes of running subscriptions. What is wished is compared with what is there, and only the difference is sent.

PayPal cannot end a subscription after its period, so one that is to end then is suspended: nothing is charged, it can
be taken up again, and it is cancelled when its time is over here.

Another price is written on the subscription itself, which needs no word of the payer's, but is too late for a payment
within ten days. Another rhythm needs the payer's word, on a page of PayPal's, which nobody sees in the background.
Where the next payment would be one that nobody has chosen, the subscription ends there: the paid time stays.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

from billing.gateways.base import SubscriptionFact, SubscriptionWish
from billing.gateways.paypal import facts
from billing.gateways.paypal.amounts import amount_of
from billing.gateways.paypal.client import Client, Json, Refused
from billing.gateways.paypal.reading import get_subscription
from billing.models import Standing
from saas.core.periods import add_months

ENDED = "Ended by the seller."
ENDS_LATER = "Ends with the period that is paid."
GOES_ON = "Goes on."
NOTICE = timedelta(days=10)
"""How long before a payment its amount must be known: https://developer.paypal.com/api/subscriptions/v1/."""
MOVABLE = {"ACTIVE", "SUSPENDED"}
TRIES = 3
log = logging.getLogger(__name__)


def push(client: Client, wish: SubscriptionWish) -> SubscriptionFact | None:
    """The subscription is as wished; how it stands then. None when PayPal knows none, which is as good as ended."""
    subscription = get_subscription(client, wish.external_id)
    if subscription is None:
        return None
    if facts.standing_of(subscription) != Standing.ENDED:
        if wish.is_over:
            _act(client, subscription, "cancel", ENDED)
        elif wish.ends_after_period:
            _suspend(client, subscription)
        else:
            _go_on(client, subscription, wish)
        subscription = get_subscription(client, wish.external_id) or subscription
    return facts.subscription_fact(subscription)


def _go_on(client: Client, subscription: Json, wish: SubscriptionWish) -> None:
    """The price first: what would be charged wrongly is not taken up again."""
    present = facts.subscription_fact(subscription).price_id
    is_other = bool(wish.next_price_id) and wish.next_price_id != wish.price_id
    wanted = wish.next_price_id if is_other else present
    if wanted != facts.coming_price(subscription) and not _set_price(client, subscription, wanted):
        log.warning("Subscription %s was ended at PayPal: %s", subscription["id"], facts.STOPPED)
        _act(client, subscription, "cancel", facts.STOPPED)
        return
    is_paid = _collect(client, subscription)
    if subscription["status"] == "SUSPENDED" and is_paid:
        _act(client, subscription, "activate", GOES_ON)


def _suspend(client: Client, subscription: Json) -> None:
    if subscription["status"] == "ACTIVE":
        _act(client, subscription, "suspend", ENDS_LATER)


def _act(client: Client, subscription: Json, action: str, reason: str) -> None:
    """Cancel, suspend or activate. What somebody else did meanwhile is as good. Raises Refused."""
    reached = {"cancel": facts.OVER, "suspend": {"SUSPENDED"} | facts.OVER, "activate": {"ACTIVE"}}
    path = f"/v1/billing/subscriptions/{subscription['id']}"
    for left in range(TRIES - 1, -1, -1):
        try:
            client.post(f"{path}/{action}", {"reason": reason})
        except Refused:
            stands = get_subscription(client, subscription["id"])
            if stands and stands["status"] in reached[action]:
                return
            # Whoever changed it in between may have changed it back.
            if not left or not stands or stands["status"] not in MOVABLE:
                raise
        else:
            return


def _collect(client: Client, subscription: Json) -> bool:
    """What could not be collected is tried once more; whether nothing is open then."""
    money = facts.outstanding_of(subscription)
    if money is None:
        return True
    body = {"note": GOES_ON, "capture_type": "OUTSTANDING_BALANCE", "amount": money}
    failed = (subscription["billing_info"].get("last_failed_payment") or {}).get("time", "")
    with suppress(Refused):  # it stays as it is
        client.post(
            f"/v1/billing/subscriptions/{subscription['id']}/capture",
            body,
            key=f"{subscription['id']}:open:{failed}",
        )
    stands = get_subscription(client, subscription["id"])
    return stands is not None and facts.outstanding_of(stands) is None


# Another price


def _set_price(client: Client, subscription: Json, price_id: str) -> bool:
    """From the next payment on it is `price_id`; False where that cannot be.

    It may come a period later where nobody pays more for that, and where it is a new price of the same plan: what the
    payer has agreed to goes on until then.
    """
    plan = client.find(f"/v1/billing/plans/{price_id}")
    if plan is None:
        raise Refused(f"PayPal does not know the plan {price_id}.", status=404)
    is_same_plan = plan["product_id"] == _product(client, subscription)
    if not _is_same_rhythm(subscription, plan):
        return is_same_plan and _revise(client, subscription, plan)
    before, after = (amount_of(_price(one)) for one in (subscription["plan"], plan))
    is_late = before != after and _next_payment(subscription) - client.now() <= NOTICE
    is_agreed = is_same_plan and not facts.mark_of(subscription.get("custom_id")).price_id
    if is_late and before > after and not is_agreed:
        return False
    _write_price(client, subscription, plan, is_late=is_late)
    return True


def _product(client: Client, subscription: Json) -> str:
    return str(client.get(f"/v1/billing/plans/{subscription['plan_id']}")["product_id"])


def _next_payment(subscription: Json) -> datetime:
    due = (subscription.get("billing_info") or {}).get("next_billing_time")
    return facts.moment(due) if due else facts.subscription_fact(subscription).period_end


def _is_same_rhythm(subscription: Json, plan: Json) -> bool:
    theirs, ours = _price(subscription["plan"]), _price(plan)
    return (
        facts.months_of(subscription) == facts.months_of_plan(plan)
        and theirs["currency_code"] == ours["currency_code"]
    )


def _price(plan: Json) -> Json:
    money: Json = facts.regular_cycle(plan)["pricing_scheme"]["fixed_price"]
    return money


def _write_price(client: Client, subscription: Json, plan: Json, *, is_late: bool) -> None:
    """The price, and since when it is the price of what, in one request."""
    sequence = facts.regular_cycle(subscription["plan"])["sequence"]
    since = facts.subscription_fact(subscription).period_end
    if is_late:
        since = add_months(since, facts.months_of(subscription))
    reference = facts.mark_of(subscription.get("custom_id")).reference
    is_bare = plan["id"] == subscription["plan_id"]
    custom_id = reference if is_bare else facts.marked(reference, plan["id"], since)
    client.patch(
        f"/v1/billing/subscriptions/{subscription['id']}",
        [
            {
                "op": "replace",
                "path": f"/plan/billing_cycles/@sequence=={sequence}/pricing_scheme/fixed_price",
                "value": _price(plan),
            },
            {"op": "replace", "path": "/custom_id", "value": custom_id},
        ],
    )


def _revise(client: Client, subscription: Json, plan: Json) -> bool:
    """Whether PayPal takes another rhythm without the payer's word, as it does of those who pay by card alone."""
    path = f"/v1/billing/subscriptions/{subscription['id']}"
    try:
        revised = client.post(f"{path}/revise", {"plan_id": plan["id"]})
    except Refused:
        return False
    return not any(link.get("rel") == "approve" for link in revised.get("links") or [])
