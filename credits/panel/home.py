"""What the panel's first page says about credits: that they are finished or few, and what follows near a limit."""

from datetime import datetime

from billing.panel.parts import AtHome, Shown
from credits.panel.banner import OK, banner_of
from credits.panel.notes import notes_of
from credits.panel.standing import standings
from tenants.models import Tenant


def credits_at_home(tenant: Tenant, now: datetime, is_owner: bool) -> AtHome:  # noqa: FBT001
    """One query."""
    these = standings(tenant, now)
    banner = banner_of(these, tenant, now, is_owner=is_owner)
    is_said = banner is not None and banner.level != OK
    return AtHome(Shown("credits/panel/_banner.html", banner) if is_said else None, notes_of(these))
