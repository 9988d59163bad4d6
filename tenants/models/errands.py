"""When something in a tenant's schema is due next: kept here, so that nobody has to look into every schema."""

from django.db import models

from tenants.models.businesses import Tenant


class Errand(models.Model):
    """The next time that somebody has to look after things of one `kind` of one tenant; no row while nothing waits."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="errands")
    kind = models.CharField(max_length=20)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "due_at"], name="errand_due")]
        constraints = [models.UniqueConstraint(fields=["tenant", "kind"], name="errand_once")]

    def __str__(self) -> str:
        return f"{self.tenant}: {self.kind} at {self.due_at:%Y-%m-%d %H:%M}"
