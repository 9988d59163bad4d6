"""What the console's first page tells: who is here, on which plan, and what needs attention. It only reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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


def attention(plans: list[Plan], counts: Counts, platform: PlatformSettings) -> list[Attention]:
    """What keeps the platform from working as it should, worst first."""
    return [
        *_about_plans(plans, platform),
        *_about_contact(plans, platform),
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


def _about_contact(plans: list[Plan], platform: PlatformSettings) -> list[Attention]:
    if platform.contact_email or platform.contact_text or all(plan.is_free for plan in plans):
        return []
    why = _("Tenants cannot pay here yet, and their Billing page names nobody to ask.")
    title, url = _("No way to get a paid plan"), reverse("console:settings")
    return [Attention(title, why, "mail-question-mark", "warn", url, _("Settings"))]


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
