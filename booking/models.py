"""The tenant's business, in the tenant's own schema.

No row here refers to a public one by a database constraint.
"""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MAX_PRICE = 9_999_999_999
SHORTEST, LONGEST = 5, 24 * 60
"""How many minutes a service takes, at least and at most."""

IN_USE = Q(is_active=True, paused_at__isnull=True)
"""What counts against a limit: switched on by the tenant and not paused by the plan."""
SWITCHED_OFF = Q(is_active=False, paused_at__isnull=True)
PAUSED = Q(paused_at__isnull=False)


class PausableQuerySet(models.QuerySet):
    def in_use(self) -> "PausableQuerySet":
        return self.filter(IN_USE)


class Pausable(models.Model):
    """Two switches that never mix: `is_active` is the tenant's, `paused_at` belongs to the plan."""

    module: ClassVar[str]
    """The capability that these rows belong to, and the limit that counts them: one key for both."""

    is_active = models.BooleanField(_("Active"), default=True)
    paused_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PausableQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    @property
    def in_use(self) -> bool:
        return self.is_active and not self.is_paused


class Staff(Pausable):
    """Somebody who serves customers."""

    module = "staff"

    name = models.CharField(_("Name"), max_length=80)
    title = models.CharField(_("What they do"), max_length=80, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["name"])]
        constraints = [models.CheckConstraint(name="staff_has_name", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.name


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
        """How long it takes, as people write it: `45 min`, `2 h`, `1 h 15`."""
        hours, minutes = divmod(self.minutes, 60)
        if not hours:
            return gettext("%(minutes)s min") % {"minutes": minutes}
        if not minutes:
            return gettext("%(hours)s h") % {"hours": hours}
        return gettext("%(hours)s h %(minutes)02d") % {"hours": hours, "minutes": minutes}
