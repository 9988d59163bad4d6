"""What the panel's first page says about credits: that they are finished or few, and what follows near a limit."""

from datetime import datetime

from billing.panel.parts import AtHome, Shown
from credits.panel.banner import OK, banner_of
from credits.panel.notes import notes_of
from credits.panel.standing import Standing, completed, plain_standings
from tenants.models import Tenant

LONG = 10
"""Credits of a long message: with fewer left, one that waits may not find enough."""


def credits_at_home(tenant: Tenant, now: datetime, is_owner: bool) -> AtHome:  # noqa: FBT001
    """One query; two more where something is to be said."""
    plain = plain_standings(tenant, now)
    banner = None
    if any(_is_worth_asking(one) for one in plain):
        banner = banner_of(completed(tenant, plain), tenant, now, is_owner=is_owner)
    is_said = banner is not None and banner.level != OK
    return AtHome(Shown("credits/panel/_banner.html", banner) if is_said else None, notes_of(plain))


def _is_worth_asking(one: Standing) -> bool:
    return one.is_used_up or one.is_low or (not one.is_unlimited and one.total < LONG)
