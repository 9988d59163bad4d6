"""A tenant picks a plan that costs nothing, and has it at once. One that is paid for: `checkout`, `switching`."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.quotes import is_paid
from billing.services import subscriptions
from billing.tightening import ceiling_after
from billing.wording import room_for
from plans.entitlements import UNLIMITED
from plans.models import Plan, PlatformSettings
from plans.registry import registry
from saas.core.errors import Conflict
from tenants.models import PlanChange, Tenant, User
from tenants.services.keep_lists import keep_rows
from tenants.services.plan_changes import change_plan


class NotOffered(Conflict):
    """The plan was deleted or is not in the grid (any more)."""

    def __init__(self) -> None:
        super().__init__(
            _("This plan is not offered any more. Please choose another one."),
            action_url=reverse("billing:billing", urlconf="saas.urls"),
            action_label=_("See plans"),
        )


class ShownOtherwise(Conflict):
    """The page that was confirmed was made before something changed."""

    def __init__(self) -> None:
        super().__init__(_("Something has changed since this page was opened. Please look again."))


class NotFree(Conflict):
    """The plan costs something, so the platform's owner switches it on."""

    def __init__(self, plan: Plan) -> None:
        names = {"plan": plan.name, "platform": PlatformSettings.load().platform_name}
        super().__init__(_("%(plan)s is a paid plan. Ask %(platform)s for it.") % names)


def find_choice(plan_id: int, *, lock: bool = False) -> Plan:
    """The free, visible plan that a tenant may pick by itself. Raises NotOffered, NotFree."""
    plans = Plan.objects.visible().filter(pk=plan_id)
    plan = (plans.select_for_update(no_key=True) if lock else plans).first()
    if plan is None:
        raise NotOffered
    if not plan.is_free:
        raise NotFree(plan)
    return plan


@transaction.atomic
def choose_plan(
    tenant: Tenant,
    plan_id: int,
    *,
    token: str,
    by: User,
    now: datetime,
    keep: Mapping[str, Collection[int]] | None = None,
) -> Plan:
    """The tenant is on the plan, from its very next page on; what has no room there is paused.

    `keep` says by limit which rows stay; where it names fewer than fit, the oldest others do. `token` belongs to one
    showing of the question, so that sending it again does nothing. The plan stays locked meanwhile: it cannot be
    deleted, hidden, tightened or given a price. A renewal that is still unpaid is not tried any more; time that is paid
    is never given up here (`switching.switch_later` waits for its end). Raises NotOffered, NotFree, ShownOtherwise
    where there is such time, and Conflict for a token that was used for an earlier move, more rows to keep than fit, or
    one that is not in use any more; then nothing has changed.
    """
    plan = find_choice(plan_id, lock=True)
    locked = tenant.lock()
    if locked.plan_id == plan.pk:
        return plan
    running = subscriptions.lock_live(locked)
    if running and is_paid(running, now):
        raise ShownOtherwise
    keep_choice(locked, plan, keep or {}, now)
    moved = change_plan(
        locked,
        plan,
        cause=f"chosen:{tenant.pk}:{plan.pk}:{token}",
        reason=PlanChange.Reason.CHOSEN,
        now=now,
        by=by,
    )
    if not moved:
        raise Conflict(_("This was carried out before, and nothing was changed now."))
    if running:
        subscriptions.end(running, now=now)
    return plan


def keep_choice(
    locked: Tenant, plan: Plan, keep: Mapping[str, Collection[int]], now: datetime
) -> None:
    """Remember which rows stay when `locked` gets `plan`. Raises Conflict for more than fit, or gone ones."""
    for key, row_ids in keep.items():
        ceiling = ceiling_after(locked, plan, key, now)
        if ceiling != UNLIMITED and len(set(row_ids)) > ceiling:
            raise Conflict(room_for(plan, registry.limit(key), ceiling))
        keep_rows(locked, key, row_ids, now=now)
