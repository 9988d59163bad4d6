"""Which of two entries is right, field by field."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.models import Customer
from booking.services.merging import CHOOSABLE
from saas.core.errors import Sentence

KEEP, GONE = "keep", "gone"
LABELS = {
    "name": _("Name"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "language": _("Language"),
    "wants_news": _("News and offers"),
}


class MergeForm(forms.Form):
    """One choice for each field in which the two differ. What one of them lacks comes from the other, unless said."""

    def __init__(self, data: Mapping[str, Any] | None, *, keep: Customer, gone: Customer) -> None:
        super().__init__(data)
        for name in CHOOSABLE:
            mine, theirs = getattr(keep, name), getattr(gone, name)
            if mine == theirs:
                continue
            self.fields[name] = forms.ChoiceField(
                label=LABELS[name],
                choices=[(KEEP, _shown(name, mine)), (GONE, _shown(name, theirs))],
                initial=_proposed(name, mine),
                widget=forms.RadioSelect,
                error_messages={
                    "required": _("Choose which of the two is right."),
                    "invalid_choice": _("Choose which of the two is right."),
                },
            )
        # Something must be posted even where the two agree in everything.
        self.fields["sure"] = forms.CharField(widget=forms.HiddenInput, initial="1")

    @property
    def choices(self) -> list[forms.BoundField]:
        return [bound for bound in self if bound.name != "sure"]

    @property
    def from_gone(self) -> list[str]:
        """The fields that the other entry says better."""
        return [name for name in CHOOSABLE if self.cleaned_data.get(name) == GONE]


def _proposed(name: str, mine: Any) -> str:
    """No consent is won by merging: where they differ, the answer is no until somebody says otherwise."""
    if name == "wants_news":
        return GONE if mine else KEEP
    return KEEP if mine else GONE


def _shown(name: str, value: Any) -> Sentence:
    if name == "wants_news":
        return _("Wants them") if value else _("Does not want them")
    return value or _("Nothing")
