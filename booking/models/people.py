"""Who serves, where, and whom."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from booking.models.base import HEX_COLOR, Counted, Pausable


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


class Staff(Pausable):
    """Somebody who serves customers.

    `time_zone` is empty where it is the business's. No `locations` means everywhere. `user` is their login.
    """

    module = "staff"

    name = models.CharField(_("Name"), max_length=80)
    title = models.CharField(_("What they do"), max_length=80, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    color = models.CharField(_("Colour"), max_length=7, blank=True, validators=[HEX_COLOR])
    time_zone = models.CharField(_("Time zone"), max_length=60, blank=True)
    locations = models.ManyToManyField(
        Location, blank=True, related_name="staff", verbose_name=_("Works at")
    )
    user = models.ForeignKey(
        "tenants.User",
        models.DO_NOTHING,  # users are deactivated, never deleted
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("Login"),
    )

    class Meta:
        indexes = [models.Index(fields=["name"])]
        constraints = [
            models.CheckConstraint(name="staff_has_name", condition=~Q(name="")),
            models.UniqueConstraint(
                fields=["user"], name="staff_login_once", condition=Q(user__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Customer(Counted):
    """Somebody who is served. No plan ever pauses or deletes one; two may share a name.

    `consent_at` is when they agreed to news and offers, or took that back. What is left of somebody erased at their
    request (`erased_at`) names nobody.
    """

    module = "customers"

    name = models.CharField(_("Name"), max_length=80)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    notes = models.TextField(_("Notes"), blank=True, max_length=2000)
    language = models.CharField(_("Language"), max_length=8, blank=True)
    wants_news = models.BooleanField(_("Wants news and offers"), default=False)
    consent_at = models.DateTimeField(null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
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
