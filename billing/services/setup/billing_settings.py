"""The door to the settings about money: who sells, what stands on invoices, and the grace of a failed renewal."""

import re
from typing import TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from billing.models import BillingSettings
from saas.core import audit
from saas.core.errors import Sentence
from saas.core.versions import check_version, version_of

AUDITED = (
    "seller_name",
    "seller_address",
    "seller_tax_id",
    "invoice_prefix",
    "invoice_note",
    "grace_days",
)
MAX_GRACE = 60
PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]*")
TWO_SIGNS = re.compile(r"[./_-]{2}")


class BillingData(TypedDict, total=False):
    """What `save_billing_settings` writes; what is missing stays as it is."""

    seller_name: str
    seller_address: str
    seller_tax_id: str
    invoice_prefix: str
    invoice_note: str
    grace_days: int


@transaction.atomic
def save_billing_settings(data: BillingData, *, seen: str = "") -> BillingSettings:
    """Write `data` and return the settings as stored. Invoices that were issued before stay as they are.

    Raises ChangedMeanwhile where `seen` is not what is stored, ValidationError for values that cannot be.
    """
    BillingSettings.load()
    stored = BillingSettings.objects.select_for_update().get(pk=1)
    check_version(seen, version(stored))
    before = audit.snapshot(stored, AUDITED)
    for name, value in data.items():
        setattr(stored, name, value)
    if sentence := prefix_complaint(stored.invoice_prefix):
        raise ValidationError({"invoice_prefix": str(sentence)})
    stored.full_clean()
    stored.save(update_fields=AUDITED)
    changes = audit.differences(before, audit.snapshot(stored, AUDITED))
    audit.record("billing_settings.saved", stored, changes=changes)
    return stored


def version(stored: BillingSettings) -> str:
    """What the page shows them as of."""
    return version_of(*(getattr(stored, name) for name in AUDITED))


def prefix_complaint(prefix: str) -> Sentence:
    """What is wrong with `prefix` before the number of an invoice; empty when nothing is.

    It does not end with a digit: “TN-1” with number 1001 would be the same as “TN-” with number 11001. And it is part
    of an address, where two dots lead upwards.
    """
    if not PREFIX.fullmatch(prefix):
        return _("Use letters, digits and . / _ - only, such as TN-.")
    if TWO_SIGNS.search(prefix):
        return _("Put a letter or a digit between two signs, such as BK-2026/.")
    if prefix[-1].isdigit():
        return _("End it with a letter or a sign, such as TN-, so that the number begins after it.")
    return ""
