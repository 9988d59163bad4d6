"""A tenant's payments as they are listed: the latest ones on the Billing page, all of them on a page of their own."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.paginator import Page
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.models import Invoice, Payment, PaymentQuerySet, Status
from billing.services.ways import label_of
from saas.core.errors import Sentence
from saas.core.money import format_money
from saas.core.paging import Pages
from saas.core.rows import Columns, fetch
from tenants.models import Tenant

PER_PAGE = 25
LATEST = 8
LEVELS = {Status.PENDING: "warn", Status.FAILED: "bad", Status.PAID: "ok", Status.REFUNDED: ""}
SHOWN = {
    "": (gettext_lazy("All payments"), Q()),
    "pending": (Status.PENDING.label, Q(status=Status.PENDING)),
    "paid": (Status.PAID.label, Q(status=Status.PAID)),
    "failed": (Status.FAILED.label, Q(status=Status.FAILED)),
    "refunded": (Status.REFUNDED.label, Q(refunded__gt=0)),
}
"""The filters: what each is called, and what it shows. What was refunded in part stands under paid, too."""

COLUMNS = Columns(payment=Payment, invoice=Invoice)
LATELY = """
SELECT {columns} FROM billing_payment AS payment
LEFT JOIN billing_invoice AS invoice ON invoice.payment_id = payment.id
WHERE payment.tenant_id = %(tenant)s ORDER BY payment.created_at DESC, payment.id DESC LIMIT %(most)s
"""


@dataclass(frozen=True)
class PaymentRow:
    """One payment as its tenant reads it."""

    payment: Payment

    @property
    def url(self) -> str:
        return reverse("billing:payment", args=[self.payment.reference])

    @property
    def at(self) -> datetime:
        return self.payment.created_at

    @property
    def paid_with(self) -> Sentence:
        return self.payment.paid_with or label_of(self.payment.gateway)

    @property
    def is_part_refunded(self) -> bool:
        return 0 < self.payment.refunded < self.payment.amount

    @property
    def status(self) -> Sentence:
        return _("Partly refunded") if self.is_part_refunded else Status(self.payment.status).label

    @property
    def level(self) -> str:
        return "" if self.is_part_refunded else LEVELS[Status(self.payment.status)]

    @property
    def goes_without_saying(self) -> bool:
        """Whether a narrow screen may leave its status out."""
        return self.payment.status == Status.PAID and not self.is_part_refunded

    @property
    def refunded(self) -> str:
        """“$10.00 went back”; empty where nothing did, or all."""
        if not self.is_part_refunded:
            return ""
        words = {"amount": format_money(self.payment.refunded, self.payment.currency)}
        return _("%(amount)s went back") % words

    @property
    def invoice(self) -> Invoice | None:
        return getattr(self.payment, "invoice", None)

    @property
    def no_invoice(self) -> str:
        """What stands where there is none (yet)."""
        return _("None") if self.payment.status == Status.FAILED else _("None yet")


def payments_of(tenant: Tenant) -> PaymentQuerySet:
    """With their invoices, newest first."""
    return Payment.objects.filter(tenant=tenant).select_related("invoice").newest_first()


def latest_payments(tenant: Tenant) -> list[PaymentRow]:
    """The last few. One query."""
    found = fetch(LATELY.format(columns=COLUMNS.text), {"tenant": tenant.pk, "most": LATEST})
    return [_row(*COLUMNS.read(row)) for row in found]


def _row(payment: Payment, invoice: Invoice | None) -> PaymentRow:
    Payment._meta.get_field("invoice").set_cached_value(payment, invoice)
    return PaymentRow(payment)


class PaymentTable:
    """The payments of `tenant` that `asked` (the address's query) is about. Two queries."""

    choices = [(key, label) for key, (label, _where) in SHOWN.items()]

    def __init__(self, tenant: Tenant, asked: QueryDict) -> None:
        self.tenant = tenant
        self.status = asked.get("status", "") if asked.get("status") in SHOWN else ""
        self._page = asked.get("page", "1")

    @cached_property
    def page(self) -> Page[Any]:
        found = payments_of(self.tenant).filter(SHOWN[self.status][1])
        page: Page[Any] = Pages(found, PER_PAGE).get_page(self._page)
        page.object_list = [PaymentRow(payment) for payment in page.object_list]
        return page
