"""What rows that the plan counts have in common, and those of them that it may pause."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MAX_PRICE = 9_999_999_999
HEX_COLOR = RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", _("Enter a colour such as #1f6f5c."))

IN_USE = Q(is_active=True, paused_at__isnull=True)
"""What counts against a limit: switched on by the tenant and not paused by the plan."""
SWITCHED_OFF = Q(is_active=False, paused_at__isnull=True)
PAUSED = Q(paused_at__isnull=False)


class Counted(models.Model):
    """A row of which the plan allows so many."""

    module: ClassVar[str]
    """The limit that counts these rows."""

    class Meta:
        abstract = True

    @classmethod
    def capability(cls, verb: str = "") -> str:
        """The feature that these rows belong to, or the part of it that lets `verb` be done."""
        return f"{cls.module}.{verb}" if verb else cls.module


class PausableQuerySet(models.QuerySet):
    def in_use(self) -> "PausableQuerySet":
        return self.filter(IN_USE)


class Pausable(Counted):
    """Two switches that never mix: `is_active` is the tenant's, `paused_at` belongs to the plan."""

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


def duration_text(minutes: int) -> str:
    """How long it takes, as people write it: `45 min`, `2 h`, `1 h 15`."""
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return gettext("%(minutes)s min") % {"minutes": minutes}
    if not minutes:
        return gettext("%(hours)s h") % {"hours": hours}
    return gettext("%(hours)s h %(minutes)02d") % {"hours": hours, "minutes": minutes}
