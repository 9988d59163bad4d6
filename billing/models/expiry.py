"""What the sweep of what has run out has to remember."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models import Tenant


class ExpiryTrouble(models.Model):
    """A tenant whose paid time is over and which the sweep could not handle; gone as soon as it could."""

    tenant = models.OneToOneField(
        Tenant, models.CASCADE, primary_key=True, related_name="expiry_trouble"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    failed_at = models.DateTimeField()
    error = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.tenant}: {self.error}"


class EndNotice(models.Model):
    """What a tenant's owners were told before its time ends. One row for each kind and end: nobody is told twice."""

    class Kind(models.TextChoices):
        BALANCE = "balance", _("The balance will not be enough")
        TRIAL = "trial", _("The trial ends soon")
        STOPPED = "stopped", _("The automatic payment was ended")

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="end_notices")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    end = models.DateTimeField()
    """The end that it is about."""
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "end"], name="end_notice_once")
        ]

    def __str__(self) -> str:
        return f"{self.tenant}: {self.get_kind_display()}"
