"""Payments and what was taken back of them."""

import secrets

from django.db import models
from django.utils.translation import gettext_lazy as _

from billing.models.gateways import Environment
from saas.core import clock
from tenants.models import Tenant, User


def new_reference() -> str:
    """Our own name for a payment: what gateways carry for us, and what stands in its address."""
    return f"pay_{secrets.token_hex(12)}"


class Status(models.TextChoices):
    """A payment moves forward only, in this order."""

    PENDING = "pending", _("Pending")
    FAILED = "failed", _("Failed")
    PAID = "paid", _("Paid")
    REFUNDED = "refunded", _("Refunded")


NEEDS_A_LOOK = models.Q(seen_at__isnull=True) & (
    ~models.Q(problem="") | models.Q(status=Status.PAID, fulfilled_at__isnull=True)
)


class PaymentQuerySet(models.QuerySet["Payment"]):
    def newest_first(self) -> "PaymentQuerySet":
        return self.order_by("-created_at", "-pk")

    def pending(self) -> "PaymentQuerySet":
        return self.filter(status=Status.PENDING)

    def without_effect(self) -> "PaymentQuerySet":
        """Money that came in and has not done yet what it was paid for."""
        return self.filter(status=Status.PAID, fulfilled_at__isnull=True)

    def to_look_at(self) -> "PaymentQuerySet":
        """Those with a problem or without effect, as long as nobody has said that this is settled."""
        return self.filter(NEEDS_A_LOOK)


class Payment(models.Model):
    """One attempt to move money, for one purpose. What was ordered is kept as it was, whatever changes later."""

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="payments")
    gateway = models.CharField(max_length=12)
    environment = models.CharField(max_length=7, choices=Environment.choices)
    purpose = models.CharField(max_length=20)
    """A key of `billing.services.fulfilment`: what the money does when it has come."""
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PENDING)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    refunded = models.BigIntegerField(default=0)
    """How much of `amount` was given or taken back."""
    title = models.CharField(max_length=120)
    """What was bought, as it stands in lists: “Team, monthly”."""
    ordered = models.JSONField(default=dict, blank=True)
    """What the purpose needs to do its work; its own shape for each purpose."""
    reference = models.CharField(max_length=40, unique=True, default=new_reference)
    token = models.CharField(max_length=40, blank=True)
    """The showing of the form that ordered it, so that a second press finds the same payment."""
    external_id = models.CharField(max_length=255, blank=True)
    """The gateway's own name for what was asked of it (a Checkout session, a renewal's invoice)."""
    charge_id = models.CharField(max_length=255, blank=True, db_index=True)
    """The gateway's own name for the money that moved: what its refunds and disputes speak of."""
    pay_url = models.TextField(blank=True)
    """The gateway's page where it is paid; of use while pending."""
    slip_url = models.TextField(blank=True)
    """Where its payer reads how to pay at a counter or a bank; of use while pending."""
    paid_with = models.CharField(max_length=60, blank=True)
    """“Visa 4242”, “Balance”."""
    subscription = models.ForeignKey(
        "billing.Subscription", models.PROTECT, null=True, blank=True, related_name="payments"
    )
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    paid_at = models.DateTimeField(null=True, blank=True)
    fulfilled_at = models.DateTimeField(null=True, blank=True)
    """When it did what it was paid for."""
    failed_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)
    """Why it failed, in one sentence for the tenant."""
    problem = models.CharField(max_length=300, blank=True)
    """Why it came without effect, or needs a look, in one sentence for the super admin."""
    seen_at = models.DateTimeField(null=True, blank=True)
    """When a super admin said that the problem is settled, whatever it was."""
    seen_note = models.CharField(max_length=300, blank=True)
    """How it was settled."""
    checked_at = models.DateTimeField(null=True, blank=True)
    """When the gateway was last asked about it while it was pending."""

    objects = PaymentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="payment_of_tenant"),
            models.Index(fields=["-created_at"], name="payment_newest"),
            models.Index(
                fields=["created_at"],
                name="payment_pending",
                condition=models.Q(status=Status.PENDING),
            ),
            models.Index(
                fields=["paid_at"],
                name="payment_paid_at",
                condition=models.Q(paid_at__isnull=False),
            ),
            models.Index(
                fields=["created_at"],
                name="payment_to_look_at",
                condition=NEEDS_A_LOOK,
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "environment", "external_id"],
                condition=~models.Q(external_id=""),
                name="payment_external_id_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "token"], condition=~models.Q(token=""), name="payment_token_once"
            ),
            models.CheckConstraint(
                name="payment_amount_positive", condition=models.Q(amount__gt=0)
            ),
            models.CheckConstraint(
                name="payment_refunded_in_range",
                condition=models.Q(refunded__gte=0, refunded__lte=models.F("amount")),
            ),
            models.CheckConstraint(
                name="payment_paid_has_a_date",
                condition=models.Q(status__in=[Status.PAID, Status.REFUNDED], paid_at__isnull=False)
                | models.Q(status__in=[Status.PENDING, Status.FAILED], paid_at__isnull=True),
            ),
            models.CheckConstraint(
                name="payment_effect_only_when_paid",
                condition=models.Q(fulfilled_at__isnull=True) | models.Q(paid_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.reference})"

    @property
    def is_pending(self) -> bool:
        return self.status == Status.PENDING

    @property
    def is_paid(self) -> bool:
        """Whether the money came, even if some or all of it went back later."""
        return self.status in {Status.PAID, Status.REFUNDED}

    @property
    def is_without_effect(self) -> bool:
        """Whether the money came, is still here, and has not done what it was paid for."""
        return self.status == Status.PAID and self.fulfilled_at is None

    @property
    def needs_a_look(self) -> bool:
        """As `PaymentQuerySet.to_look_at`."""
        return self.seen_at is None and (bool(self.problem) or self.is_without_effect)

    @property
    def left(self) -> int:
        """What of it has not gone back."""
        return self.amount - self.refunded


class Refund(models.Model):
    """What was given back of a payment (refund), or taken back by the payer's bank (dispute)."""

    class Kind(models.TextChoices):
        REFUND = "refund", _("Refund")
        DISPUTE = "dispute", _("Dispute")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    external_id = models.CharField(max_length=255)
    amount = models.BigIntegerField()
    at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    reversed_at = models.DateTimeField(null=True, blank=True)
    """When the bank decided for us and the money came back."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payment", "external_id"], name="refund_once"),
            models.CheckConstraint(name="refund_amount_positive", condition=models.Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}: {self.amount}"
