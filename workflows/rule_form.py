"""The whole editor as a form that works without JavaScript: every button posts it, and nothing typed is lost.

Its parts are numbered: `condition-2-values` belongs to the condition 2, whatever its place. Which there are, and in
which order, is said by the hidden inputs `condition` and `action` (“3:sms”).
"""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from plans.event_types import Condition, EventType, Timed
from tenants.models import Tenant
from workflows import offers
from workflows.actions.base import ActionKind, Settings, find_kind, offered
from workflows.models import Side, Unit
from workflows.rule_parts import ActionPart, ConditionForm, ConditionPart, HeadForm
from workflows.rule_words import split_minutes
from workflows.services.rules import MOST_ACTIONS, MOST_CONDITIONS, Rule


class RuleForm:
    """What the editor shows. Made of a stored rule by `shown`, or of what was posted by `posted`."""

    def __init__(self, tenant: Tenant | None, event_key: str, data: QueryDict | None) -> None:
        self.tenant, self.data = tenant, data
        self.event: EventType | None = offers.find_event(event_key, tenant)
        self.groups = offers.grouped(tenant)
        self.head: HeadForm
        self.conditions: list[ConditionPart] = []
        self.actions: list[ActionPart] = []
        self.notes: list[str] = []
        self.refusal = ""
        self.seen = ""
        self._choices: dict[str, Sequence[tuple[str, Any]]] = {}

    @classmethod
    def shown(cls, tenant: Tenant | None, rule: Rule, seen: str = "") -> "RuleForm":
        form = cls(tenant, rule.event, None)
        form.seen = seen
        form.head = form._head(initial=rule.columns)
        for number, condition in enumerate(rule.conditions, 1):
            form._add_condition(number, condition)
        for number, (kind, settings) in enumerate(rule.actions, 1):
            form._add_action(number, kind, settings)
        return form

    @classmethod
    def posted(cls, tenant: Tenant | None, data: QueryDict, *, check: bool) -> "RuleForm":
        """With `check` what is wrong is said beside each field; without, the parts only stand as they were typed."""
        form = cls(tenant, data.get("event", ""), data)
        form.seen = data.get("changed_at", "")
        form._read_head(data, check=check)
        form._read_conditions(data, check=check)
        form._read_actions(data, check=check)
        return form

    # What is asked

    @property
    def is_valid(self) -> bool:
        """Whether it can be saved: everything is in order, and nothing of it had to be left out."""
        parts: list[ConditionPart | ActionPart] = [*self.conditions, *self.actions]
        forms_in_it = [self.head, *(part.form for part in parts)]
        valid = [
            form.is_valid() for form in forms_in_it
        ]  # all of them, so that each says what is wrong
        return all(valid) and self.event is not None and not self.notes

    def rule(self) -> Rule:
        """Of a form that is valid."""
        found = self.head.cleaned_data
        return Rule(
            name=found["name"],
            event=found["event"],
            conditions=[part.as_stored() for part in self.conditions],
            actions=[(part.kind.key, part.form.cleaned_data) for part in self.actions],
            amount=found.get("amount") or 0,
            unit=found.get("unit") or Unit.HOURS,
            side=found.get("side") or Side.BEFORE,
        )

    @property
    def offered(self) -> list[ActionKind]:
        """What can still be added."""
        if self.event is None or len(self.actions) >= MOST_ACTIONS:
            return []
        return offered(self.event, self.tenant)

    @property
    def can_add_condition(self) -> bool:
        return bool(self.event and self.event.conditions) and len(self.conditions) < MOST_CONDITIONS

    # What the buttons do

    def obey(self, order: str) -> None:
        """Do what the button `order` says: “add-condition”, “remove-action:3”. Whatever else is said, nothing is."""
        word, _colon, what = order.partition(":")
        deeds: dict[str, Callable[[str], None]] = {
            "add-condition": self._do_add_condition,
            "remove-condition": self._do_remove_condition,
            "add-action": self._do_add_action,
            "remove-action": self._do_remove_action,
            "up-action": lambda number: self._move(number, -1),
            "down-action": lambda number: self._move(number, 1),
        }
        if deed := deeds.get(word):
            deed(what)

    def action(self, number: str) -> ActionPart | None:
        return next((part for part in self.actions if str(part.number) == number), None)

    def _do_add_condition(self, _what: str) -> None:
        if self.event and self.can_add_condition:
            taken = {part.form["field"].value() for part in self.conditions}
            keys = [one.key for one in self.event.conditions]
            key = next((key for key in keys if key not in taken), keys[0])
            self._add_condition(_next(self.conditions), {"field": key})

    def _do_remove_condition(self, number: str) -> None:
        self.conditions = [part for part in self.conditions if str(part.number) != number]

    def _do_add_action(self, kind: str) -> None:
        if kind in {one.key for one in self.offered}:
            self._add_action(_next(self.actions), kind, {})
            self.actions[-1].is_fresh = True

    def _do_remove_action(self, number: str) -> None:
        self.actions = [part for part in self.actions if str(part.number) != number]

    def _move(self, number: str, by: int) -> None:
        part = self.action(number)
        if part is None:
            return
        place = self.actions.index(part)
        target = min(max(place + by, 0), len(self.actions) - 1)
        self.actions.insert(target, self.actions.pop(place))

    # How it is put together

    def _head(self, data: QueryDict | None = None, **more: Any) -> HeadForm:
        return HeadForm(data, tenant=self.tenant, event=self.event, groups=self.groups, **more)

    def _read_head(self, data: QueryDict, *, check: bool) -> None:
        bound = self._head(data)
        if check:
            self.head = bound
            return
        typed = _typed(bound)
        if self.event and self.event.timed and "amount" not in data:
            typed |= _suggestion(self.event.timed)
        self.head = self._head(initial=typed)

    def _read_conditions(self, data: QueryDict, *, check: bool) -> None:
        for number in _numbers(data.getlist("condition"))[:MOST_CONDITIONS]:
            prefix = f"condition-{number}"
            typed = {
                "field": data.get(f"{prefix}-field", ""),
                "is_not": data.get(f"{prefix}-is_not") == "1",
                "values": data.getlist(f"{prefix}-values"),
            }
            self._add_condition(number, typed, check=check)

    def _add_condition(self, number: int, stored: dict[str, Any], *, check: bool = False) -> None:
        """With the values that the chosen field has; left out, with a note, where the event has no such field."""
        known = self.event.conditions if self.event else ()
        condition = next((one for one in known if one.key == stored["field"]), None)
        if condition is None:
            self._leave_out(_label_of(stored["field"], self.tenant))
            return
        values = self._values(condition)
        initial = {
            "field": condition.key,
            "is_not": "1" if stored.get("is_not") else "",
            "values": [one for one in stored.get("values", []) if one in {v for v, _l in values}],
        }
        form = ConditionForm(
            self.data if check else None,
            prefix=f"condition-{number}",
            initial=initial,
            conditions=known,
            values=values,
        )
        self.conditions.append(ConditionPart(number, form))

    def _values(self, condition: Condition) -> Sequence[tuple[str, Any]]:
        """Read once for each field, however many conditions compare it."""
        if condition.key not in self._choices:
            self._choices[condition.key] = list(condition.choices(self.tenant))
        return self._choices[condition.key]

    def _read_actions(self, data: QueryDict, *, check: bool) -> None:
        for entry in data.getlist("action")[:MOST_ACTIONS]:
            number, _colon, kind = entry.partition(":")
            known = {part.number for part in self.actions}
            for found in _numbers([number]):
                if found not in known:
                    self._add_action(found, kind, None, check=check)

    def _add_action(
        self, number: int, key: str, settings: Settings | None, *, check: bool = False
    ) -> None:
        """`settings` None: as it was posted. Left out, with a note, where it cannot be done for this event."""
        kind = find_kind(key)
        if self.event is None or kind is None or kind not in offered(self.event, self.tenant):
            self._leave_out(str(kind.label) if kind else _("An action"))
            return
        make, prefix = kind.form(self.event, self.tenant), f"action-{number}"
        if settings is not None:
            form = make(prefix=prefix, initial=settings)
        elif check:
            form = make(self.data, prefix=prefix)
        else:
            form = make(prefix=prefix)  # what it makes of settings comes first, then what was typed
            form.initial |= _typed(make(self.data, prefix=prefix))
        part = ActionPart(number, kind, form)
        if self.data is not None:
            part.try_to = self.data.get(f"try-{number}", "")
        self.actions.append(part)

    def _leave_out(self, what: str) -> None:
        text = _("“%(what)s” was left out, for it does not fit what happens.")
        self.notes.append(text % {"what": what})


def _label_of(field: str, tenant: Tenant | None) -> str:
    """How other events call the field of a condition that this one does not have."""
    every = (one for event in offers.events(tenant) for one in event.conditions)
    return next((str(one.label) for one in every if one.key == field), _("A condition"))


def _suggestion(timed: Timed) -> dict[str, Any]:
    """How long before, where nothing has been said: for an event that has just been chosen."""
    amount, unit = split_minutes(timed.suggested_minutes)
    return {"amount": amount, "unit": unit, "side": timed.sides[0]}


def _typed(bound: forms.BaseForm) -> dict[str, Any]:
    """What was typed into each field, as it is, to be shown again without a word on whether it is right."""
    return {name: bound[name].data for name in bound.fields}


def _numbers(texts: Sequence[str]) -> list[int]:
    return list(dict.fromkeys(int(text) for text in texts if text.isdecimal() and len(text) < 6))


def _next(parts: Sequence[ConditionPart | ActionPart]) -> int:
    return max((part.number for part in parts), default=0) + 1
