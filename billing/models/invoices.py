"""Invoices, and the words on them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.payments import Payment
from saas.core import clock
from tenants.models import Tenant


class BillingSettings(models.Model):
    """The owner's choices about money: exactly one row."""

    grace_days = models.PositiveSmallIntegerField(_("Grace in days"), default=3)
    """How long a tenant keeps its plan after its paid time while a gateway may still collect."""
    seller_name = models.CharField(_("Your business name"), max_length=120, blank=True)
    seller_address = models.TextField(_("Your address"), max_length=400, blank=True)
    seller_tax_id = models.CharField(_("Your tax number"), max_length=40, blank=True)
    invoice_prefix = models.CharField(_("Before the invoice number"), max_length=12, default="TN-")
    invoice_note = models.CharField(_("Below each invoice"), max_length=300, blank=True)
    next_invoice = models.PositiveIntegerField(default=1001, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="billing_settings_one_row", condition=models.Q(pk=1)),
            models.CheckConstraint(
                name="billing_grace_in_range", condition=models.Q(grace_days__lte=60)
            ),
        ]

    def __str__(self) -> str:
        return "Billing settings"

    @classmethod
    def load(cls) -> "BillingSettings":
        """The one row, made with defaults when it is not there yet."""
        return cls.objects.get_or_create(pk=1)[0]


class BillingDetails(models.Model):
    """To whom a tenant's invoices are made out; without it, to the business by its name."""

    tenant = models.OneToOneField(
        Tenant, models.CASCADE, primary_key=True, related_name="billing_details"
    )
    name = models.CharField(_("Name on invoices"), max_length=120, blank=True)
    address = models.TextField(_("Address"), max_length=400, blank=True)
    tax_id = models.CharField(_("Tax number"), max_length=40, blank=True)

    def __str__(self) -> str:
        return self.name or str(self.tenant)


class Invoice(models.Model):
    """What was paid, as it was at that moment. The database refuses to change or remove a row."""

    payment = models.OneToOneField(Payment, models.PROTECT, related_name="invoice")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="invoices")
    number = models.CharField(max_length=24, unique=True)
    serial = models.PositiveIntegerField(unique=True)
    """1001, 1002 …, without a gap."""
    issued_at = models.DateTimeField(default=clock.now)
    seller = models.JSONField()
    """{"name": …, "address": …, "tax_id": …}"""
    buyer = models.JSONField()
    lines = models.JSONField()
    """[{"text": …, "amount": minor units}]; their sum is `total`."""
    total = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "-issued_at"], name="invoice_of_tenant")]

    def __str__(self) -> str:
        return self.number
