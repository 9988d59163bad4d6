"""What happens to tenants, for whoever listens."""

from django.utils.translation import gettext_lazy as _

from plans.registry import EventType, registry

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
