"""What the panel's pages about credits send."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.services.ways import WayToPay
from credits.models import CreditPack
from credits.models.packs import MOST_OF_A_PACK
from plans.fields import WholeNumberField
from tenants.console_fields import TokenForm

MOST_WARNING = 1_000_000
PACK_GONE = _("This is not on offer any more. Please choose one of those that are.")


class TopUpForm(TokenForm):
    """Which pack, how many of it, and with what. `due` is the total that the page showed."""

    pack = forms.ChoiceField(
        error_messages={"required": _("Choose how many."), "invalid_choice": PACK_GONE}
    )
    quantity = forms.IntegerField(
        label=_("Quantity"),
        min_value=1,
        max_value=MOST_OF_A_PACK,
        error_messages={
            "required": _("Enter a number from 1 to 99."),
            "invalid": _("Enter a number from 1 to 99."),
            "min_value": _("Enter a number from 1 to 99."),
            "max_value": _("Enter a number from 1 to 99."),
        },
    )
    due = forms.IntegerField(min_value=1)
    gateway = forms.ChoiceField(
        error_messages={
            "required": _("Choose how to pay."),
            "invalid_choice": _("This cannot be used at present. Choose another way to pay."),
        }
    )

    def __init__(self, data: Any = None, *, packs: list[CreditPack], ways: list[WayToPay]) -> None:
        self.packs, self.ways = packs, ways
        super().__init__(data, initial={"quantity": 1}, auto_id="top_up_%s")
        known = {str(pack.pk): pack for pack in packs}
        cast(forms.ChoiceField, self.fields["pack"]).choices = [
            (key, pack.name) for key, pack in known.items()
        ]
        cast(forms.ChoiceField, self.fields["gateway"]).choices = [
            (way.key, way.label) for way in ways
        ]
        self._known = known

    def chosen_of(self, asked: Any) -> CreditPack:
        """The pack that is marked: as `asked` (a query or a form) says, or the first."""
        return self._known.get(str(asked.get("pack", "")), self.packs[0])

    def quantity_of(self, asked: Any) -> int:
        """How many of it, as `asked` says; one where that says nothing that can be."""
        said = str(asked.get("quantity", ""))
        number = int(said) if said.isascii() and said.isdecimal() and len(said) < 4 else 1
        return number if 1 <= number <= MOST_OF_A_PACK else 1

    def clean(self) -> None:
        """A total that the page had not caught up with is looked at once more before it is paid."""
        data = self.cleaned_data
        if not {"pack", "quantity", "due"} <= data.keys():
            return
        total = self._known[data["pack"]].price * data["quantity"]
        if data["due"] != total:
            self.add_error("due", _("The total has changed. Please look at it once more."))


class WarningForm(forms.Form):
    """At how many credits left the tenant is told."""

    warn_below = WholeNumberField(
        label=_("Warn me when so many are left"),
        least=0,
        most=MOST_WARNING,
        help_text=_("0 for never."),
    )

    def __init__(self, data: Any = None, *, at: int) -> None:
        super().__init__(data, initial={"warn_below": at}, auto_id="warning_%s")
