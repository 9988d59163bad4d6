"""What can be booked, and what can be added to it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from booking.models.base import HEX_COLOR, MAX_PRICE, Pausable, duration_text
from booking.models.people import Location, Staff
from booking.models.pictures import Picture

SHORTEST, LONGEST = 5, 24 * 60
"""How many minutes a service takes, at least and at most."""
LONGEST_BUFFER = 4 * 60
MOST_PEOPLE = 200
"""How many can be served together, at most."""
MOST_OF_ONE = 50
"""How often one extra can be chosen for an appointment, at most."""


class ServiceCategory(models.Model):
    """A heading under which services stand on the public page. One within another is nested once, no deeper."""

    name = models.CharField(_("Name"), max_length=60)
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("Within"),
    )
    order_number = models.PositiveSmallIntegerField(_("Order number"), default=10)

    class Meta:
        ordering = ["order_number", Lower("name")]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="service_category_name_once",
                violation_error_message=_("There is a category with this name already."),
            ),
            models.CheckConstraint(name="service_category_has_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="service_category_not_within_itself",
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Deposit(models.TextChoices):
    """What is asked for in advance."""

    NONE = "none", _("No deposit")
    PERCENT = "percent", _("A part of the price")
    FIXED = "fixed", _("A fixed amount")


class Service(Pausable):
    """What customers can book. The price is in minor units of the platform's currency.

    The buffers are minutes that the staff need before and after, which customers do not see. `capacity` is how many
    people can be served at one time. `deposit` is a percentage or an amount in minor units, as `deposit_kind` says.
    Nobody in `offered_by` means everybody of the staff offers it; no `locations` means everywhere.
    """

    module = "services"

    name = models.CharField(_("Name"), max_length=80)
    category = models.ForeignKey(
        ServiceCategory,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="services",
        verbose_name=_("Category"),
    )
    minutes = models.PositiveSmallIntegerField(
        _("Duration"),
        default=30,
        validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)],
    )
    price = models.BigIntegerField(_("Price"), default=0)
    description = models.TextField(_("Description"), blank=True, max_length=2000)
    buffer_before = models.PositiveSmallIntegerField(
        _("Time before"), default=0, validators=[MaxValueValidator(LONGEST_BUFFER)]
    )
    buffer_after = models.PositiveSmallIntegerField(
        _("Time after"), default=0, validators=[MaxValueValidator(LONGEST_BUFFER)]
    )
    capacity = models.PositiveSmallIntegerField(
        _("People at a time"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PEOPLE)],
    )
    color = models.CharField(_("Colour"), max_length=7, blank=True, validators=[HEX_COLOR])
    picture = models.ForeignKey(
        Picture, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("Picture")
    )
    deposit_kind = models.CharField(
        _("Deposit"), max_length=7, choices=Deposit.choices, default=Deposit.NONE
    )
    deposit = models.BigIntegerField(_("How much"), default=0)
    offered_by = models.ManyToManyField(
        Staff, blank=True, related_name="services", verbose_name=_("Offered by")
    )
    locations = models.ManyToManyField(
        Location, blank=True, related_name="services", verbose_name=_("Offered at")
    )

    class Meta:
        indexes = [models.Index(fields=["name"])]
        constraints = [
            models.CheckConstraint(name="service_has_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="service_price_in_range", condition=Q(price__range=(0, MAX_PRICE))
            ),
            models.CheckConstraint(
                name="service_minutes_in_range", condition=Q(minutes__range=(SHORTEST, LONGEST))
            ),
            models.CheckConstraint(
                name="service_buffers_in_range",
                condition=Q(
                    buffer_before__range=(0, LONGEST_BUFFER),
                    buffer_after__range=(0, LONGEST_BUFFER),
                ),
            ),
            models.CheckConstraint(
                name="service_capacity_in_range", condition=Q(capacity__range=(1, MOST_PEOPLE))
            ),
            models.CheckConstraint(
                name="service_deposit_makes_sense",
                condition=Q(deposit_kind=Deposit.NONE, deposit=0)
                | Q(deposit_kind=Deposit.PERCENT, deposit__range=(1, 100))
                | Q(deposit_kind=Deposit.FIXED, deposit__range=(1, MAX_PRICE)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def duration(self) -> str:
        return duration_text(self.minutes)


class ServiceExtra(Pausable):
    """What may be added to one service: it costs and takes that much more."""

    module = "service_extras"

    service = models.ForeignKey(
        Service, models.CASCADE, related_name="extras", verbose_name=_("Service")
    )
    name = models.CharField(_("Name"), max_length=80)
    price = models.BigIntegerField(_("Price"), default=0)
    minutes = models.PositiveSmallIntegerField(
        _("Extra time"), default=0, validators=[MaxValueValidator(LONGEST)]
    )

    max_quantity = models.PositiveSmallIntegerField(
        _("At most"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_OF_ONE)],
    )

    class Meta:
        indexes = [models.Index(fields=["name"], name="service_extra_by_name")]
        constraints = [
            models.CheckConstraint(name="service_extra_has_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="service_extra_price_in_range", condition=Q(price__range=(0, MAX_PRICE))
            ),
            models.CheckConstraint(
                name="service_extra_minutes_in_range", condition=Q(minutes__range=(0, LONGEST))
            ),
            models.CheckConstraint(
                name="service_extra_quantity_in_range",
                condition=Q(max_quantity__range=(1, MOST_OF_ONE)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def capability(cls, verb: str = "") -> str:
        """One switch for all of it, below that of the services."""
        return "services.extras"

    @property
    def duration(self) -> str:
        """Empty for what takes no time of its own."""
        return duration_text(self.minutes) if self.minutes else ""
