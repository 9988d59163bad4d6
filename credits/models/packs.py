"""What can be bought, and what was."""

from django.db import models

from saas.core import clock
from tenants.models import Tenant

MOST_CREDITS = 10_000_000
"""In one pack: more messages than any business sends, and far from what a column holds."""
MOST_OF_A_PACK = 99
"""At a time."""


class CreditPack(models.Model):
    """So many credits of a channel for so much. The database refuses another price or another number of credits."""

    channel = models.CharField(max_length=10)
    name = models.CharField(max_length=60)
    description = models.CharField(max_length=200, blank=True)
    """One sentence, shown with the name."""
    price = models.BigIntegerField()
    """In minor units of `currency`."""
    currency = models.CharField(max_length=3)
    credits = models.PositiveIntegerField()
    is_active = models.BooleanField(default=True)
    """Whether tenants see it, and may buy it."""
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "price"],
                name="credit_pack_on_offer",
                condition=models.Q(is_active=True),
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="credit_pack_costs_something", condition=models.Q(price__gt=0)
            ),
            models.CheckConstraint(
                name="credit_pack_holds_something",
                condition=models.Q(credits__gte=1, credits__lte=MOST_CREDITS),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.channel}, {self.credits})"


class PackPurchase(models.Model):
    """A pack that was paid for, as it was then; what became of the pack changes nothing here."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="pack_purchases")
    payment = models.OneToOneField("billing.Payment", models.PROTECT, related_name="pack_purchase")
    pack = models.ForeignKey(
        CreditPack, models.SET_NULL, null=True, blank=True, related_name="purchases"
    )
    channel = models.CharField(max_length=10)
    name = models.CharField(max_length=60)
    credits = models.PositiveIntegerField()
    """In one pack."""
    quantity = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "channel", "-at"], name="purchase_of_tenant"),
            models.Index(fields=["at"], name="purchase_by_date"),
        ]
        constraints = [
            models.CheckConstraint(
                name="purchase_of_something",
                condition=models.Q(credits__gte=1, quantity__gte=1, quantity__lte=MOST_OF_A_PACK),
            )
        ]

    def __str__(self) -> str:
        return f"{self.tenant}: {self.quantity} × {self.name}"

    @property
    def bought(self) -> int:
        """Credits in all."""
        return self.credits * self.quantity
