"""What the Billing page sends."""

from django import forms

from tenants.models import Cycle


class CycleForm(forms.Form):
    """Which prices the cards show."""

    cycle = forms.ChoiceField(choices=Cycle.choices)


class ChoiceForm(forms.Form):
    """One showing of “Switch to this plan?”."""

    token = forms.RegexField(r"^[\w-]{16,32}\Z")
