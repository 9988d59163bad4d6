"""How the business takes bookings from its customers, and what its page says."""

from typing import Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.models.base import HEX_COLOR
from booking.models.pictures import Picture

LONGEST_LEAD = 60 * 24 * 60
LONGEST_HORIZON = 730
SHORTEST_HOLD, LONGEST_HOLD = 5, 24 * 60
STEPS = (5, 10, 15, 20, 30, 60)
"""Every how many minutes a time is offered."""


class BookingRules(models.Model):
    """The rules of the booking page: one row, or none where nobody has changed them yet.

    `lead_minutes`: how long before it an appointment can still be booked; `horizon_days`: how far ahead.
    `change_until_minutes`: how long before it a customer may still move or cancel it.
    `hold_minutes`: how long a time is kept for its deposit to be paid online; `deposit_back`: whether that goes back by
    itself when the customer cancels while they may.
    """

    step_minutes = models.PositiveSmallIntegerField(_("A time every"), default=15)
    lead_minutes = models.PositiveIntegerField(
        _("Shortest notice"), default=60, validators=[MaxValueValidator(LONGEST_LEAD)]
    )
    horizon_days = models.PositiveSmallIntegerField(
        _("How far ahead"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_HORIZON)],
    )
    change_until_minutes = models.PositiveIntegerField(
        _("Customers may move or cancel until"),
        default=24 * 60,
        validators=[MaxValueValidator(LONGEST_LEAD)],
    )
    may_cancel = models.BooleanField(_("Customers may cancel"), default=True)
    may_move = models.BooleanField(_("Customers may move"), default=True)
    confirms_by_hand = models.BooleanField(_("Confirm each booking by hand"), default=False)
    shows_any_staff = models.BooleanField(_("Offer “Anybody”"), default=True)
    needs_phone = models.BooleanField(_("Ask for a phone number"), default=False)
    asks_news = models.BooleanField(_("Ask whether they want news and offers"), default=False)
    welcome = models.TextField(_("Welcome"), max_length=1000, blank=True)
    terms = models.TextField(_("Terms"), max_length=5000, blank=True)
    hold_minutes = models.PositiveSmallIntegerField(
        _("Keep the time for"),
        default=30,
        validators=[MinValueValidator(SHORTEST_HOLD), MaxValueValidator(LONGEST_HOLD)],
    )
    deposit_back = models.BooleanField(_("Give it back when they cancel in time"), default=False)
    deposit_words = models.TextField(_("How a deposit is paid"), max_length=1000, blank=True)
    color = models.CharField(_("Colour"), max_length=7, blank=True, validators=[HEX_COLOR])
    logo = models.ForeignKey(Picture, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="booking_rules_one_row", condition=Q(id=1)),
            models.CheckConstraint(
                name="booking_rules_step_known", condition=Q(step_minutes__in=STEPS)
            ),
            models.CheckConstraint(
                name="booking_rules_in_range",
                condition=Q(
                    lead_minutes__lte=LONGEST_LEAD,
                    horizon_days__range=(1, LONGEST_HORIZON),
                    change_until_minutes__lte=LONGEST_LEAD,
                    hold_minutes__range=(SHORTEST_HOLD, LONGEST_HOLD),
                ),
            ),
        ]

    def __str__(self) -> str:
        return "Booking rules"

    @classmethod
    def load(cls) -> Self:
        """The rules of the present tenant; those to begin with, unsaved, where it has none. One query."""
        return cls.objects.select_related("logo").defer("logo__content").first() or cls(pk=1)


class PanelText(models.Model):
    """One text of the booking page in the business's own words, in one language."""

    language = models.CharField(max_length=8)
    key = models.CharField(max_length=60)
    text = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["language", "key"], name="panel_text_once"),
            models.CheckConstraint(name="panel_text_not_empty", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return f"{self.language}: {self.key}"
