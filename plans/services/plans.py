"""The doors to plans: save, make the default, duplicate, delete.

Every one of them first takes the platform's lock, so that two super admins never decide on the same state.
"""

from collections.abc import Callable

from django.db import IntegrityError, transaction
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from plans.drafts import PlanData, difference, draft
from plans.models import Plan, PlatformSettings
from saas.core import audit
from saas.core.errors import Conflict, NotHere, Sentence
from saas.core.events import emit

AUDITED = (
    "name",
    "bookmark_text",
    "color",
    "order_number",
    "monthly_price",
    "annual_price",
    "annual_discount",
    "is_hidden",
    "description",
    "capabilities",
    "limits",
)
NAMES_SHOWN = 3
"""How many tenants a refusal names before it only counts."""


class ChangedMeanwhile(Conflict):
    """The plan was saved by somebody else after the editor was opened; `plan` is how it stands now."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(_("Somebody changed this plan meanwhile."))
        self.plan = plan


class PlanInUse(Conflict):
    """The plan cannot be deleted; `obstacles` says what to do first, one sentence each."""

    def __init__(self, obstacles: list[Sentence]) -> None:
        super().__init__(" ".join(str(sentence) for sentence in obstacles))
        self.obstacles = obstacles


@transaction.atomic
def save_plan(plan: Plan | None, data: PlanData, *, seen: str = "", reason: str = "") -> Plan:
    """Write `data` to `plan`, or to a new plan for None, and return it as stored.

    Emits `plan.saved`, with whether tenants notice (`terms_changed`). What is written is `draft(plan, data)`; the
    audit log tells what that changed, and the `reason` where there is one. `seen` is the `version` that the editor
    showed: raises ChangedMeanwhile when the plan is another one by now, NotHere when it was deleted, ValidationError
    for values that no plan may have.
    """
    settings = PlatformSettings.lock()
    stored = find_plan(plan.pk) if plan else None
    if stored and seen and seen != stored.version:
        raise ChangedMeanwhile(stored)
    target = draft(stored, data)
    target.full_clean()
    target.save()
    settings.renew_colors()
    changes = plan_changes(stored, target, settings.currency)
    audit.record("plan.saved" if plan else "plan.added", target, changes=changes, reason=reason)
    terms_changed = stored is not None and bool(difference(stored, target))
    emit("plan.saved", plan_id=target.pk, terms_changed=terms_changed)
    return target


@transaction.atomic
def set_default(plan: Plan, *, reason: str = "") -> None:
    """Make `plan` the one that new sign-ups get; no existing tenant moves. Raises NotHere when it was deleted."""
    PlatformSettings.lock()
    target = find_plan(plan.pk)
    if target.is_default:
        return
    before = Plan.objects.filter(is_default=True).first()
    names = [before.name if before else "", target.name]
    audit.record("plan.made_default", target, changes={"default plan": names}, reason=reason)
    Plan.objects.filter(is_default=True).exclude(pk=plan.pk).update(is_default=False)
    Plan.objects.filter(pk=plan.pk).update(is_default=True)


@transaction.atomic
def duplicate_plan(plan: Plan) -> Plan:
    """A hidden copy of `plan` under a name that is free, next to it in the order. Emits `plan.saved`."""
    PlatformSettings.lock()
    original = find_plan(plan.pk)
    fields: PlanData = {
        "name": _free_name(original.name),
        "bookmark_text": original.bookmark_text,
        "color": original.color,
        "order_number": original.order_number,
        "monthly_price": original.monthly_price,
        "annual_price": original.annual_price,
        "annual_discount": original.annual_discount,
        "is_hidden": True,
        "description": original.description,
        "capabilities": original.capabilities,
        "limits": original.limits,
    }
    return save_plan(None, fields, reason=_("Copy of %(plan)s") % {"plan": original.name})


def delete_plan(plan: Plan) -> None:
    """Delete `plan`. Raises PlanInUse while something stands on it, NotHere when it is gone already.

    A tenant that is put on the plan in the same moment is seen by the database's own check at the commit.
    """
    try:
        with transaction.atomic():
            settings = PlatformSettings.lock()
            target = find_plan(plan.pk)
            if obstacles := obstacles_to_deletion(target, settings):
                raise PlanInUse(obstacles)
            audit.record(
                "plan.deleted", target, changes=plan_changes(target, None, settings.currency)
            )
            gateway_ids = target.gateway_ids
            target.delete()
            emit("plan.deleted", gateway_ids=gateway_ids)
    except IntegrityError:
        sentence = _("A tenant was just put on %(plan)s. Move it to another plan first.")
        raise PlanInUse([sentence % {"plan": plan.name}]) from None


@transaction.atomic
def record_gateway_ids(plan_id: int, place: str, ids: dict[str, str]) -> bool:
    """Store on the plan what a gateway calls it in `place` (“stripe:test”); False when the plan is gone.

    An open editor does not notice: what people see of the plan stays as it is.
    """
    PlatformSettings.lock()
    plan = Plan.objects.filter(pk=plan_id).first()
    if plan is None:
        return False
    known = {**plan.gateway_ids, place: ids}
    return bool(Plan.objects.filter(pk=plan_id).update(gateway_ids=known))


def plan_changes(before: Plan | None, after: Plan | None, currency: str) -> audit.Changes:
    """What differs between the two, in the form of the audit log; prices as they are written in `currency`."""
    money = dict.fromkeys(("monthly_price", "annual_price"), currency)
    old, new = (
        audit.snapshot(plan, AUDITED, money=money) if plan else {} for plan in (before, after)
    )
    return audit.differences(old, new)


def obstacles_to_deletion(plan: Plan, settings: PlatformSettings) -> list[Sentence]:
    """Why `plan` cannot be deleted and what to do first; empty when it can."""
    obstacles: list[Sentence] = []
    if plan.is_default:
        obstacles.append(
            _("%(plan)s is the default plan. Make another plan the default first.")
            % {"plan": plan.name}
        )
    if settings.trial_plan_id == plan.pk:
        obstacles.append(
            _("%(plan)s is the Trial plan. Choose another one in Settings first.")
            % {"plan": plan.name}
        )
    if settings.expired_plan_id == plan.pk:
        obstacles.append(
            _("%(plan)s is the Expired plan. Choose another one in Settings first.")
            % {"plan": plan.name}
        )
    if sentence := _tenants_in_the_way(plan):
        obstacles.append(sentence)
    return obstacles + [found for find in obstacle_finders if (found := find(plan))]


obstacle_finders: list[Callable[[Plan], Sentence]] = []
"""What apps above know that stands in the way of deleting a plan: a sentence each, empty for nothing."""


def _tenants_in_the_way(plan: Plan) -> str:
    names = list(plan.tenants.order_by("name").values_list("name", flat=True)[:NAMES_SHOWN])
    if not names:
        return ""
    count = plan.tenants.count()
    listed = ", ".join(names) + (", …" if count > len(names) else "")
    return ngettext(
        "%(count)s tenant is on %(plan)s (%(names)s). Move it to another plan first.",
        "%(count)s tenants are on %(plan)s (%(names)s). Move them to another plan first.",
        count,
    ) % {"count": count, "plan": plan.name, "names": listed}


def find_plan(pk: int) -> Plan:
    """The plan `pk` as it is stored. Raises NotHere when somebody deleted it."""
    plan = Plan.objects.filter(pk=pk).first()
    if plan is None:
        raise NotHere(_("This plan is not here any more. Somebody deleted it."))
    return plan


def _free_name(name: str) -> str:
    taken = {other.lower() for other in Plan.objects.values_list("name", flat=True)}
    number = 1
    while True:
        tail = _(" (copy)") if number == 1 else _(" (copy %(number)s)") % {"number": number}
        candidate = Truncator(name).chars(60 - len(tail)) + tail
        if candidate.lower() not in taken:
            return candidate
        number += 1
