"""A tenant's messages on one channel: one row that says how many, and the append-only ledger that says why."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from credits.models.packs import PackPurchase
from saas.core import clock
from tenants.models import Tenant, User


class CreditAccount(models.Model):
    """What is used of this month's allowance, and what is left of what was bought.

    Written together with its entries alone. `monthly_used` counts from `window_start` on: once a later window has
    begun, it says nothing, whatever it holds.
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="credit_accounts")
    channel = models.CharField(max_length=10)
    window_start = models.DateTimeField()
    renews_at = models.DateTimeField()
    """When the month that began at `window_start` is over."""
    monthly_used = models.BigIntegerField(default=0)
    purchased_left = models.BigIntegerField(default=0)
    debt = models.BigIntegerField(default=0)
    """What was taken back after it had been spent. The next credits that come in settle it first (decision D18)."""
    seq = models.BigIntegerField(default=0)
    """Number of the latest entry."""
    warn_below = models.PositiveIntegerField(null=True, blank=True)
    """The tenant is told when so many are left, or fewer; 0 for never, empty for `services.accounts.warning_at`."""
    recharge_below = models.PositiveIntegerField(null=True, blank=True)
    """As `AutoRecharge.below`, while that is on; empty otherwise. Here, where every spend reads it."""
    low_ceiling = models.BigIntegerField(null=True, blank=True)
    """The limit at which “few are left” was said; empty: not since the last refill. A higher limit is a refill, too."""
    exhausted_ceiling = models.BigIntegerField(null=True, blank=True)
    """The same of “nothing is left”."""

    class Meta:
        indexes = [models.Index(fields=["renews_at"], name="credit_account_renews")]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "channel"], name="credit_account_once"),
            models.CheckConstraint(
                name="credit_account_never_below_zero",
                condition=Q(monthly_used__gte=0, purchased_left__gte=0, debt__gte=0, seq__gte=0),
            ),
            models.CheckConstraint(
                name="credit_account_owes_only_when_empty",
                condition=Q(debt=0) | Q(purchased_left=0),
            ),
            models.CheckConstraint(
                name="credit_account_month_has_a_length",
                condition=Q(renews_at__gt=models.F("window_start")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tenant_id} {self.channel}: {self.purchased_left}"


class CreditEntry(models.Model):
    """One movement of an account. The database refuses to change or remove a row."""

    class Kind(models.TextChoices):
        SPENT = "spent", _("Message")
        RETURNED = "returned", _("Not sent, so given back")
        PURCHASE = "purchase", _("Bought")
        GRANT = "grant", _("Granted")
        CORRECTION = "correction", _("Corrected")
        TAKEN_BACK = "taken_back", _("Payment taken back")
        GIVEN_BACK = "given_back", _("Payment came back")

    account = models.ForeignKey(
        CreditAccount, models.PROTECT, related_name="entries", db_index=False
    )
    """Found by the index of its numbers: another one would cost every spend a write."""
    seq = models.BigIntegerField()
    """1, 2, 3 … for each account, without a gap."""
    kind = models.CharField(max_length=10, choices=Kind.choices)
    monthly = models.BigIntegerField(default=0)
    """What is left of the month's allowance changed by that: less than 0 for what was used."""
    purchased = models.BigIntegerField(default=0)
    """What `purchased_left` changed by."""
    debt_amount = models.BigIntegerField(default=0)
    """What the debt changed by."""
    is_counted = models.BooleanField(default=True)
    """False where the plan had no ceiling: `monthly` is then counted for display alone."""
    window_start = models.DateTimeField()
    """The month that `monthly` belongs to."""
    monthly_used_after = models.BigIntegerField()
    purchased_after = models.BigIntegerField()
    debt_after = models.BigIntegerField(default=0)
    key = models.CharField(max_length=100)
    """What made it happen (“payment:17”): once for each account, so that asking again does nothing."""
    purchase = models.ForeignKey(
        PackPurchase, models.PROTECT, null=True, blank=True, related_name="entries"
    )
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(fields=["account", "kind", "-seq"], name="credit_entry_by_kind"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["account", "seq"], name="credit_entry_seq_once"),
            models.UniqueConstraint(fields=["account", "key"], name="credit_entry_key_once"),
            models.CheckConstraint(
                name="credit_entry_never_below_zero",
                condition=Q(monthly_used_after__gte=0, purchased_after__gte=0, debt_after__gte=0),
            ),
            models.CheckConstraint(
                name="credit_entry_moves_something",
                condition=~Q(monthly=0, purchased=0, debt_amount=0) | Q(kind="returned"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} #{self.seq}: {self.monthly} {self.purchased}"
