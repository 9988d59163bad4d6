"""What happens to tenants, for whoever listens."""

from django.utils.translation import gettext_lazy as _

from plans.registry import MenuItem, registry
from saas.core import audit
from saas.core.access import MANAGERS
from tenants.events import EVENTS
from tenants.metering import register_meter
from tenants.services.allowance import MonthlyMeter

register_meter(MonthlyMeter())

registry.add(*EVENTS)
registry.add(
    MenuItem(_("Team logins"), url="team:list", icon="key-round", group=9, order=5, roles=MANAGERS)
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
audit.register(
    audit.Verb("team.invited", _("Invited to a team")),
    audit.Verb("team.invited_again", _("Invitation sent again")),
    audit.Verb("team.invitation_withdrawn", _("Invitation withdrawn")),
    audit.Verb("team.joined", _("Joined a team")),
    audit.Verb("team.role_changed", _("Role changed")),
    audit.Verb("team.handed_over", _("Ownership handed over")),
    audit.Verb("team.deactivated", _("Login switched off")),
    audit.Verb("team.reactivated", _("Login switched on again")),
)
