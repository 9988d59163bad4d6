"""The list of deposits that were to be paid online. Reads, and writes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from billing.services.merchants import name_of
from booking.models import (
    Appointment,
    DepositPayment,
    DepositPaymentQuerySet,
    DepositRefund,
    DepositState,
)
from booking.models.deposits import HAS_MONEY, NOT_OURS
from booking.selectors import PER_PAGE, having
from saas.core.errors import Sentence
from saas.core.money import format_money, to_major
from tenants.models import Tenant

WITH_MONEY = Q(status__in=HAS_MONEY)
LOOK = "look"
SHOWN = {
    "": (_("Paid and given back"), WITH_MONEY),
    LOOK: (_("Needs a look"), Q()),
    "paid": (_("Paid"), Q(status=DepositState.PAID)),
    "refunded": (_("Given back"), Q(status=DepositState.REFUNDED)),
    "pending": (_("Waiting"), Q(status=DepositState.PENDING)),
    "failed": (_("Not paid"), Q(status=DepositState.FAILED)),
    "all": (_("All"), Q()),
}
"""The filters: what each is called, and what it shows."""
HEAD = (
    _("Created"), _("State"), _("Customer"), _("Service"), _("Appointment"), _("Amount"), _("Received"),
    _("Given back"), _("Currency"), _("Company"), _("Paid with"), _("Paid"), _("Reference"),
)  # fmt: skip
MOST_LINES = 20_000


@dataclass(frozen=True)
class PaidOnline:
    """One payment for an appointment, as its page tells it: whose account it is on, and what went back."""

    payment: DepositPayment
    company: Sentence
    refunds: list[DepositRefund]

    @property
    def can_give_back(self) -> bool:
        """Whether there is something left, and nothing of it was asked back by us that is done or under way."""
        own = [one for one in self.refunds if one.reason not in NOT_OURS]
        return self.payment.left > 0 and all(one.is_open and one.failure for one in own)


def paid_online(row: Appointment) -> list[PaidOnline]:
    """What was paid for `row`, or is being paid, the oldest first; none where no deposit is asked. Two queries."""
    if not row.deposit:
        return []
    found = row.deposit_payments.exclude(status=DepositState.FAILED).order_by("pk")
    return [
        PaidOnline(one, name_of(one.gateway), list(one.refunds.all()))
        for one in found.prefetch_related("refunds")
    ]


def deposit_stays(row: Appointment) -> list[Sentence]:
    """What is said of a deposit that was paid online before `row` is cancelled by the team. No query without one."""
    paid = paid_online(row) if row.deposit_paid_at else []
    left = [one.payment for one in paid if one.payment.fulfilled_at and one.payment.left]
    text = _(
        "The deposit of %(amount)s stays with you, unless you give it back on the appointment’s page."
    )
    return [text % {"amount": format_money(one.left, one.currency)} for one in left]


@dataclass(frozen=True)
class DepositQuestion:
    """What the list is asked for."""

    text: str = ""
    show: str = ""
    page: str = "1"


@dataclass(frozen=True)
class DepositList:
    """One page of them, newest first. `kept` is what of all that were asked for came and was not given back."""

    page: Page
    kept: int


def find_deposits(question: DepositQuestion) -> DepositPaymentQuerySet:
    where = SHOWN[question.show][1] & having(
        question.text, ("appointment__customer__name", "appointment__customer__email")
    )
    found = DepositPayment.objects.filter(where).newest_first()
    if question.show == LOOK:
        found = found.to_look_at()
    return found.select_related("appointment__customer", "appointment__service")


def list_deposits(question: DepositQuestion) -> DepositList:
    """Three queries, whatever their number."""
    found = find_deposits(question)
    sums = DepositPayment.objects.filter(pk__in=found.order_by().values("pk")).aggregate(
        came=Sum("received"), gone=Sum("refunded")
    )
    page = Paginator(found, PER_PAGE).get_page(question.page)
    return DepositList(page, (sums["came"] or 0) - (sums["gone"] or 0))


def file_lines(tenant: Tenant, question: DepositQuestion) -> Iterator[list[object]]:
    """As a spreadsheet has them: amounts in whole units, instants in the tenant's zone. One query."""
    zone = ZoneInfo(tenant.time_zone)
    for one in find_deposits(question)[:MOST_LINES]:
        row = one.appointment
        yield [
            _written(one.created_at, zone), one.get_status_display(), row.customer.name, row.service.name,
            _written(row.starts_at, zone), to_major(one.amount, one.currency),
            to_major(one.received, one.currency), to_major(one.refunded, one.currency), one.currency,
            str(name_of(one.gateway)), one.paid_with, _written(one.paid_at, zone), one.reference,
        ]  # fmt: skip


def _written(instant: datetime | None, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}" if instant else ""
