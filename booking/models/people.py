"""Who serves, where, and whom."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models.base import Counted, Pausable


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


class Location(Pausable):
    """A place where customers are served."""

    module = "locations"

    name = models.CharField(_("Name"), max_length=80)
    address = models.CharField(_("Address"), max_length=200, blank=True)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)

    class Meta:
        indexes = [models.Index(fields=["name"])]
        constraints = [models.CheckConstraint(name="location_has_name", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.name


class Customer(Counted):
    """Somebody who is served. No plan ever pauses or deletes one; two may share a name."""

    module = "customers"

    name = models.CharField(_("Name"), max_length=80)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    notes = models.TextField(_("Notes"), blank=True, max_length=2000)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [
            models.Index(Lower("name"), name="customer_by_name"),
            models.Index(fields=["created_at"], name="customer_by_age"),
        ]
        constraints = [models.CheckConstraint(name="customer_has_name", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.name

    @property
    def contact(self) -> str:
        """What tells namesakes apart: phone, e-mail, both, or nothing."""
        return " · ".join(filter(None, [self.phone, self.email]))
