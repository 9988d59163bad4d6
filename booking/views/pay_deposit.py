"""Paying the deposit of one's own appointment: the way to the company's page, and the page one comes back to."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from billing.services.merchants import GatewayRefused, GatewayUnavailable, NotConnected, name_of
from booking.deposits import is_payable
from booking.models import Appointment, DepositPayment
from booking.page.shop import Shop
from booking.private_link import path_of
from booking.services.deposits.accounts import ways_to_pay
from booking.services.deposits.paying import Leaving, NotPayable, look, start_payment
from booking.views.private import PAGES, own
from saas.core.access import public
from saas.core.throttling import client_network, throttle

log = logging.getLogger(__name__)
PAY_RATE = "30/hour"
"""How often one network may ask for a page to pay on: each press may speak to a payment company."""
LOOK_AGAIN = 5
"""Seconds until the page that waits looks again by itself."""
Trouble = tuple[()] | tuple[str, str]
TROUBLE = (GatewayUnavailable, GatewayRefused, NotConnected)


@public
@PAGES
@own
def pay(request: HttpRequest, shop: Shop, row: Appointment) -> HttpResponse:
    """How the payment stands. A POST with a `gateway` goes on to that company's page."""
    if request.method == "POST":
        return leave_for(request, shop, row, request.POST.get("gateway", ""))
    latest = row.deposit_payments.newest_first().first()
    trouble: Trouble = ()
    if latest and latest.is_pending:
        try:
            latest = look(shop.tenant, latest, now=shop.now)
        except TROUBLE:
            trouble = ("pay.unreachable", str(name_of(latest.gateway)))
        row = Appointment.objects.with_all().get(pk=row.pk)
    path = path_of(shop.tenant, row.pk)
    if row.deposit_paid_at is not None:
        return redirect(f"{path}?new=1" if "back" in request.GET else path)
    if row.was_released:
        return shop.render(request, "pay_gone", {"row": row, "going_back": _going_back(row)})
    if row.is_cancelled or not row.deposit:
        return redirect(path)
    return _ask(request, shop, row, latest, trouble)


def leave_for(request: HttpRequest, shop: Shop, row: Appointment, gateway: str) -> HttpResponse:
    """On to the company's page; where that cannot be, the question again with the reason."""
    throttle(request, "pay_deposit", PAY_RATE, key=f"{shop.tenant.pk}@{client_network(request)}")
    try:
        leaving = start_payment(shop.tenant, row.pk, gateway, now=shop.now)
    except NotPayable:
        return redirect(f"{path_of(shop.tenant, row.pk)}pay/")
    except TROUBLE as error:
        log.warning("Nobody can pay with %s: %s", gateway, error)
        row.refresh_from_db()
        latest = row.deposit_payments.newest_first().first()
        is_away = isinstance(error, GatewayUnavailable)
        said = "pay.unreachable" if is_away else "pay.refused"
        trouble = (said, str(name_of(gateway)))
        return _ask(request, shop, row, latest, trouble, status=error.status)
    return going_on(request, shop, leaving)


def going_on(request: HttpRequest, shop: Shop, leaving: Leaving) -> HttpResponse:
    """Never a redirect: after a POST the browser lets none lead to another company's host."""
    context = {"shop": shop, "url": leaving.url, "company": leaving.company}
    return render(request, "booking/page/going_on.html", context)


def _ask(
    request: HttpRequest,
    shop: Shop,
    row: Appointment,
    latest: DepositPayment | None,
    trouble: Trouble,
    status: int = 200,
) -> HttpResponse:
    """The buttons, or that we wait for the company to tell. `trouble`: what is in the way, and at which company."""
    pending = latest if latest and latest.is_pending and latest.external_id else None
    waits = bool(pending) and ("back" in request.GET or bool(pending and pending.slip_url))
    payable = is_payable(row, shop.now)
    context: dict[str, Any] = {
        "row": row,
        "path": path_of(shop.tenant, row.pk),
        "payable": payable,
        "ways": ways_to_pay(shop.tenant) if payable else [],
        "held_until": row.held_until if row.status == "pending" else None,
        "waits": waits,
        "slip_url": pending.slip_url if pending else "",
        "company": name_of(pending.gateway) if pending else "",
        "look_again": LOOK_AGAIN if waits and not trouble else 0,
        "trouble": trouble,
        "left": "left" in request.GET,
        "failed": bool(latest and latest.status == "failed" and "back" in request.GET),
    }
    return shop.render(request, "pay", context, status=status)


def _going_back(row: Appointment) -> int:
    """How much of what came too late goes back, or has gone; minor units."""
    payments = row.deposit_payments.filter(paid_at__isnull=False)
    return sum(one.received for one in payments)
