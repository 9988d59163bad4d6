"""A salon that asks a deposit of $10 for its cut, and the double of the company on whose account that is paid."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from booking.models import (
    Appointment,
    Deposit,
    DepositPayment,
    DepositRefund,
    PaymentAccount,
)
from booking.services.deposits import holding
from booking.services.deposits.paying import Leaving, look, start_payment
from tenants.models import Errand
from tenants.scope import tenant_scope
from tests.billing.till import Till
from tests.booking.panel.page import Shop, monday

DEPOSIT = 1000


@dataclass
class Desk:
    shop: Shop
    till: Till
    now: datetime

    @property
    def key(self) -> str:
        return self.till.key

    def book(self, hour: int = 10, **guest: Any) -> Appointment:
        """By the door of the booking page, so that its time is held."""
        return self.shop.book(monday(hour), **guest)

    def begin(self, row: Appointment, *, now: datetime | None = None) -> DepositPayment:
        return self.leave(row, now=now).payment

    def leave(self, row: Appointment, *, now: datetime | None = None) -> Leaving:
        with tenant_scope(self.shop.tenant):
            return start_payment(self.shop.tenant, row.pk, self.key, now=now or self.now)

    def paid(self, hour: int = 10) -> DepositPayment:
        """An appointment whose deposit was paid, and heard of."""
        payment = self.begin(self.book(hour))
        self.till.pay(payment.pay_url)
        return self.look(payment)

    def look(self, payment: DepositPayment, *, after: float = 10) -> DepositPayment:
        """So many seconds from now."""
        with tenant_scope(self.shop.tenant):
            return look(
                self.shop.tenant,
                DepositPayment.objects.get(pk=payment.pk),
                now=self.now + timedelta(seconds=after),
            )

    def look_after(self, *, minutes: float) -> None:
        """The beat, so many minutes from now."""
        with tenant_scope(self.shop.tenant):
            holding.look_after(self.shop.tenant, self.now + timedelta(minutes=minutes))

    def row(self, row: Appointment | DepositPayment) -> Appointment:
        pk = row.appointment_id if isinstance(row, DepositPayment) else row.pk
        with tenant_scope(self.shop.tenant):
            return Appointment.objects.with_all().get(pk=pk)

    def payment(self, payment: DepositPayment) -> DepositPayment:
        with tenant_scope(self.shop.tenant):
            return DepositPayment.objects.get(pk=payment.pk)

    @property
    def payments(self) -> list[DepositPayment]:
        return self.shop.all(DepositPayment)

    @property
    def refunds(self) -> list[DepositRefund]:
        return self.shop.all(DepositRefund)

    @property
    def money_there(self) -> list[tuple[int, int]]:
        """(received, given back) of each charge, as our own rows have it."""
        return [(one.received, one.refunded) for one in self.payments]

    @property
    def errand(self) -> datetime | None:
        found = Errand.objects.filter(tenant=self.shop.tenant, kind="deposits").first()
        return found.due_at if found else None


def open_desk(shop: Shop, till: Till) -> Desk:
    shop.change(shop.cut, deposit_kind=Deposit.PERCENT, deposit=40)
    shop.add(PaymentAccount, gateway=till.key, is_enabled=True)
    return Desk(shop, till, timezone.now())
