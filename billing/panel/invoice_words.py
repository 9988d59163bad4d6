"""What an invoice says, for the page and for the PDF alike: as it was issued, and what went back since."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.models import Invoice, Refund
from billing.panel.invoice_pdf import InvoiceLine, InvoiceWords, Party
from saas.core.errors import NotHere
from saas.core.money import format_money
from tenants.models import Tenant

LONGEST_NUMBER = 24


def find_invoice(tenant: Tenant, number: str) -> Invoice:
    """The tenant's invoice `number`, with its payment and what went back of that. Raises NotHere. Two queries."""
    if len(number) > LONGEST_NUMBER or "\x00" in number:
        raise NotHere(_("This invoice is not here."))
    own = Invoice.objects.filter(tenant=tenant, number=number).select_related("payment")
    invoice = own.prefetch_related("payment__refunds").first()
    if invoice is None:
        raise NotHere(_("This invoice is not here."))
    return invoice


def words_of(invoice: Invoice, zone: ZoneInfo) -> InvoiceWords:
    """`invoice` in the active language, with days as in `zone`. No query for one of `find_invoice`."""
    payment = invoice.payment
    return InvoiceWords(
        language=get_language() or "en",
        issued_at=invoice.issued_at,
        title=_("Invoice"),
        number=invoice.number,
        seller=_party(invoice.seller),
        buyer=_party(invoice.buyer, label=_("Billed to")),
        facts=[
            (_("Date"), day(invoice.issued_at, zone)),
            *([(_("Paid with"), payment.paid_with)] if payment.paid_with else []),
            (_("Reference"), payment.reference),
        ],
        heads=(_("Description"), _("Period"), _("Amount")),
        lines=[
            InvoiceLine(str(line["text"]), format_money(line["amount"], invoice.currency))
            for line in invoice.lines
        ],
        totals=[(_("Total paid"), format_money(invoice.total, invoice.currency))],
        notes=[*notes_on_refunds(gone(payment), invoice.currency, zone), *_note(invoice)],
        footer=_footer(invoice.seller),
        page_format=_("Page %(page)s of %(pages)s"),
    )


def gone(payment: Any) -> list[Refund]:
    """What went back of `payment` and did not come again, oldest first."""
    found = [refund for refund in payment.refunds.all() if refund.reversed_at is None]
    return sorted(found, key=lambda refund: (refund.at, refund.pk))


def notes_on_refunds(refunds: list[Refund], currency: str, zone: ZoneInfo) -> list[str]:
    """“Refunded on 3 December 2026: $10.00.”, a sentence for each."""
    return [
        _sentence(refund.kind) % {
            "date": day(refund.at, zone), "amount": format_money(refund.amount, currency)
        }
        for refund in refunds
    ]  # fmt: skip


def day(instant: datetime, zone: ZoneInfo) -> str:
    """“3 December 2026”."""
    return date_format(localtime(instant, zone), "j F Y")


def file_name(invoice: Invoice) -> str:
    """The number as the name of a file: what no system minds, and no sign that a header would trip over."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", invoice.number) + ".pdf"


def _sentence(kind: str) -> str:
    if kind == Refund.Kind.DISPUTE:
        return _("Taken back by the payer’s bank on %(date)s: %(amount)s.")
    return _("Refunded on %(date)s: %(amount)s.")


def _party(who: dict[str, str], *, label: str = "") -> Party:
    lines = who.get("address", "").splitlines()
    if tax_id := who.get("tax_id"):
        lines.append(_("Tax number: %(number)s") % {"number": tax_id})
    return Party(who.get("name", ""), lines, label)


def _note(invoice: Invoice) -> list[str]:
    return [invoice.note] if invoice.note else []


def _footer(seller: dict[str, str]) -> str:
    email = seller.get("email")
    return _("Questions? Write to %(email)s.") % {"email": email} if email else ""
