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


class LaterForm(ChoiceForm):
    """A switch that waits, with what the page said: `basis` and `price` as of `switching.Shown`."""

    basis = forms.CharField(max_length=80)
    price = forms.IntegerField(min_value=0)


class PayForm(ChoiceForm):
    """A plan that is paid for. Each way to pay says by itself what is due by it (`due-balance`, `due-stripe`)."""

    token = forms.RegexField(r"^[\w-]{16,24}\Z")
    basis = forms.CharField(max_length=80)
    gateway = forms.ChoiceField(error_messages={"required": _("Choose how you want to pay.")})

    def __init__(self, data: Any, *, tight: list[Tight], ways: list[str]) -> None:
        super().__init__(data, tight=tight)
        self.fields["gateway"] = forms.ChoiceField(
            choices=[(way, way) for way in ways],
            error_messages={
                "required": _("Choose how you want to pay."),
                "invalid_choice": _("This cannot be used for it. Choose another way to pay."),
            },
        )
        for way in ways:
            self.fields[f"due-{way}"] = forms.IntegerField(min_value=0, required=False)

    @property
    def due(self) -> int:
        """What the page said is due by the chosen way. Ask it once the form is valid."""
        return self.cleaned_data[f"due-{self.cleaned_data['gateway']}"] or 0

    @property
    def press_token(self) -> str:
        """Of this showing and this way: changing one's mind about the way is another press."""
        return f"{self.cleaned_data['token']}:{self.cleaned_data['gateway']}"


REASONS = [
    ("price", _("It costs too much")),
    ("missing", _("Something that I need is missing")),
    ("unused", _("I do not use it enough")),
    ("elsewhere", _("I go on with another product")),
    ("closing", _("My business pauses or closes")),
    ("other", _("Another reason")),
]


class CancelForm(forms.Form):
    """Why somebody does not go on. Nobody has to say."""

    reason = forms.ChoiceField(
        label=_("Why?"), choices=REASONS, required=False, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("Anything that we should know"),
        max_length=240,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @property
    def sentence(self) -> str:
        """Both as one text; empty where nothing was said."""
        label = str(dict(REASONS).get(self.cleaned_data["reason"], ""))
        return ": ".join(filter(None, [label, self.cleaned_data["note"].strip()]))


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
