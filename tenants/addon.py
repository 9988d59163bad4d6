"""What happens to tenants, for whoever listens."""

from django.utils.translation import gettext_lazy as _

from plans.registry import registry
from saas.core import audit
from tenants.events import EVENTS
from tenants.metering import register_meter
from tenants.services.allowance import MonthlyMeter

register_meter(MonthlyMeter())

registry.add(*EVENTS)

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
