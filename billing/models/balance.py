"""A tenant's prepaid money: one row that says how much, and the append-only ledger that says why."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from saas.core import clock
from tenants.models import Tenant, User


class BalanceAccount(models.Model):
    """What a tenant has in hand, in minor units of `currency`. Written together with its entries alone."""

    tenant = models.OneToOneField(
        Tenant, models.PROTECT, primary_key=True, related_name="balance_account"
    )
    currency = models.CharField(max_length=3)
    balance = models.BigIntegerField(default=0)
    debt = models.BigIntegerField(default=0)
    """What was taken back by a gateway after it had been spent. The next funds that come in settle it first."""
    seq = models.PositiveIntegerField(default=0)
    """Number of the latest entry."""

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="balance_never_below_zero", condition=models.Q(balance__gte=0)
            ),
            models.CheckConstraint(
                name="balance_debt_not_negative", condition=models.Q(debt__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.balance} {self.currency}"


class BalanceEntry(models.Model):
    """One movement of a tenant's balance. The database refuses to change or remove a row."""

    class Kind(models.TextChoices):
        FUNDS = "funds", _("Funds added")
        PAYMENT = "payment", _("Payment")
        CREDIT = "credit", _("Credit for unused time")
        REFUND = "refund", _("Refund")
        TAKEN_BACK = "taken_back", _("Taken back by the payment company")
        GIVEN_BACK = "given_back", _("Given back by the payment company")
        DEBT = "debt", _("Debt settled")
        ADJUSTMENT = "adjustment", _("Adjustment")

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="balance_entries")
    seq = models.PositiveIntegerField()
    """1, 2, 3 … for each tenant, without a gap."""
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount = models.BigIntegerField()
    """What the balance changed by; 0 where all of it went into the debt."""
    debt_amount = models.BigIntegerField(default=0)
    """What the debt changed by."""
    balance_after = models.BigIntegerField()
    debt_after = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    payment = models.ForeignKey(
        "billing.Payment", models.PROTECT, null=True, blank=True, related_name="balance_entries"
    )
    key = models.CharField(max_length=100)
    """What made it happen (“payment:17”): once for each tenant, so that a repeated delivery does nothing."""
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "seq"], name="balance_entry_seq_once"),
            models.UniqueConstraint(fields=["tenant", "key"], name="balance_entry_key_once"),
            models.CheckConstraint(
                name="balance_entry_moves_something",
                condition=~models.Q(amount=0, debt_amount=0),
            ),
            models.CheckConstraint(
                name="balance_entry_never_below_zero",
                condition=models.Q(balance_after__gte=0, debt_after__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} #{self.seq}: {self.amount}"
