"""Deposits that customers pay online, on the business's own account at a payment company."""

import secrets

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from billing.models import MerchantAccount
from billing.services.merchants import DEPOSITS
from booking.models.appointments import Appointment
from saas.core import clock
from saas.core.money import format_money


def new_reference() -> str:
    """Our own name for a payment, which the company carries for us. Never like one of the platform's."""
    return f"{DEPOSITS}{secrets.token_hex(12)}"


class PaymentAccount(MerchantAccount):
    """The business's own account at one company."""


class DepositState(models.TextChoices):
    """A payment moves forward only, in this order. Money that comes after “not paid” still counts."""

    PENDING = "pending", _("Waiting")
    FAILED = "failed", _("Not paid")
    PAID = "paid", _("Paid")
    REFUNDED = "refunded", _("Given back")


LEVELS = {"pending": "warn", "failed": "none", "paid": "ok", "refunded": "info"}
HAS_MONEY = (DepositState.PAID, DepositState.REFUNDED)


class DepositPaymentQuerySet(models.QuerySet["DepositPayment"]):
    def pending(self) -> "DepositPaymentQuerySet":
        return self.filter(status=DepositState.PENDING)

    def newest_first(self) -> "DepositPaymentQuerySet":
        return self.order_by("-created_at", "-pk")

    def to_close(self) -> "DepositPaymentQuerySet":
        """Come to nothing here, while their page at the company may still be open."""
        return self.filter(TO_CLOSE)

    def to_look_at(self) -> "DepositPaymentQuerySet":
        """Money without effect that does not go back by itself, and refunds that the company refused."""
        own = DepositRefund.objects.filter(payment=OuterRef("pk")).exclude(reason__in=NOT_OURS)
        refused = own.filter(done_at__isnull=True).exclude(failure="")
        is_here = Q(refunded__lt=F("received")) | Q(received=0)
        is_idle = ~Q(problem="") & is_here & ~Exists(own)
        return self.filter(Exists(refused) | is_idle)


TO_CLOSE = Q(status=DepositState.FAILED, closed_at__isnull=True) & ~Q(external_id="")


class DepositPayment(models.Model):
    """One attempt to pay the deposit of an appointment. Amounts in minor units; what was asked is kept as it was.

    `received` is what came in, `refunded` how much of that went back. `fulfilled_at` says that it is the deposit of
    its appointment now; money without it had no effect, and `problem` says why, in one sentence for the business.
    """

    appointment = models.ForeignKey(
        Appointment, models.PROTECT, related_name="deposit_payments", editable=False
    )
    gateway = models.CharField(max_length=12)
    environment = models.CharField(max_length=7)
    reference = models.CharField(max_length=40, unique=True, default=new_reference)
    status = models.CharField(
        max_length=8, choices=DepositState.choices, default=DepositState.PENDING
    )
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    received = models.BigIntegerField(default=0)
    refunded = models.BigIntegerField(default=0)
    external_id = models.CharField(max_length=255, blank=True)
    """The company's name for what was asked of it."""
    charge_id = models.CharField(max_length=255, blank=True)
    """The company's name for the money that moved."""
    pay_url = models.TextField(blank=True)
    slip_url = models.TextField(blank=True)
    paid_with = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    checked_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    fulfilled_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    """When its page was closed at the company, after it had come to nothing here."""
    failure = models.CharField(max_length=300, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    objects = DepositPaymentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-created_at"], name="deposit_payment_newest"),
            models.Index(
                fields=["created_at"],
                name="deposit_payment_pending",
                condition=Q(status=DepositState.PENDING),
            ),
            models.Index(fields=["failed_at"], name="deposit_payment_to_close", condition=TO_CLOSE),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "environment", "charge_id"],
                condition=~Q(charge_id=""),
                name="deposit_charge_once",
            ),
            models.UniqueConstraint(
                fields=["gateway", "environment", "external_id"],
                condition=~Q(external_id=""),
                name="deposit_external_id_once",
            ),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(status=DepositState.PENDING),
                name="deposit_one_under_way",
            ),
            models.UniqueConstraint(
                fields=["appointment"],
                condition=Q(fulfilled_at__isnull=False),
                name="deposit_counts_once",
            ),
            models.CheckConstraint(name="deposit_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="deposit_refunded_in_range",
                condition=Q(refunded__gte=0, refunded__lte=F("received")),
            ),
            models.CheckConstraint(
                name="deposit_state_known", condition=Q(status__in=DepositState.values)
            ),
            models.CheckConstraint(
                name="deposit_paid_has_a_date",
                condition=Q(status__in=HAS_MONEY, paid_at__isnull=False)
                | (~Q(status__in=HAS_MONEY) & Q(paid_at__isnull=True, received=0)),
            ),
            models.CheckConstraint(
                name="deposit_counts_as_asked",
                condition=Q(fulfilled_at__isnull=True)
                | Q(paid_at__isnull=False, received=F("amount")),
            ),
        ]

    def __str__(self) -> str:
        return f"{format_money(self.amount, self.currency, 'en')} ({self.reference})"

    @property
    def is_pending(self) -> bool:
        return self.status == DepositState.PENDING

    @property
    def is_paid(self) -> bool:
        """Whether the money came, even if it went back later."""
        return self.status in HAS_MONEY

    @property
    def left(self) -> int:
        """What of the money that came has not gone back."""
        return self.received - self.refunded

    @property
    def level(self) -> str:
        """The colour of its state."""
        return "bad" if self.problem and self.left else LEVELS[self.status]


class RefundReason(models.TextChoices):
    BY_HAND = "by_hand", _("By your team")
    IN_TIME = "in_time", _("The customer cancelled in time")
    TWICE = "twice", _("It was paid twice")
    TOO_LATE = "too_late", _("The time was taken when the money came")
    CANCELLED = "cancelled", _("The appointment was cancelled when the money came")
    ELSEWHERE = "elsewhere", _("At the payment company")
    DISPUTE = "dispute", _("Taken back by the customer’s bank")


NOT_OURS = (RefundReason.ELSEWHERE, RefundReason.DISPUTE)


class DepositRefund(models.Model):
    """Money that goes back. A wish of ours is written down first and carried out until the company has said yes or no.

    `external_id` is the company's name for it; empty as long as nobody knows that it went. `refusals` counts how often
    the company said no, and is part of the key it is asked under: the same key never gives anything back twice.
    """

    payment = models.ForeignKey(DepositPayment, models.PROTECT, related_name="refunds")
    reason = models.CharField(max_length=9, choices=RefundReason.choices)
    amount = models.BigIntegerField()
    external_id = models.CharField(max_length=255, blank=True)
    by_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, blank=True)
    """When the company was asked last; while it may still be answering nobody else asks."""
    done_at = models.DateTimeField(null=True, blank=True)
    refusals = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=300, blank=True)
    reversed_at = models.DateTimeField(null=True, blank=True)
    """When the money came back to the business: a dispute that was won, a refund that the bank did not take."""

    class Meta:
        indexes = [
            models.Index(
                fields=["asked_at"], name="deposit_refund_open", condition=Q(done_at__isnull=True)
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "external_id"],
                condition=~Q(external_id=""),
                name="deposit_refund_known_once",
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=~Q(reason__in=NOT_OURS), name="deposit_refund_once"
            ),
            models.CheckConstraint(name="deposit_refund_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="deposit_refund_done_is_named",
                condition=Q(done_at__isnull=True, external_id="")
                | (Q(done_at__isnull=False) & ~Q(external_id="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} back of {self.payment_id}"

    @property
    def is_open(self) -> bool:
        return self.done_at is None
