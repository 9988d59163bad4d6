"""What can be sold. One plan record carries price, features and limits together."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from plans.entitlements import UNLIMITED

MAX_PRICE = 9_999_999_999
"""Highest price in minor units; keeps every sum of prices far inside 64 bits."""
MAX_LIMIT = 1_000_000_000
"""Highest ceiling that is still a number; more than that is UNLIMITED."""

hex_color = RegexValidator(
    re.compile(r"^#[0-9a-fA-F]{6}\Z"), _("Enter a colour as # and six digits, such as #0f766e.")
)


def check_capabilities(value: Any) -> None:
    """Return when `value` is {key: true | false}; raises ValidationError naming the first wrong key."""
    _check_object(value)
    for key, on in value.items():
        if not isinstance(on, bool):
            raise ValidationError(_("%(key)s must be on or off."), params={"key": key})


def check_limits(value: Any) -> None:
    """Return when `value` is {key: ceiling}; raises ValidationError naming the first wrong key."""
    _check_object(value)
    for key, ceiling in value.items():
        if type(ceiling) is not int or not UNLIMITED <= ceiling <= MAX_LIMIT:
            raise ValidationError(
                _("%(key)s must be a whole number from 0 to %(most)s, or -1 for unlimited."),
                params={"key": key, "most": f"{MAX_LIMIT:,}"},
            )


def _check_object(value: Any) -> None:
    if not isinstance(value, dict):
        raise ValidationError(_("This must be an object of keys and values."))


class PlanQuerySet(models.QuerySet["Plan"]):
    def in_order(self) -> "PlanQuerySet":
        """As the cards stand on the Billing page: order number ascending, then age."""
        return self.order_by("order_number", "pk")

    def visible(self) -> "PlanQuerySet":
        """What a tenant may pick."""
        return self.filter(is_hidden=False).in_order()

    def paid(self) -> "PlanQuerySet":
        """Plans that charge something on one of their cycles."""
        return self.exclude(monthly_price=0, annual_price=0)

    def with_tenant_count(self) -> "PlanQuerySet":
        """Each plan carries `tenant_count`, how many tenants are on it."""
        return self.annotate(tenant_count=models.Count("tenants"))

    def search(self, text: str) -> "PlanQuerySet":
        """Plans whose name contains `text`, in any case; all of them for an empty text."""
        return self.filter(name__icontains=text) if text else self


class Plan(models.Model):  # type: ignore[django-manager-missing]  # Tenant stands a layer above
    """What a tenant pays, which features it gets and how much of each. Prices are integer minor units."""

    name = models.CharField(_("Name"), max_length=60)
    bookmark_text = models.CharField(_("Bookmark text"), max_length=24, blank=True)
    color = models.CharField(_("Colour"), max_length=7, default="#0f766e", validators=[hex_color])
    order_number = models.PositiveIntegerField(_("Order number"), default=10)
    monthly_price = models.BigIntegerField(_("Monthly price"), default=0)
    annual_price = models.BigIntegerField(_("Annual price"), default=0)
    annual_discount = models.DecimalField(
        _("Annual discount"), max_digits=6, decimal_places=2, default=0
    )
    is_hidden = models.BooleanField(_("Hidden"), default=False)
    description = models.TextField(_("Description"), blank=True)
    capabilities = models.JSONField(default=dict, blank=True, validators=[check_capabilities])
    """{key: true | false}. A key that is absent is off; keys of apps that were taken out stay untouched."""
    limits = models.JSONField(default=dict, blank=True, validators=[check_limits])
    """{key: ceiling}, -1 for unlimited. A key that is absent allows none."""
    is_default = models.BooleanField(default=False)
    gateway_ids = models.JSONField(default=dict, blank=True, editable=False)
    """What payment companies call it: {"stripe:test": {"product": …, "monthly": …, "annual": …}}.

    The keys are a gateway and one of its environments; written by `services.plans.record_gateway_ids` alone.
    """
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    """Also what an open editor is compared with: it moves with every save of the plan, and only then."""

    objects = PlanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                name="plan_name_once",
                violation_error_code="name_taken",
                violation_error_message=_("There is a plan with this name already."),
            ),
            models.UniqueConstraint(
                "is_default", name="plan_default_once", condition=models.Q(is_default=True)
            ),
            models.CheckConstraint(
                name="plan_prices_in_range",
                condition=models.Q(
                    monthly_price__range=(0, MAX_PRICE), annual_price__range=(0, MAX_PRICE)
                ),
            ),
            models.CheckConstraint(
                name="plan_color_is_hex", condition=models.Q(color__regex=r"^#[0-9a-fA-F]{6}$")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_free(self) -> bool:
        """Whether it never charges: both prices are zero."""
        return self.monthly_price == 0 and self.annual_price == 0

    @property
    def version(self) -> str:
        """What an editor shows the plan as of; differs after every save."""
        return self.updated_at.isoformat()

    @property
    def ink(self) -> str:
        """Black or white, whichever is more readable on the plan's colour (WCAG 2 relative luminance)."""
        return "#111111" if _luminance(self.color) > 0.179 else "#ffffff"


def _luminance(color: str) -> float:
    """WCAG 2.2 relative luminance, 0 (black) to 1 (white), of a colour such as #0f766e."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


class PlatformSettings(models.Model):
    """The owner's choices for the whole platform: exactly one row."""

    platform_name = models.CharField(_("Name of the platform"), max_length=40, default="Tenantry")
    currency = models.CharField(_("Currency"), max_length=3, default="USD")
    contact_email = models.EmailField(_("Contact e-mail"), blank=True)
    contact_text = models.CharField(_("How to get a paid plan"), max_length=200, blank=True)
    trial_plan = models.ForeignKey(
        Plan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Trial plan"),
    )
    trial_days = models.PositiveSmallIntegerField(_("Trial duration in days"), default=14)
    expired_plan = models.ForeignKey(
        Plan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Expired plan"),
    )
    """Where a tenant goes whose plan has run out and was not renewed; None: it keeps what it had."""
    colors_version = models.PositiveIntegerField(default=1, editable=False)
    """Goes up with every change of a plan; part of the address of the stylesheet with their colours."""

    class Meta:
        constraints = [
            models.CheckConstraint(name="platform_settings_one_row", condition=models.Q(pk=1))
        ]

    def __str__(self) -> str:
        return self.platform_name

    @classmethod
    def load(cls) -> "PlatformSettings":
        """The one row, made with defaults when it is not there yet."""
        return cls.objects.select_related("trial_plan", "expired_plan").get_or_create(pk=1)[0]

    @classmethod
    def lock(cls) -> "PlatformSettings":
        """The one row, locked until the transaction ends: whoever changes plans or settings waits here."""
        cls.objects.get_or_create(pk=1)
        return cls.objects.select_for_update().get(pk=1)

    def renew_colors(self) -> None:
        """Have every browser fetch the plans' colours again. Call it on the locked row."""
        self.colors_version += 1
        self.save(update_fields=["colors_version"])
