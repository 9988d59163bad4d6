"""From “Pay” to the gateway's page and back: where a payment stands, trying it again, giving it up."""

from enum import StrEnum
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from billing.ledger import balance_of
from billing.models import Payment, Status
from billing.panel.parts import NextStep, words_of_purpose
from billing.panel.questions import thanks
from billing.panel.receipts import receipt_of
from billing.services.checkout import Way, abandon, begin, is_page_open
from billing.services.funds import FUNDS
from billing.services.payments import find_payment, look_if_possible
from billing.services.plan_purchases import PLAN
from billing.services.ways import GatewayUnavailable, company_of
from saas.core import clock
from saas.core.access import OWNERS, panel
from saas.core.errors import Conflict, Sentence
from saas.core.htmx import go, saved
from saas.core.money import format_money
from saas.core.throttling import client_network, throttle

OFTEN, SELDOM = 3, 15
"""Seconds between two looks at a payment: while it is new, and later."""
NEW = 60
PATIENCE = 15 * 60
"""Seconds after which the page looks no more by itself."""


PAY_RATE = "30/hour"
"""How often somebody may press “Pay” for one tenant: each press may speak to a payment company."""


class Step(StrEnum):
    """Where a payment is, as its payer sees it."""

    PROCESSING = "processing"
    WAITING = "waiting"
    """Its payer has a slip, and is to pay that at a counter or a bank."""
    NOT_PAID = "not_paid"
    """Its payer came back without paying, or never got to the gateway."""
    DONE = "done"
    STUCK = "stuck"
    """The money is here, and what it was paid for could not be done."""
    FAILED = "failed"
    RETURNED = "returned"


def step_of(payment: Payment, *, came_back: bool) -> Step:
    if payment.is_pending and payment.slip_url and not came_back:
        return Step.WAITING
    if payment.is_pending:
        return Step.NOT_PAID if came_back or not payment.external_id else Step.PROCESSING
    if payment.status == Status.FAILED:
        return Step.FAILED
    if payment.status == Status.REFUNDED:
        return Step.RETURNED
    return Step.DONE if payment.fulfilled_at else Step.STUCK


@panel(roles=OWNERS)
def payment(request: HttpRequest, reference: str) -> HttpResponse:
    """Where the gateway sends its payers back to. It settles by itself when it is the first to hear of the money.

    For htmx, which looks again every few seconds, what has changed alone; the whole page once it is settled.
    """
    found = find_payment(request.tenant, reference)
    was_pending = found.is_pending
    was_asked = look_if_possible(found, now=clock.now())
    if (
        was_pending and not found.is_pending
    ):  # what it did shows all over the page, the menu included
        return go(request, reverse("billing:payment", args=[reference]))
    return _show(request, found, was_asked=was_asked)


@panel(roles=OWNERS)
@require_POST
def pay(request: HttpRequest, reference: str) -> HttpResponse:
    """On to the gateway's page, for a payment that is still open."""
    found = find_payment(request.tenant, reference)
    count_press(request)
    try:
        return go_on(request, begin(found, now=clock.now()))
    except (Conflict, GatewayUnavailable) as error:
        found.refresh_from_db()  # a gateway that refuses ends it, and the page says why
        return _show(request, found, error=error.message if found.is_pending else "")


@panel(roles=OWNERS)
@require_POST
def give_up(request: HttpRequest, reference: str) -> HttpResponse:
    """The payment cannot be made any more, unless the money came first or is on its way."""
    found = find_payment(request.tenant, reference)
    try:
        abandon(found, now=clock.now(), why=_("Cancelled."))
    except GatewayUnavailable as error:
        return _show(request, found, error=error.message)
    found.refresh_from_db()
    if found.is_paid or found.is_pending:
        return go(request, reverse("billing:payment", args=[reference]))
    return saved(
        request, reverse("billing:billing"), _("The payment is cancelled. Nothing was charged.")
    )


def count_press(request: HttpRequest) -> None:
    """One more press of “Pay”. Raises TooMany."""
    key = f"{request.tenant.pk}@{client_network(request)}"
    throttle(request, "pay", PAY_RATE, key=key)


def go_on(request: HttpRequest, way: Way) -> HttpResponse:
    """To the gateway's page; back to Billing where all is done; else to the page that says how it stands."""
    if way.url:
        return leave_for(request, way.url, company_of(way.payment.gateway))
    if way.payment.fulfilled_at:
        return saved(request, reverse("billing:billing"), _thanks(way.payment))
    return go(request, reverse("billing:payment", args=[way.payment.reference]))


def leave_for(request: HttpRequest, url: str, company: str) -> HttpResponse:
    """On to another company's page. Never as a redirect: after a POST the browser lets none lead to a foreign host."""
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(url)
    return render(request, "billing/going_on.html", {"url": url, "company": company})


def _show(
    request: HttpRequest, found: Payment, *, was_asked: bool = True, error: Sentence = ""
) -> HttpResponse:
    step = step_of(found, came_back="back" in request.GET or bool(error))
    context = {
        "payment": found,
        "step": step.value,
        "was_asked": was_asked,
        "error": error,
        "company": company_of(found.gateway),
        "thanks": _thanks(found) if step is Step.DONE else "",
        "then": _then(found) if step is Step.DONE else None,
        "try_again_url": _try_again_url(found),
        "is_payable": _is_payable(found),
        "open_url": found.pay_url if is_page_open(found, clock.now()) else "",
        "look_again_in": _look_again_in(found) if step in {Step.PROCESSING, Step.WAITING} else 0,
        **_addresses(found),
        **receipt_of(found, request.tenant),
    }
    is_part = getattr(request, "htmx", False) and request.method == "GET"
    template = "billing/payment_step.html" if is_part else "billing/payment.html"
    return render(request, template, context, status=503 if error else 200)


def _addresses(found: Payment) -> dict[str, Any]:
    return {
        "own_url": reverse("billing:payment", args=[found.reference]),
        "pay_action": reverse("billing:pay", args=[found.reference]),
        "give_up_action": reverse("billing:give_up", args=[found.reference]),
        "billing_url": reverse("billing:billing"),
    }


def _thanks(found: Payment) -> str:
    """What it did, in one sentence."""
    is_on_it = found.ordered.get("plan_id") == found.tenant.plan_id
    if found.purpose == PLAN and is_on_it:
        return thanks(found.tenant, clock.now())
    if found.purpose == FUNDS:
        account = balance_of(found.tenant)
        words = {"balance": format_money(account.balance, account.currency)}
        return _("Your balance is %(balance)s now.") % words
    own = words_of_purpose(found.purpose)
    return own.thanks(found) if own else _("Paid. Thank you.")


def _then(found: Payment) -> NextStep | None:
    """What may be done now that it is paid."""
    own = words_of_purpose(found.purpose)
    return own.then(found) if own else None


def _try_again_url(found: Payment) -> str:
    """The dialog where it was ordered; Billing where none is known."""
    if found.purpose == FUNDS:
        return reverse("billing:funds")
    if found.purpose != PLAN:
        own = words_of_purpose(found.purpose)
        return own.again(found) if own else reverse("billing:billing")
    address = reverse("billing:choose", args=[found.ordered["plan_id"]])
    return f"{address}?cycle={found.ordered['cycle']}"


def _is_payable(found: Payment) -> bool:
    """Whether it can be paid there: what has a slip is waited for, and not begun anew once its page has closed."""
    return not found.slip_url or is_page_open(found, clock.now())


def _look_again_in(found: Payment) -> int:
    """Seconds until the page looks again; 0 when it does not do so by itself any more."""
    age = (clock.now() - found.created_at).total_seconds()
    if age > PATIENCE:
        return 0
    return OFTEN if age < NEW else SELDOM
