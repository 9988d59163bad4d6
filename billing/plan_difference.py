"""What a move to another plan changes for a tenant, said before it happens."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from billing.selectors import Offer, ceiling_text
from plans.entitlements import UNLIMITED, Entitlements, UsageLine
from plans.models import Plan
from plans.registry import Capability, registry
from tenants.models import Tenant


def what_changes(tenant: Tenant, plan: Plan) -> list[str]:
    """What a move to `plan` does, one sentence each: limits, then the menu, then features. One query."""
    sentences = [_limit_sentence(line, Offer(plan)) for line in tenant.entitlements.usage()]
    return [
        *filter(None, sentences),
        *_feature_sentences(tenant.entitlements, Offer(plan).entitlements),
    ]


def _limit_sentence(line: UsageLine, offer: Offer) -> str:
    key = line.limit.key
    if line.limit.capability and not offer.entitlements.can(line.limit.capability):
        return ""
    ceiling = offer.entitlements.ceiling(key)
    if ceiling == line.ceiling:
        return ""
    words = {
        "label": line.limit.label,
        "after": ceiling_text(offer, key),
        "before": pgettext("limit", "unlimited") if line.unlimited else line.ceiling,
        "used": line.used,
    }
    if ceiling != UNLIMITED and line.used > ceiling:
        return (
            _(
                "%(label)s: %(after)s instead of %(before)s. You use %(used)s now: nothing is deleted,"
                " and adding is blocked until there is room."
            )
            % words
        )
    return _("%(label)s: %(after)s instead of %(before)s.") % words


def _feature_sentences(before: Entitlements, after: Entitlements) -> list[str]:
    menu = {item.capability: item.label for item in registry.menu() if item.capability}
    changed = _changed_features(before, after)

    def names(*, comes: bool, in_menu: bool) -> str:
        return ", ".join(
            str(menu.get(feature.key, feature.label))
            for feature in changed
            if after.can(feature.key) == comes and (feature.key in menu) == in_menu
        )

    told = (
        (
            _("Leaves your menu: %(names)s. What is in it is kept."),
            names(comes=False, in_menu=True),
        ),
        (_("New in your menu: %(names)s."), names(comes=True, in_menu=True)),
        (_("No longer included: %(names)s."), names(comes=False, in_menu=False)),
        (_("Also included: %(names)s."), names(comes=True, in_menu=False)),
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
