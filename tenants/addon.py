"""What happens to tenants, for whoever listens."""

from django.utils.translation import gettext_lazy as _

from plans.registry import EventType, registry
from saas.core import audit

registry.add(
    EventType(
        "tenant.signed_up",
        _("A business signed up"),
        {"tenant.name": "Salon Aurora", "tenant.url": "https://salon-aurora.example"},
    ),
    EventType(
        "tenant.plan_changed",
        _("A plan changed"),
        {"tenant.name": "Salon Aurora", "plan.name": "Team"},
    ),
)

audit.register(
    audit.Verb("tenant.override_set", _("Override set")),
    audit.Verb("tenant.override_ended", _("Override ended")),
)
audit.register(
    audit.Verb("tenant.opened", _("Tenant opened by hand")),
    audit.Verb("tenant.edited", _("Tenant edited")),
    audit.Verb("tenant.moved", _("Tenant moved to another plan")),
    audit.Verb("tenant.deactivated", _("Tenant deactivated")),
    audit.Verb("tenant.reactivated", _("Tenant activated again")),
    audit.Verb("tenant.impersonated", _("Opened as the owner")),
    audit.Verb("tenant.left", _("Left the owner’s view")),
    audit.Subject("tenants.tenant", "tenants_console:tenant"),
)
