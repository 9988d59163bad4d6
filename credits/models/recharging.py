"""Buying a pack by itself when few credits are left."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from credits.models.accounts import CreditAccount
from credits.models.packs import CreditPack
from tenants.models import User


class AutoRecharge(models.Model):
    """What a tenant wants bought by itself on one channel, from what, and how much of that in a month."""

    class Source(models.TextChoices):
        BALANCE = "balance", _("Balance")
        CARD = "card", _("Saved card")

    account = models.OneToOneField(
        CreditAccount, models.PROTECT, primary_key=True, related_name="auto_recharge"
    )
    pack = models.ForeignKey(CreditPack, models.SET_NULL, null=True, related_name="+")
    below = models.PositiveIntegerField()
    """It buys when so many credits are left, or fewer."""
    source = models.CharField(max_length=7, choices=Source.choices, default=Source.BALANCE)
    monthly_cap = models.BigIntegerField()
    """The most that is spent by itself in a calendar month of the tenant, in minor units of the currency."""
    is_on = models.BooleanField(default=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    """Since when it waits for the tenant, because it could not buy."""
    pause_reason = models.CharField(max_length=300, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    """When the owners were told of that."""
    due_at = models.DateTimeField(null=True, blank=True)
    """When a worker is to buy: a claim moves it ahead by the lease. Empty: nothing to do."""
    attempt = models.PositiveIntegerField(default=0)
    """Number of the present attempt; it names the payment, so that none is made twice."""
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    """Who switched it on: payments are made in this name."""

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                name="auto_recharge_due",
                condition=models.Q(due_at__isnull=False),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="auto_recharge_has_a_cap", condition=models.Q(monthly_cap__gt=0)
            )
        ]

    def __str__(self) -> str:
        return f"{self.account}: below {self.below}"
