"""What objects of Mercado Pago mean, in the words of `billing.gateways.base`. Pure: no request, no query."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from billing.gateways.base import OURS, PaymentFact, PaymentState, RefundFact
from billing.gateways.mercadopago.amounts import from_mercadopago
from billing.gateways.mercadopago.client import Json


@dataclass(frozen=True)
class Meaning:
    """Whether the money came, and whether the payer's bank has it again."""

    state: PaymentState
    is_disputed: bool = False


STATES = {
    "pending": Meaning(PaymentState.PENDING),  # its payer has still to pay: a slip, a transfer
    "in_process": Meaning(PaymentState.PENDING),  # Mercado Pago looks into it
    "authorized": Meaning(PaymentState.PENDING),  # reserved on the card, not taken
    "approved": Meaning(PaymentState.PAID),
    "in_mediation": Meaning(PaymentState.PAID),  # the payer complains; the money has not moved
    "refunded": Meaning(PaymentState.PAID),  # it came, and its refunds say that it went
    "charged_back": Meaning(PaymentState.PAID, is_disputed=True),
    "rejected": Meaning(PaymentState.FAILED),
    "cancelled": Meaning(PaymentState.FAILED),
}
"""Of a payment. One that is unknown here counts as pending: nothing is concluded from it."""
UNKNOWN = Meaning(PaymentState.PENDING)
WON = "reimbursed"
"""`status_detail` of a chargeback that was decided for the seller."""
GONE_WRONG = {"rejected", "cancelled"}
"""Refunds that did not reach their payer."""
NAMES = {
    "master": "Mastercard", "debmaster": "Mastercard", "debvisa": "Visa", "amex": "American Express",
    "account_money": "Mercado Pago", "bolbradesco": "Boleto", "pix": "Pix",
}  # fmt: skip


@dataclass(frozen=True)
class Attempt:
    """One order's page, a preference: it can be paid until it is over, and more than once."""

    external_id: str
    reference: str
    amount: int
    currency: str
    is_over: bool


def meaning(payment: Json) -> Meaning:
    return STATES.get(str(payment.get("status")), UNKNOWN)


def reference_of(obj: Json) -> str:
    """Our reference on a payment or preference of ours; empty on anybody else's: an account may sell other things."""
    reference = str(obj.get("external_reference") or "")
    return reference if reference.startswith(OURS) else ""


def is_elsewhere(payment: Json, preference: Json) -> bool:
    """Whether another account collected it: that of somebody who was paid by ours may be seen by us, too."""
    theirs, ours = payment.get("collector_id"), preference.get("collector_id")
    return bool(theirs and ours and str(theirs) != str(ours))


def moment(value: Any) -> datetime:
    return datetime.fromisoformat(str(value))


def is_over(preference: Json, at: datetime | None) -> bool:
    """Whether it can be paid no more at `at`, the time that Mercado Pago has."""
    until = preference.get("expiration_date_to")
    return bool(preference.get("expires") and until and at and moment(until) <= at)


def attempt_of(preference: Json, at: datetime | None) -> Attempt:
    """Of a preference as it is read by its id, for one thing of ours."""
    item = preference["items"][0]
    currency = str(item.get("currency_id") or "")
    amount = from_mercadopago(item["unit_price"], currency) * int(item["quantity"])
    return Attempt(
        str(preference["id"]), reference_of(preference), amount, currency, is_over(preference, at)
    )


# Payments


def standing(payments: Iterable[Json], attempt: Attempt) -> list[PaymentFact]:
    """How the order stands: paid, and by whatever else it was paid again; or waiting; or come to nothing.

    A card that was rejected ends nothing as long as another may be tried.
    """
    ranked = sorted(payments, key=_rank)
    paid = [one for one in ranked if meaning(one).state is PaymentState.PAID]
    if paid:
        first, *others = paid
        again = [payment_fact(one) for one in others]
        return [payment_fact(first, attempt.external_id), *again]
    waiting = [one for one in ranked if meaning(one).state is PaymentState.PENDING]
    if waiting:
        return [payment_fact(waiting[-1], attempt.external_id)]
    known = (attempt.amount, attempt.currency, attempt.external_id, attempt.reference)
    if not attempt.is_over:
        return [PaymentFact(PaymentState.PENDING, *known)]
    failure = failure_of(ranked[-1]) if ranked else _not_in_time()
    return [PaymentFact(PaymentState.FAILED, *known, failure=failure)]


def _rank(payment: Json) -> tuple[datetime, int]:
    """The first money that came is what the order was paid with, whatever was begun before."""
    return moment(payment.get("date_approved") or payment["date_created"]), int(payment["id"])


def payment_fact(payment: Json, attempt_id: str = "") -> PaymentFact:
    """One payment, by the name of its page where that is known, else by its own."""
    state, own_id = meaning(payment).state, str(payment["id"])
    currency = str(payment["currency_id"])
    approved = payment.get("date_approved")
    return PaymentFact(
        state,
        amount=from_mercadopago(payment["transaction_amount"], currency),
        currency=currency,
        external_id=attempt_id or own_id,
        reference=reference_of(payment),
        charge_id=own_id,
        paid_with=means(payment),
        failure=failure_of(payment) if state is PaymentState.FAILED else "",
        at=moment(approved) if approved and state is PaymentState.PAID else None,
        slip_url=slip_of(payment) if state is PaymentState.PENDING else "",
    )


def failure_of(payment: Json) -> str:
    """Why a payment came to nothing, in one sentence for its payer."""
    if payment.get("status") == "cancelled":
        return _not_in_time()
    if payment.get("status_detail") == "cc_rejected_insufficient_amount":
        return _("The card did not have enough funds. Nothing was charged.")
    return _("The payment was declined. Nothing was charged.")


def _not_in_time() -> str:
    return _("It was not paid in time. Nothing was charged.")


def slip_of(payment: Json) -> str:
    """Where the payer reads how to pay at a counter or a bank; empty for what asks nothing more of anybody."""
    details = payment.get("transaction_details") or {}
    shown = (payment.get("point_of_interaction") or {}).get("transaction_data") or {}
    address = str(details.get("external_resource_url") or shown.get("ticket_url") or "")
    return address if address.startswith(("https://", "http://")) else ""


def means(payment: Json) -> str:
    """What was paid with, in a word: “Visa 4242”, “Pix”, “Boleto”."""
    method = str(payment.get("payment_method_id") or payment.get("payment_type_id") or "")
    word = NAMES.get(method) or method.replace("_", " ")
    last4 = (payment.get("card") or {}).get("last_four_digits") or ""
    return f"{word[:1].upper()}{word[1:]} {last4}".strip()[:60]


# Money that goes back


def was_refunded(payment: Json) -> bool:
    """Whether some of it went back, or was to."""
    return bool(payment.get("transaction_amount_refunded")) or payment.get("status") == "refunded"


def refund_fact(refund: Json, payment_id: str, currency: str) -> RefundFact:
    """A refund; one that the bank did not take has come back to us."""
    return RefundFact(
        str(refund["id"]),
        payment_id,
        from_mercadopago(refund["amount"], currency),
        moment(refund["date_created"]),
        is_reversed=refund.get("status") in GONE_WRONG,
        reason=str(refund.get("reason") or ""),
    )


def dispute_fact(payment: Json) -> RefundFact | None:
    """The chargeback of a payment, by whichever news we hear of it; None where there is none."""
    if not meaning(payment).is_disputed:
        return None
    currency = str(payment["currency_id"])
    return RefundFact(
        f"chargeback:{payment['id']}",
        str(payment["id"]),
        from_mercadopago(payment["transaction_amount"], currency),
        moment(payment.get("date_last_updated") or payment["date_approved"]),
        is_dispute=True,
        is_reversed=payment.get("status_detail") == WON,
    )
