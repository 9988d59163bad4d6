"""The facts of one payment that came, as its tenant reads them on the payment's page."""

from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from billing.models import Payment
from billing.panel.invoice_words import day, gone, notes_on_refunds
from billing.panel.payment_table import PaymentRow
from tenants.models import Tenant


def receipt_of(payment: Payment, tenant: Tenant) -> dict[str, Any]:
    """The context of `billing/money/_receipt.html`, below one name; nothing for a payment that has not come.

    One query, for what went back of it, and one more where its invoice was not loaded with it.
    """
    if not payment.is_paid or payment.paid_at is None:
        return {}
    zone, row = ZoneInfo(tenant.time_zone), PaymentRow(payment)
    return {
        "receipt": {
            "facts": [
                (_("Paid on"), day(payment.paid_at, zone)),
                (_("Paid with"), str(row.paid_with)),
                (_("Reference"), payment.reference),
            ],
            "invoice": row.invoice,
            "notes": notes_on_refunds(gone(payment), payment.currency, zone),
        }
    }
