"""The pieces of the editor's form: its head, one condition, one action."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from plans.event_types import Condition, EventType
from workflows import offers
from workflows.actions.base import ActionKind
from workflows.channels.catalogue import BY_PHONE
from workflows.models import Side, Unit

LONGEST_DAYS = 365
MINUTES = {Unit.MINUTES: 1, Unit.HOURS: 60, Unit.DAYS: 24 * 60}


class HeadForm(forms.Form):
    """Its name, what it waits for and, for an event with an instant, how long before or after."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        error_messages={"required": _("Give it a name that you will know it by.")},
        widget=forms.TextInput(
            attrs={
                "class": "form-control",
                "placeholder": _("Reminder the day before"),
                "aria-labelledby": "part-name",
                "autocomplete": "off",
            }
        ),
    )
    event = forms.ChoiceField(
        label=_("This happens"),
        error_messages={"required": _("Choose what it waits for.")},
    )
    amount = forms.IntegerField(
        label=_("How long"),
        min_value=0,
        max_value=LONGEST_DAYS * 24 * 60,
        error_messages={"required": _("Write a number; 0 is at the very moment.")},
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=Unit.choices)
    side = forms.ChoiceField(label=_("Before or after"), choices=Side.choices)

    def __init__(
        self, *args: Any, tenant: Any, event: EventType | None, groups: offers.Groups, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        nothing = [] if event else [("", _("Choose …"))]
        choices_of(self, "event").choices = [*nothing, *groups]
        if event is None or event.timed is None:
            for name in ("amount", "unit", "side"):
                del self.fields[name]
        else:
            sides = [(key, label) for key, label in Side.choices if key in event.timed.sides]
            choices_of(self, "side").choices = sides

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        amount, unit = found.get("amount"), found.get("unit")
        if amount and unit and amount * MINUTES[Unit(unit)] > LONGEST_DAYS * MINUTES[Unit.DAYS]:
            self.add_error("amount", _("A year is the longest."))
        return found


class ConditionForm(forms.Form):
    """One comparison. Which values there are depends on the field that is chosen."""

    field = forms.ChoiceField(
        label=_("Field"),
        widget=forms.Select(
            attrs={"class": "form-select", "aria-label": _("Field"), "data-submits": ""}
        ),
    )
    is_not = forms.ChoiceField(
        label=_("Comparison"),
        required=False,
        choices=[("", _("is")), ("1", _("is not"))],
        widget=forms.Select(attrs={"class": "form-select", "aria-label": _("Comparison")}),
    )
    values = forms.MultipleChoiceField(
        label=_("Values"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Tick at least one."),
            "invalid_choice": _("One of them is not there any more. Look at what is ticked."),
        },
    )

    def __init__(
        self,
        *args: Any,
        conditions: Sequence[Condition],
        values: Sequence[tuple[str, Any]],
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        choices_of(self, "field").choices = [(one.key, one.label) for one in conditions]
        choices_of(self, "values").choices = values


def choices_of(form: forms.Form, name: str) -> forms.ChoiceField:
    """A field that is chosen from a list."""
    return cast(forms.ChoiceField, form.fields[name])


@dataclass
class ConditionPart:
    """`number` names its inputs; it stays the same while others come and go."""

    number: int
    form: ConditionForm

    def as_stored(self) -> dict[str, Any]:
        found = self.form.cleaned_data
        return {
            "field": found["field"],
            "is_not": found["is_not"] == "1",
            "values": found["values"],
        }


@dataclass
class ActionPart:
    number: int
    kind: ActionKind
    form: Any
    is_fresh: bool = False
    tried: str = ""
    """What came of sending a test: a sentence."""
    tried_well: bool = False
    try_to: str = ""

    @property
    def by_phone(self) -> bool:
        return self.kind.channel in BY_PHONE

    @property
    def can_be_tried(self) -> bool:
        return self.kind.draft is not None
