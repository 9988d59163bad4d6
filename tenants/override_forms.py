"""One limit or feature of one tenant, other than its plan has it."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from plans.editor import parse_ceiling
from plans.entitlements import UNLIMITED
from plans.registry import registry
from tenants.console_fields import check_later, day_field, end_of, reason_field

UNKNOWN_KEY = _("No installed app knows this. Choose from the list.")


class OverrideForm(forms.Form):
    """One limit or feature of a tenant, other than its plan has it."""

    until = day_field(_("Until"))
    reason = reason_field(required=True)

    def __init__(self, data: QueryDict | None = None, *, now: datetime) -> None:
        self.now = now
        super().__init__(data, auto_id="override_%s")

    def clean_until(self) -> datetime | None:
        day: date | None = self.cleaned_data["until"]
        if day is None:
            return None
        check_later(day, self.now)
        return end_of(day)


def limits() -> list[tuple[str, Any]]:
    return [(limit.key, limit.label) for limit in registry.limits.values()]


def capabilities() -> list[tuple[str, Any]]:
    """Features with what they belong to in front."""
    return [
        (one.key, f"{top.label}: {one.label}" if one.parent else one.label)
        for top, children in registry.tree()
        for one in (top, *children)
    ]


class LimitOverrideForm(OverrideForm):
    key = forms.ChoiceField(
        label=_("Limit"), choices=limits, error_messages={"invalid_choice": UNKNOWN_KEY}
    )
    value = forms.CharField(
        label=_("How many"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "num"}),
        help_text=_("0 means none."),
    )
    unlimited = forms.BooleanField(label=_("Unlimited"), required=False)
    field_order = ["key", "value", "unlimited", "until", "reason"]

    def clean(self) -> None:
        if self.cleaned_data.get("unlimited"):
            self.cleaned_data["value"] = UNLIMITED
            return
        try:
            self.cleaned_data["value"] = parse_ceiling(self.cleaned_data.get("value", "").strip())
        except ValueError as error:
            self.add_error("value", str(error))


class CapabilityOverrideForm(OverrideForm):
    key = forms.ChoiceField(
        label=_("Capability"), choices=capabilities, error_messages={"invalid_choice": UNKNOWN_KEY}
    )
    value = forms.TypedChoiceField(
        label=_("For this tenant"),
        choices=[("on", _("On")), ("off", _("Off"))],
        coerce=lambda text: text == "on",
        initial="on",
        widget=forms.RadioSelect,
    )
    field_order = ["key", "value", "until", "reason"]
