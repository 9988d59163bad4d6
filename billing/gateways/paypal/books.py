"""What PayPal has in its books, for reconciliation: its search of transactions, and its disputes.

The search lists what happened with some hours' delay, at most a month at a time, and only where the app at PayPal may
“Transaction search”.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from billing.gateways.base import PaymentFact, PaymentState, RefundFact
from billing.gateways.paypal import facts, gone
from billing.gateways.paypal.amounts import amount_of, from_paypal
from billing.gateways.paypal.checkout import written
from billing.gateways.paypal.client import Client, Json
from billing.gateways.paypal.reading import get_subscription, payments_of

SPAN = timedelta(days=31)
PAGE = 500
DISPUTES = 50
REFUND = "T1107"
"""Code of a refund that the seller gave: https://developer.paypal.com/docs/reports/reference/tcodes/."""


def paid_since(client: Client, since: datetime) -> Iterator[PaymentFact]:
    """One-time payments and payments of subscriptions of ours that were collected since then."""
    subscriptions: dict[str, list[PaymentFact]] = {}
    for one in _transactions(client, since):
        if not facts.mark_of(one.get("custom_field")).reference or _goes_out(one):
            continue
        name = str(one.get("paypal_reference_id") or "")
        if not facts.is_subscription(name):
            yield _of_order(one, name)
        elif name not in subscriptions:
            subscriptions[name] = list(_of_subscription(client, name))
            yield from (fact for fact in subscriptions[name] if fact.at and fact.at >= since)


def _of_order(one: Json, order_id: str) -> PaymentFact:
    amount, currency = from_paypal(one["transaction_amount"])
    return PaymentFact(
        PaymentState.PAID,
        amount=amount,
        currency=currency,
        external_id=order_id or str(one["transaction_id"]),
        reference=facts.mark_of(one["custom_field"]).reference,
        charge_id=str(one["transaction_id"]),
        at=facts.moment(one["transaction_initiation_date"]),
    )


def _of_subscription(client: Client, subscription_id: str) -> Iterator[PaymentFact]:
    """All payments of one, asked of itself: the search does not say which of them was the first."""
    subscription = get_subscription(client, subscription_id)
    if subscription is None:
        return
    paid = [one for one in payments_of(client, subscription) if facts.is_paid(one)]
    for number, one in enumerate(paid):
        yield facts.payment_of_transaction(subscription, one, is_first=number == 0)


def gone_since(client: Client, since: datetime) -> Iterator[RefundFact]:
    """Refunds and disputes that were made since then, of everything on the account."""
    for one in _transactions(client, since):
        if one.get("transaction_event_code") == REFUND:
            yield RefundFact(
                str(one["transaction_id"]),
                str(one.get("paypal_reference_id") or ""),
                amount_of(one["transaction_amount"]),
                facts.moment(one["transaction_initiation_date"]),
            )
    for dispute in _disputes(client, since):
        if fact := gone.dispute_fact(dispute):
            yield fact


def _goes_out(one: Json) -> bool:
    return from_paypal(one["transaction_amount"])[0] <= 0


def _transactions(client: Client, since: datetime) -> Iterator[Json]:
    """Those that succeeded, by when they began."""
    end = client.ask_time()
    start = since
    while start < end:
        until = min(start + SPAN - timedelta(seconds=1), end)
        yield from _of_span(client, start, until)
        start = until + timedelta(seconds=1)


def _of_span(client: Client, start: datetime, until: datetime) -> Iterator[Json]:
    page = pages = 1
    while page <= pages:
        found = client.get(
            "/v1/reporting/transactions",
            {
                "start_date": written(start),
                "end_date": written(until),
                "transaction_status": "S",
                "fields": "transaction_info",
                "page_size": PAGE,
                "page": page,
            },
        )
        for one in found.get("transaction_details") or []:
            yield one["transaction_info"]
        pages = int(found.get("total_pages") or 1)
        page += 1


def _disputes(client: Client, since: datetime) -> Iterator[Json]:
    """Each read whole: the list leaves out what was disputed, and how it ended."""
    params: dict[str, object] = {"start_time": written(since), "page_size": DISPUTES}
    while True:
        found = client.get("/v1/customer/disputes", params)
        for one in found.get("items") or []:
            yield client.get(f"/v1/customer/disputes/{one['dispute_id']}")
        following = [link["href"] for link in found.get("links") or [] if link["rel"] == "next"]
        token = parse_qs(urlsplit(following[0]).query).get("next_page_token") if following else None
        if not token:
            return
        params = {"page_size": DISPUTES, "next_page_token": token[0]}
