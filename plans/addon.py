"""What happens to plans: for whoever listens, and for the audit log."""

from django.utils.translation import gettext_lazy as _

from plans.registry import EventType, registry
from saas.core import audit

audit.register(
    audit.Verb("plan.added", _("Plan added")),
    audit.Verb("plan.saved", _("Plan changed")),
    audit.Verb("plan.deleted", _("Plan deleted")),
    audit.Verb("plan.made_default", _("Default plan changed")),
    audit.Verb("settings.saved", _("Settings changed")),
    audit.Subject("plans.plan", "plans:edit"),
    audit.Subject("plans.platformsettings", "console:settings", takes_id=False),
)
registry.add(EventType("plan.saved", _("A plan was saved"), {"plan.name": "Team"}))
