"""What the console's first page tells: who is here, on which plan, and what needs attention. It only reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import Environment
from billing.services.expiry.sweeping import stayed
from billing.services.setup.gateway_setup import Setup, can_pay_for_plans
from plans.editor import new_capabilities
from plans.models import Plan, PlatformSettings
from saas.core.errors import Sentence
from tenants.models import Tenant

NEWEST = 6
RECENT_DAYS = 30
PATIENCE = timedelta(days=2)
"""How long a sign-up may leave its e-mail unconfirmed before it is mentioned."""


@dataclass(frozen=True)
class Counts:
    """How many tenants there are, and in which state."""

    tenants: int
    open: int
    waiting: int
    waiting_long: int
    suspended: int
    recent: int
    paying_plan: int
    stayed: int
    in_trouble: int

    @property
    def free(self) -> int:
        return self.tenants - self.paying_plan


@dataclass(frozen=True)
class Attention:
    """One thing to see to: what, why, and where."""

    title: Sentence
    why: Sentence
    icon: str = "circle-alert"
    level: str = "warn"
    url: str = ""
    action: Sentence = ""


@dataclass(frozen=True)
class Slice:
    """One plan in the bar of tenants by plan; `start` and `width` are in tenants."""

    plan: Plan
    start: int
    width: int


def count_tenants(now: datetime) -> Counts:
    """One query."""
    waiting = Q(activated_at__isnull=True)
    found = Tenant.objects.aggregate(
        tenants=Count("pk"),
        open=Count("pk", filter=Q(activated_at__isnull=False, suspended_at__isnull=True)),
        waiting=Count("pk", filter=waiting),
        waiting_long=Count("pk", filter=waiting & Q(created_at__lt=now - PATIENCE)),
        suspended=Count("pk", filter=Q(suspended_at__isnull=False)),
        recent=Count("pk", filter=Q(created_at__gte=now - timedelta(days=RECENT_DAYS))),
        paying_plan=Count("pk", filter=~Q(plan__monthly_price=0, plan__annual_price=0)),
        stayed=Count("pk", filter=Q(pk__in=stayed(now))),
        in_trouble=Count("pk", filter=Q(expiry_trouble__isnull=False, expires_at__lte=now)),
    )
    return Counts(**found)


def plans_with_tenants() -> list[Plan]:
    """Every plan with `tenant_count`, in the order of the cards. One query."""
    return list(Plan.objects.with_tenant_count().in_order())


def newest_tenants() -> list[Tenant]:
    """The latest sign-ups with their plans. One query."""
    return list(Tenant.objects.select_related("plan").order_by("-created_at", "-pk")[:NEWEST])


def slices(plans: list[Plan]) -> list[Slice]:
    """The bar of tenants by plan, fullest first; plans without tenants are left out."""
    result, start = [], 0
    for plan in sorted(plans, key=lambda one: -one.tenant_count):  # type: ignore[attr-defined]
        if width := plan.tenant_count:  # type: ignore[attr-defined]
            result.append(Slice(plan, start, width))
            start += width
    return result


def attention(
    plans: list[Plan], counts: Counts, platform: PlatformSettings, setups: list[Setup]
) -> list[Attention]:
    """What keeps the platform from working as it should, worst first."""
    return [
        *_about_plans(plans, platform),
        *_about_paying(plans, platform, setups),
        *(found for setup in setups if (found := _about_gateway(setup))),
        *_about_renewals(counts),
        *_about_new_capabilities(plans),
        *_about_tenants(counts),
    ]


def _about_plans(plans: list[Plan], platform: PlatformSettings) -> list[Attention]:
    url, found = reverse("plans:list"), []
    if not plans:
        why = _("Nobody can sign up before there is one.")
        return [
            Attention(_("There is no plan yet"), why, "circle-alert", "bad", url, _("Add plan"))
        ]
    if not any(plan.is_default for plan in plans):
        why = (
            _("Sign-ups get the Trial plan; without it nobody could sign up.")
            if platform.trial_plan_id
            else _("New sign-ups would have no plan, so nobody can sign up.")
        )
        level = "warn" if platform.trial_plan_id else "bad"
        found.append(Attention(_("No default plan"), why, "star-off", level, url, _("Choose one")))
    if all(plan.is_hidden for plan in plans):
        why = _("Tenants see no card to choose from.")
        found.append(Attention(_("Every plan is hidden"), why, "eye-off", "warn", url, _("Plans")))
    return found


def _about_paying(
    plans: list[Plan], platform: PlatformSettings, setups: list[Setup]
) -> list[Attention]:
    """A plan that costs something, and no way to pay it: neither a gateway nor anybody to ask."""
    if all(plan.is_free for plan in plans) or can_pay_for_plans(setups):
        return []
    if platform.contact_email or platform.contact_text:
        return []
    why = _("No payment gateway is set up, and the tenants’ Billing page names nobody to ask.")
    title, url = _("No way to get a paid plan"), reverse("payment_settings:list")
    return [Attention(title, why, "credit-card", "warn", url, _("Set up payments"))]


def _about_gateway(setup: Setup) -> Attention | None:
    """What is wrong with a gateway that tenants are offered."""
    if not setup.row.is_enabled or not (setup.is_offered or setup.is_unreadable):
        return None
    title, why, level = "", setup.state.sentence, "bad"
    if setup.is_unreadable:
        title = _("The keys of %(name)s are lost")
    elif setup.test_failed:
        title = _("The last test of %(name)s failed")
    elif setup.is_deaf:
        title = _("%(name)s cannot tell us of payments")
        why, level = _("The secret of its webhook is missing."), "warn"
    elif setup.environment == Environment.TEST and settings.IS_PRODUCTION:
        title, level = _("%(name)s is in test mode"), "warn"
        why = _("Whoever knows a test card gets a paid plan for it.")
    if not title:
        return None
    url = reverse("payment_settings:gateway", args=[setup.key])
    return Attention(title % {"name": setup.name}, why, "credit-card", level, url, _("See to it"))


def _about_new_capabilities(plans: list[Plan]) -> list[Attention]:
    new = new_capabilities(plan.capabilities for plan in plans)
    if not new:
        return []
    title = ngettext("%(count)s new capability", "%(count)s new capabilities", len(new))
    why = _("Off wherever a plan does not say so: %(labels)s") % {
        "labels": ", ".join(str(one.label) for one in new[:3]) + (", …" if len(new) > 3 else "")
    }
    url = reverse("plans:list")
    return [Attention(title % {"count": len(new)}, why, "sparkles", "", url, _("Decide"))]


def _about_renewals(counts: Counts) -> list[Attention]:
    """Whose paid time is over without anything having come of it."""
    url, found = reverse("renewals:list"), []
    if counts.in_trouble:
        title = ngettext(
            "%(count)s tenant could not be renewed or lapsed",
            "%(count)s tenants could not be renewed or lapsed",
            counts.in_trouble,
        )
        why = _("Something went wrong with each try. They keep their plan and are tried again.")
        title %= {"count": counts.in_trouble}
        found.append(Attention(title, why, "calendar-x", "bad", url, _("See why")))
    if counts.stayed:
        title = ngettext(
            "%(count)s tenant kept a plan that has run out",
            "%(count)s tenants kept a plan that has run out",
            counts.stayed,
        )
        why = _("It was not renewed, and no Expired plan is chosen that could take its place.")
        title %= {"count": counts.stayed}
        found.append(Attention(title, why, "hourglass", "warn", url, _("Renewals")))
    return found


def _about_tenants(counts: Counts) -> list[Attention]:
    if not counts.waiting_long:
        return []
    title = ngettext(
        "%(count)s sign-up never confirmed its e-mail",
        "%(count)s sign-ups never confirmed their e-mail",
        counts.waiting_long,
    ) % {"count": counts.waiting_long}
    why = _("For more than two days. They have no panel and no data yet.")
    return [Attention(title, why, "mail-warning", "")]
