"""“Why can’t they …?”: the answer of the code that the tenant's panel asks, step by step in plain sentences.

Nothing is decided here. `Entitlements` decides; the steps say what it looked at.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from plans.entitlements import UNLIMITED, Entitlements, UsageLine
from plans.models import Plan
from plans.registry import Capability, Limit, registry
from tenants.models import Override, Tenant
from tenants.scope import tenant_scope

DATE = "j M Y"
NAMED_PLANS = 4


class UnknownQuestion(LookupError):
    """No installed app registers what is asked about; `nearest` is the key that looks most like it, or empty."""

    def __init__(self, asked: str) -> None:
        keys = [*registry.capabilities, *registry.limits]
        self.nearest = next(iter(difflib.get_close_matches(asked.lower(), keys, n=1)), "")
        said = _("There is no capability and no limit called “%(key)s”.") % {"key": asked}
        if self.nearest:
            said += " " + _("Did you mean “%(key)s”?") % {"key": self.nearest}
        super().__init__(said)


@dataclass(frozen=True)
class Question:
    """A feature, a limit, or both: adding a row needs the feature to add and room for one more."""

    capability: Capability | None
    limit: Limit | None

    @classmethod
    def about(cls, asked: str) -> "Question":
        """What `staff.add`, `staff`, `limit:staff` or `capability:staff` means. Raises UnknownQuestion.

        A key that names a limit and a feature alike means the limit, which needs the feature.
        """
        kind, _colon, key = asked.strip().rpartition(":")
        if kind in {"", "limit"} and key in registry.limits:
            limit = registry.limits[key]
            return cls(registry.capabilities.get(limit.capability), limit)
        if kind in {"", "capability"} and key in registry.capabilities:
            capability = registry.capabilities[key]
            return cls(capability, _limit_of(capability))
        raise UnknownQuestion(key or asked)

    @property
    def overridable(self) -> Q:
        """The overrides that have a say."""
        asked = Q(pk__in=[])
        if self.capability:
            keys = [self.capability.key, self.capability.parent]
            asked |= Q(key__in=keys, is_on__isnull=False)
        if self.limit:
            asked |= Q(key=self.limit.key, ceiling__isnull=False)
        return asked


def _limit_of(capability: Capability) -> Limit | None:
    """The limit that adding asks: `staff.add` the one of `staff`."""
    if capability.key != f"{capability.parent}.add":
        return None
    limits = registry.limits.values()
    return next((limit for limit in limits if limit.capability == capability.parent), None)


@dataclass(frozen=True)
class Step:
    """One thing that was looked at. `ok` None: it had no say."""

    title: str
    detail: str
    ok: bool | None = None


@dataclass(frozen=True)
class Explanation:
    """The steps in the order in which they are asked, the decision, and what would help."""

    steps: list[Step]
    verdict: str
    advice: str = ""
    allowed: bool = False


@dataclass
class _OnPlan:
    """Somebody on `plan` without any override: what the plan alone would allow."""

    plan: Plan


def explain(tenant: Tenant, asked: str, now: datetime) -> Explanation:
    """Whether `tenant` may do what is `asked` (see `Question.about`) at `now`, and why.

    Three queries, and one for the platform's settings where they did not come along. Raises UnknownQuestion.
    """
    return _Walk(tenant, Question.about(asked), now).explanation()


class _Walk:
    """One question of one tenant, while it is answered."""

    def __init__(self, tenant: Tenant, question: Question, now: datetime) -> None:
        self.tenant, self.question, self.now = tenant, question, now
        self.entitlements = Entitlements(tenant, now)
        self.others = [plan for plan in Plan.objects.in_order() if plan.pk != tenant.plan_id]
        in_force = Q(until__isnull=True) | Q(until__gt=now)
        rows = tenant.override_rows.filter(question.overridable, in_force, ended_at__isnull=True)
        self.overrides = {(row.kind, row.key): row for row in rows}

    def explanation(self) -> Explanation:
        steps = [self._open_step()]
        if capability := self.question.capability:
            if capability.parent:
                parent = registry.capability(capability.parent)
                steps.append(self._feature_step(parent, _("Parent capability: %(name)s")))
            steps.append(self._feature_step(capability, _("Capability: %(name)s")))
        line = self._usage()
        if limit := self.question.limit:
            steps.append(self._limit_step(limit))
        if line:
            steps.append(self._usage_step(line))
        if not self.overrides:
            steps.append(Step(_("Overrides"), _("None for this.")))
        return self._decide(steps, line)

    def _open_step(self) -> Step:
        words = {"name": self.tenant.name}
        if self.tenant.activated_at is None:
            said = _("%(name)s is not open yet") % words
            return Step(said, _("Its owner has not confirmed the e-mail address."), ok=False)
        if self.tenant.suspended_at:
            since = {"date": date_format(self.tenant.suspended_at, DATE)}
            said = _("%(name)s is suspended") % words
            return Step(said, _("Since %(date)s.") % since, ok=False)
        return Step(_("%(name)s is open") % words, self._standing(), ok=True)

    def _standing(self) -> str:
        state = self.tenant.state(self.now).label
        said = _("%(state)s, on %(plan)s.") % {"state": state, "plan": self.tenant.plan}
        if self.tenant.expires_at and self.tenant.expires_at > self.now:
            said += " " + _("Until %(date)s.") % {"date": date_format(self.tenant.expires_at, DATE)}
        return said

    def _feature_step(self, capability: Capability, title: str) -> Step:
        """Its own switch; whether that is enough is what the parent's step adds."""
        is_on = self.tenant.plan.capabilities.get(capability.key) is True
        words = {"plan": self.tenant.plan, "plans": self._plans_with(capability, _("and"))}
        said = (_("On in %(plan)s.") if is_on else _("Off in %(plan)s.")) % words
        if not is_on:
            said += " " + (_("On in %(plans)s.") if words["plans"] else _("On in no plan.")) % words
        if override := self.overrides.get(("capabilities", capability.key)):
            is_on = bool(override.is_on)
            value = pgettext("feature", "On") if is_on else pgettext("feature", "Off")
            said += " " + _overridden(value, override)
        return Step(title % {"name": capability.label}, said, ok=is_on)

    def _plans_with(self, capability: Capability, last: str) -> str:
        able = [p for p in self.others if Entitlements(_OnPlan(p), self.now).can(capability.key)]
        return _listed((plan.name for plan in able), last)

    def _limit_step(self, limit: Limit) -> Step:
        own = Entitlements(_OnPlan(self.tenant.plan), self.now).ceiling(limit.key)
        ceiling = self.entitlements.ceiling(limit.key)
        said = _("%(ceiling)s in %(plan)s.") % {"ceiling": _number(own), "plan": self.tenant.plan}
        if override := self.overrides.get(("limits", limit.key)):
            said += " " + _overridden(_number(ceiling), override)
        elif more := self._plans_with_more(limit, _("and")):
            said += " " + _("More in %(plans)s.") % {"plans": more}
        return Step(_("Limit: %(name)s") % {"name": limit.label}, said, ok=ceiling != 0)

    def _plans_with_more(self, limit: Limit, last: str) -> str:
        own = self.entitlements.ceiling(limit.key)
        found = []
        for plan in self.others:
            ceiling = Entitlements(_OnPlan(plan), self.now).ceiling(limit.key)
            if own != UNLIMITED and (ceiling == UNLIMITED or ceiling > own):
                found.append(f"{plan.name} ({_number(ceiling).lower()})")
        return _listed(found, last)

    def _usage(self) -> UsageLine | None:
        """What is used, asked in the tenant's schema; None where there is nothing to count."""
        if self.question.limit is None or self.tenant.activated_at is None:
            return None
        with tenant_scope(self.tenant):
            return self.entitlements.usage_of(self.question.limit.key)

    @staticmethod
    def _usage_step(line: UsageLine) -> Step:
        if line.unlimited:
            said = _("There is always room.")
        elif line.has_room:
            said = _("Room for %(left)s more.") % {"left": line.ceiling - line.used}
        else:
            said = _("No room for one more.")
        if line.window:
            start, end = (date_format(instant, DATE) for instant in line.window)
            said += " " + _("Counted from %(start)s to %(end)s.") % {"start": start, "end": end}
        return Step(_("Used: %(used)s") % {"used": line.text}, said, ok=line.has_room)

    def _decide(self, steps: list[Step], line: UsageLine | None) -> Explanation:
        """The panel's own answer: it is open, the feature is on, and one more fits."""
        capability = self.question.capability
        if not self.tenant.is_open:
            return Explanation(steps, _("No: the business is not open."))
        if capability and not self.entitlements.can(capability.key):
            said = _("No: it is not part of %(plan)s.") % {"plan": self.tenant.plan}
            if any(row.is_on is False for row in self.overrides.values()):
                said = _("No: an override switches it off.")
            able = self._plans_with(capability, _("or"))
            return Explanation(steps, said, self._way_out(able))
        if line and not line.has_room:
            said = _("No: there is no room. Used: %(used)s.") % {"used": line.text}
            roomier = self._plans_with_more(line.limit, _("or"))
            return Explanation(steps, said, self._way_out(roomier))
        return Explanation(steps, _("Yes: nothing stands in the way."), allowed=True)

    @staticmethod
    def _way_out(plans: str) -> str:
        if not plans:
            return _("Give them an override with an end date.")
        words = {"plans": plans}
        return _("Move them to %(plans)s, or give them an override with an end date.") % words


def _overridden(value: str, override: Override) -> str:
    """“On by an override until 31 Dec 2026: a trial.”"""
    words = {"value": value, "reason": override.reason.rstrip("."), "date": ""}
    if override.until is None:
        return _("%(value)s by an override: %(reason)s.") % words
    words["date"] = date_format(override.until, DATE)
    return _("%(value)s by an override until %(date)s: %(reason)s.") % words


def _number(ceiling: int) -> str:
    return pgettext("limit", "Unlimited") if ceiling == UNLIMITED else str(ceiling)


def _listed(names: Iterable[str], last: str) -> str:
    """“Team+, Scale or Enterprise”; some plans are enough to name."""
    return get_text_list(list(names)[:NAMED_PLANS], last)
