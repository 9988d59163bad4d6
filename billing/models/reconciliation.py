"""Reports of the reconciliation: what was found when the books were compared."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from saas.core import clock
from tenants.models import User


class Reconciliation(models.Model):
    """One run. At most one is on its way at a time."""

    class State(models.TextChoices):
        RUNNING = "running", _("On its way")
        DONE = "done", _("Done")
        LOST = "lost", _("Did not come to its end")

    at = models.DateTimeField(default=clock.now)
    """When it began: everything is compared as of then."""
    since = models.DateTimeField()
    """From when on the gateways’ payments were compared with ours."""
    is_local = models.BooleanField(default=False)
    """Whether no gateway was asked."""
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    """Who had it run; empty for the nightly run and for the command."""
    state = models.CharField(max_length=7, choices=State.choices, default=State.RUNNING)
    progress = models.CharField(max_length=120, blank=True)
    """What is being compared just now, in a few words."""
    findings = models.JSONField(default=list)
    """A list of `services.findings.Finding` as dictionaries."""
    count = models.PositiveIntegerField(default=0)
    """How many findings there are that nobody has seen to from here."""
    took = models.PositiveIntegerField(default=0)
    """In milliseconds."""

    class Meta:
        indexes = [models.Index(fields=["-at"], name="reconciliation_at")]
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(state="running"),
                name="reconciliation_one_running",
            )
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.count}"
