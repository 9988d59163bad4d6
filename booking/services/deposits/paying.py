"""From “Pay the deposit” to the company's page and back.

A payment is written down before anybody is asked for money; the company is spoken to outside of any transaction. What
happens when the money has come is `settling`'s.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.services import merchants
from billing.services.merchants import GatewayRefused, GatewayUnavailable, NotConnected, Order
from booking.deposits import is_payable
from booking.models import Appointment, DepositPayment, DepositState
from booking.private_link import path_of
from booking.selectors import find_row
from booking.services.deposits import errands
from booking.services.deposits.accounts import find_account, is_on
from booking.services.deposits.settling import take_in
from booking.services.resources import locked
from saas.core.errors import Conflict
from tenants.models import Tenant

log = logging.getLogger(__name__)
CHECK_AGAIN_AFTER = 3
"""Seconds within which a company is not asked twice about the same payment."""
LONGEST_PAGE = timedelta(hours=23)
LEAST_LEFT = timedelta(minutes=1)
"""A page is not opened for less than this: nobody pays so quickly."""


class NotPayable(Conflict):
    """No deposit is due for the appointment, or its time is held no longer."""

    def __init__(self) -> None:
        super().__init__(_("The deposit of this appointment cannot be paid online any more."))


@dataclass(frozen=True)
class Leaving:
    """Where whoever pays goes next: to `company`'s page at `url`."""

    payment: DepositPayment
    url: str
    company: str


def start_payment(tenant: Tenant, pk: int, gateway: str, *, now: datetime) -> Leaving:
    """The deposit of the appointment is to be paid with `gateway`; asked again it is the same page.

    Whatever was begun with another one comes to nothing, and its page is closed. Call it outside of a transaction.
    Raises NotHere, NotPayable, NotConnected, GatewayUnavailable, GatewayRefused.
    """
    payment = _write_down(tenant, pk, gateway, now)
    if not payment.pay_url:
        _open_page(tenant, payment, now)
    return Leaving(payment, payment.pay_url, str(merchants.name_of(payment.gateway)))


def _write_down(tenant: Tenant, pk: int, gateway: str, now: datetime) -> DepositPayment:
    """The pending payment of the appointment, the one that is there or a new one. Raises NotPayable, NotConnected."""
    with locked(tenant):
        row = find_row(Appointment, pk)
        if not is_payable(row, now + LEAST_LEFT):
            raise NotPayable
        if not is_on(tenant):
            raise NotConnected(merchants.name_of(gateway))
        account = find_account(gateway)
        environment = merchants.connect(account).environment
        currency = tenant.platform_settings.currency
        there = DepositPayment.objects.pending().filter(appointment=row).first()
        if there and _is_same(there, (gateway, environment, row.deposit, currency), now):
            return there
        if there:
            there.status, there.failed_at = DepositState.FAILED, now
            there.failure = _("Another way to pay was chosen.")
            there.save(update_fields=["status", "failed_at", "failure"])
        errands.look_soon(tenant, now)
        return DepositPayment.objects.create(
            appointment=row, gateway=gateway, environment=environment, amount=row.deposit,
            currency=currency, created_at=now,
        )  # fmt: skip


def _is_same(there: DepositPayment, wanted: tuple[str, str, int, str], now: datetime) -> bool:
    """Whether its page is still of use, for just this."""
    of_it = (there.gateway, there.environment, there.amount, there.currency)
    return of_it == wanted and now < there.created_at + merchants.way_of(there.gateway).page_lasts


def _open_page(tenant: Tenant, payment: DepositPayment, now: datetime) -> None:
    """Raises GatewayUnavailable; GatewayRefused, and then it has come to nothing."""
    gateway = merchants.connect_to(find_account(payment.gateway), payment.environment)
    try:
        started = gateway.start(order_of(tenant, payment, now))
    except GatewayUnavailable as error:
        log.warning("Deposit %s could not be begun: %s", payment.pk, error.detail)
        raise
    except GatewayRefused as error:
        log.warning("Deposit %s was refused: %s", payment.pk, error.detail)
        DepositPayment.objects.pending().filter(pk=payment.pk).update(
            status=DepositState.FAILED, failed_at=now, failure=str(error.message)[:300]
        )
        raise
    DepositPayment.objects.filter(pk=payment.pk, pay_url="").update(
        external_id=started.external_id, pay_url=started.url
    )
    payment.refresh_from_db()


def order_of(tenant: Tenant, payment: DepositPayment, now: datetime) -> Order:
    """What the company is asked to collect. Whoever pays is the business's customer, not the tenant itself."""
    row = Appointment.objects.with_all().get(pk=payment.appointment_id)
    back = tenant.url(f"{path_of(tenant, row.pk)}pay/")
    day = date_format(row.starts_at.astimezone(ZoneInfo(tenant.time_zone)), "j M Y")
    until = row.held_until or min(row.starts_at, payment.created_at + LONGEST_PAGE)
    return Order(
        reference=payment.reference,
        amount=payment.amount,
        currency=payment.currency,
        title=_("Deposit: %(service)s, %(day)s") % {"service": row.service.name, "day": day},
        tenant_id=tenant.pk,
        tenant_name=tenant.name,
        email=row.customer.email,
        return_url=f"{back}?back=1",
        cancel_url=f"{back}?left=1",
        pay_until=max(until, now + LEAST_LEFT),
        is_guest=True,
        notify_url=tenant.url(reverse("booking:hook", args=[payment.gateway])),
    )


def look(tenant: Tenant, payment: DepositPayment, *, now: datetime) -> DepositPayment:
    """`payment` as it stands at the company, settled where the money has come. Outside of a transaction.

    Not asked more often than every few seconds, however often a page is. Raises GatewayUnavailable, GatewayRefused,
    NotConnected.
    """
    if not payment.is_pending or not payment.external_id or not _may_ask(payment, now):
        return payment
    gateway = merchants.connect_to(find_account(payment.gateway), payment.environment)
    if fact := gateway.find_payment(payment.external_id):
        take_in(tenant, fact, gateway=payment.gateway, environment=payment.environment, now=now)
    payment.refresh_from_db()
    return payment


def close_page(tenant: Tenant, payment: DepositPayment, *, now: datetime) -> None:
    """Nobody can pay it any more. Money that came first, or comes all the same, is taken in.

    Outside of a transaction. Raises what the company raises; then it is tried again later.
    """
    gateway = merchants.connect_to(find_account(payment.gateway), payment.environment)
    gateway.abandon(payment.external_id)
    fact = gateway.find_payment(payment.external_id)
    if fact:
        take_in(tenant, fact, gateway=payment.gateway, environment=payment.environment, now=now)
    DepositPayment.objects.filter(pk=payment.pk, closed_at__isnull=True).update(closed_at=now)


def _may_ask(payment: DepositPayment, now: datetime) -> bool:
    """Whether this process is the one that asks now: a conditional update lets one of many through."""
    since = now - timedelta(seconds=CHECK_AGAIN_AFTER)
    free = Q(checked_at__isnull=True) | Q(checked_at__lte=since)
    return bool(DepositPayment.objects.filter(free, pk=payment.pk).update(checked_at=now))
