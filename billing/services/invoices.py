"""Invoices: issued once, with the payment that they belong to, and never changed."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from billing.models import BillingDetails, BillingSettings, Invoice, Payment


def issue(payment: Payment, now: datetime) -> Invoice:
    """The invoice of `payment`, which is paid and locked; the one that there is, when it was issued before.

    Numbers have no gap: the counter is locked, last of all, until the transaction ends.
    """
    found = Invoice.objects.filter(payment=payment).first()
    if found:
        return found
    settings = _lock_settings()
    serial = settings.next_invoice
    settings.next_invoice = serial + 1
    settings.save(update_fields=["next_invoice"])
    return Invoice.objects.create(
        payment=payment,
        tenant=payment.tenant,
        serial=serial,
        number=f"{settings.invoice_prefix}{serial}",
        issued_at=now,
        seller=_seller(settings, payment),
        buyer=_buyer(payment),
        lines=_lines(payment),
        total=payment.amount,
        currency=payment.currency,
        note=settings.invoice_note,
    )


def _lock_settings() -> BillingSettings:
    locked = BillingSettings.objects.select_for_update().filter(pk=1)
    settings = locked.first()
    if settings is None:
        BillingSettings.load()
        settings = locked.get()
    return settings


def _seller(settings: BillingSettings, payment: Payment) -> dict[str, str]:
    platform = payment.tenant.platform_settings
    return {
        "name": settings.seller_name or platform.platform_name,
        "address": settings.seller_address,
        "tax_id": settings.seller_tax_id,
        "email": platform.contact_email,
    }


def _buyer(payment: Payment) -> dict[str, str]:
    tenant = payment.tenant
    details = BillingDetails.objects.filter(tenant=tenant).first() or BillingDetails(tenant=tenant)
    return {
        "name": details.name or tenant.name,
        "address": details.address,
        "tax_id": details.tax_id,
    }


def _lines(payment: Payment) -> list[dict[str, Any]]:
    """What was bought and, where a credit was taken off, that, too."""
    credit = int(payment.ordered.get("credit", 0))
    lines: list[dict[str, Any]] = [{"text": payment.title, "amount": payment.amount + credit}]
    if credit:
        days = payment.ordered.get("credit_days", 0)
        text = _("Credit for %(days)s unused days of %(plan)s") % {
            "days": days,
            "plan": payment.ordered.get("credit_plan", ""),
        }
        lines.append({"text": text, "amount": -credit})
    return lines
