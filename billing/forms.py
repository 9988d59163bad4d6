"""What the Billing page sends."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.tightening import Tight
from billing.wording import room_for
from tenants.models import Cycle


class CycleForm(forms.Form):
    """Which prices the cards show."""

    cycle = forms.ChoiceField(choices=Cycle.choices)


class ChoiceForm(forms.Form):
    """One showing of “Switch to this plan?”, with what is to stay of each limit that gets tight."""

    token = forms.RegexField(r"^[\w-]{16,32}\Z")

    def __init__(self, data: Any, *, tight: list[Tight]) -> None:
        super().__init__(data)
        self._tight = tight
        for one in tight:
            self.fields[one.field] = KeepField(one)

    @property
    def keep(self) -> dict[str, list[int]]:
        """By limit, the keys of the rows that are to stay. Ask it once the form is valid."""
        return {one.limit.key: self.cleaned_data[one.field] for one in self._tight}

    def wanted(self, tight: Tight) -> set[int]:
        """What was ticked, right or wrong, as far as it exists."""
        sent = set(self[tight.field].data or ())
        return {row.pk for row in tight.rows if str(row.pk) in sent}


class KeepField(forms.TypedMultipleChoiceField):
    """Rows that stay: some of those that are in use, and no more than fit."""

    default_error_messages = {
        "invalid_choice": _("One of these entries is not in use any more. Please choose once more.")
    }

    def __init__(self, tight: Tight) -> None:
        rows = [(row.pk, row.name) for row in tight.rows]
        super().__init__(choices=rows, coerce=int, required=False, empty_value=[])
        self._tight = tight

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(set(value)) > self._tight.ceiling:
            tight = self._tight
            raise forms.ValidationError(room_for(tight.plan, tight.limit, tight.ceiling))
