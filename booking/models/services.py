"""What can be booked, and what can be added to it."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from booking.models.base import MAX_PRICE, Pausable, duration_text

SHORTEST, LONGEST = 5, 24 * 60
"""How many minutes a service takes, at least and at most."""


class ServiceCategory(models.Model):
    """A heading under which services stand on the public page."""

    name = models.CharField(_("Name"), max_length=60)
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
        ]

    def __str__(self) -> str:
        return self.name


class Service(Pausable):
    """What customers can book. The price is in minor units of the platform's currency."""

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
