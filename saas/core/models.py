"""What the kernel remembers: who changed what."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext as _


class AuditQuerySet(models.QuerySet["AuditEntry"]):
    def newest_first(self) -> "AuditQuerySet":
        return self.order_by("-at", "-pk")

    def search(self, text: str) -> "AuditQuerySet":
        """Entries whose subject, business or reason contains `text`, in any case."""
        fields = ("subject_label", "tenant_name", "reason")
        return self.filter(
            models.Q(*((f"{name}__icontains", text) for name in fields), _connector=models.Q.OR)
        )

    def between(self, since: datetime | None, until: datetime | None) -> "AuditQuerySet":
        """Entries from `since` on and before `until`; None leaves that end open."""
        found = self.filter(at__gte=since) if since else self
        return found.filter(at__lt=until) if until else found


class AuditEntry(models.Model):
    """One change: who, when, which deed, to what, from what to what. Written by `saas.core.audit.record` alone.

    The database refuses to change or remove a row. So an entry refers to nothing by a foreign key, and carries the
    names of its person, subject and business as they were.
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    """By the database's clock: evidence does not follow a clock that can be moved."""
    actor_id = models.BigIntegerField(null=True, blank=True)
    """The login that did it; empty for the system itself."""
    actor_name = models.CharField(max_length=80, blank=True)
    actor_email = models.CharField(max_length=254, blank=True)
    on_behalf_of = models.CharField(max_length=254, blank=True)
    """Whom the actor was impersonating."""
    verb = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=100)
    """The subject's model: `plans.plan`."""
    subject_id = models.BigIntegerField()
    subject_label = models.CharField(max_length=200)
    tenant_id = models.BigIntegerField(null=True, blank=True)
    tenant_name = models.CharField(max_length=80, blank=True)
    changes = models.JSONField(default=dict, blank=True)
    """{field: [before, after]}; the keys of a JSON field are fields of their own: `capabilities.reports`."""
    reason = models.TextField(blank=True)
    ip = models.CharField(max_length=45, blank=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["at", "id"], name="audit_at"),
            models.Index(fields=["actor_id", "at"], name="audit_actor"),
            models.Index(fields=["verb", "at"], name="audit_verb"),
            models.Index(fields=["tenant_id", "at"], name="audit_tenant"),
            models.Index(fields=["subject_kind", "subject_id", "at"], name="audit_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.verb}: {self.subject_label}"

    @property
    def who(self) -> str:
        """The person's name, or what acted without one."""
        return self.actor_name or self.actor_email or _("The system")

    @property
    def fields(self) -> list[tuple[str, Any, Any]]:
        """Name, before and after of every field that changed."""
        return [(name, before, after) for name, (before, after) in self.changes.items()]
