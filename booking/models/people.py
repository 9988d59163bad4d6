"""Who serves, where, and whom."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from booking.models.base import HEX_COLOR, Counted, Pausable
from booking.models.search import (
    WORD_START,
    digits,
    fold,
    phone_key_of,
    search_text,
)

LISTED = Q(erased_at__isnull=True)
"""Customers of whom there is something left to show."""
NO_CONTACT = Q(email="", phone="")
PHONE_MARKS = frozenset("+-./() ")


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


class CustomerQuerySet(models.QuerySet["Customer"]):
    def listed(self) -> "CustomerQuerySet":
        """Without those who were erased at their request."""
        return self.filter(LISTED)

    def found_by(self, text: str) -> "CustomerQuerySet":
        """Who has everything that `sought` makes of `text` in name, e-mail or phone."""
        found = self
        for part in sought(text):
            found = found.filter(search__contains=part)
        return found


def sought(text: str) -> list[str]:
    """The parts of `Customer.search` that somebody means by `text`; accents and case do not matter.

    What is written like a telephone number is looked for as one. Words of one or two letters are looked for at
    the beginning of words.
    """
    is_phone = bool(digits(text)) and set(text) <= PHONE_MARKS | set("0123456789")
    words = [digits(text)] if is_phone else fold(text).split()
    return [word if len(word) >= WORD_START else f" {word}" for word in words]


class Customer(Counted):
    """Somebody who is served. No plan ever pauses or deletes one; two may share a name.

    `consent_at` is when they agreed to news and offers, or took that back; `consent_words` what they agreed to on the
    booking page, word for word, and empty where the team has noted it. What is left of somebody erased at their
    request (`erased_at`) names nobody. `search` and `phone_key` are kept by the database, for lists and duplicates.
    """

    module = "customers"

    name = models.CharField(_("Name"), max_length=80)
    email = models.EmailField(_("E-mail"), blank=True)
    phone = models.CharField(_("Phone"), max_length=40, blank=True)
    notes = models.TextField(_("Notes"), blank=True, max_length=2000)
    language = models.CharField(_("Language"), max_length=8, blank=True)
    wants_news = models.BooleanField(_("Wants news and offers"), default=False)
    consent_at = models.DateTimeField(null=True, blank=True, editable=False)
    consent_words = models.CharField(max_length=400, blank=True, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    search = models.GeneratedField(
        expression=search_text("name", "email", phone="phone"),
        output_field=models.TextField(),
        db_persist=True,
    )
    phone_key = models.GeneratedField(
        expression=phone_key_of("phone"), output_field=models.TextField(), db_persist=True
    )

    objects = CustomerQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(Lower("name"), F("id"), name="customer_by_name", condition=LISTED),
            models.Index(F("created_at"), F("id"), name="customer_by_age", condition=LISTED),
            models.Index(
                Lower("name"),
                F("id"),
                name="customer_wants_news",
                condition=LISTED & Q(wants_news=True),
            ),
            models.Index(
                Lower("name"), F("id"), name="customer_no_contact", condition=LISTED & NO_CONTACT
            ),
            models.Index(
                Lower("email"), F("id"), name="customer_by_email", condition=LISTED & ~Q(email="")
            ),
            models.Index(
                F("phone_key"),
                F("id"),
                name="customer_by_phone",
                condition=LISTED & ~Q(phone_key=""),
            ),
            GinIndex(
                fields=["search"],
                opclasses=["gin_trgm_ops"],
                name="customer_search",
                fastupdate=False,  # a list of what waits would be read by every search after an import
            ),
        ]
        constraints = [models.CheckConstraint(name="customer_has_name", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.name

    @property
    def contact(self) -> str:
        """What tells namesakes apart: phone, e-mail, both, or nothing."""
        return " · ".join(self.contacts)

    @property
    def language_name(self) -> str:
        """`French` for `fr`; what no language is called by stands as it is."""
        try:
            return str(get_language_info(self.language)["name_translated"])
        except KeyError:
            return self.language

    @property
    def contacts(self) -> list[str]:
        return [one for one in (self.phone, self.email) if one]
