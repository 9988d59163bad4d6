"""What a move to another plan changes for a tenant, said before it happens."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing.tightening import moved
from billing.wording import listed
from plans.entitlements import UNLIMITED, Entitlements, UsageLine
from plans.models import Plan
from plans.registry import Capability, registry
from saas.core.templatetags.ui import number
from tenants.cards import ceiling_words
from tenants.models import Tenant
from tenants.services.fitting import LimitFit, MenuDifference, menu_difference


def what_changes(tenant: Tenant, plan: Plan, fits: list[LimitFit], now: datetime) -> list[str]:
    """What a move to `plan` does, one sentence each: limits, what comes back, the menu, features. One query.

    What it pauses is not among them (`tight_limits` says that), only that the limit is another one.
    """
    before, after = tenant.entitlements, Entitlements(moved(tenant, plan), now)
    told = [_limit_sentence(line, after) for line in before.usage()]
    told += [_return_sentence(fit) for fit in fits if fit.resume]
    told += _menu_sentences(menu_difference(tenant.plan, plan, tenant=tenant, now=now))
    return [*filter(None, told), *_feature_sentences(before, after)]


def _limit_sentence(line: UsageLine, after: Entitlements) -> str:
    limit = line.limit
    if limit.capability and not after.can(limit.capability):
        return ""
    ceiling = after.ceiling(limit.key)
    if ceiling == line.ceiling:
        return ""
    words = {
        "label": limit.label,
        "after": ceiling_words(ceiling),
        "before": pgettext("limit", "unlimited") if line.unlimited else number(line.ceiling),
        "used": line.used,
    }
    said = _("%(label)s: %(after)s instead of %(before)s.") % words
    if limit.pausable or ceiling == UNLIMITED or line.used <= ceiling:
        return said
    if limit.per:
        kept = _("%(used)s are counted this month already: all of them stay, and no more fit in.")
    else:
        kept = _(
            "You have %(used)s now: all of them stay, and more can be added once there is room."
        )
    return f"{said} {kept % words}"


def _return_sentence(fit: LimitFit) -> str:
    words = {"label": fit.limit.label, "names": listed(fit.resume)}
    return _("%(label)s that come back from their pause: %(names)s.") % words


def _menu_sentences(menu: MenuDifference) -> list[str]:
    told = (
        (_("Leaves your menu: %(names)s. What is in it is kept."), menu.vanish),
        (_("New in your menu: %(names)s."), menu.appear),
    )
    return [sentence % {"names": ", ".join(names)} for sentence, names in told if names]


def _feature_sentences(before: Entitlements, after: Entitlements) -> list[str]:
    in_menu = {item.capability for item in registry.menu()}
    changed = [one for one in _changed_features(before, after) if one.key not in in_menu]

    def names(*, comes: bool) -> str:
        return ", ".join(str(one.label) for one in changed if after.can(one.key) == comes)

    told = (
        (_("No longer included: %(names)s."), names(comes=False)),
        (_("Also included: %(names)s."), names(comes=True)),
    )
    return [sentence % {"names": those} for sentence, those in told if those]


def _changed_features(before: Entitlements, after: Entitlements) -> list[Capability]:
    """What comes or goes. Parts of a module that comes or goes as a whole go without saying."""

    def changes(key: str) -> bool:
        return before.can(key) != after.can(key)

    return [
        feature
        for feature in registry.capabilities.values()
        if changes(feature.key) and not (feature.parent and changes(feature.parent))
    ]
