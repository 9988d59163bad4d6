"""What the business enters about online payments: its keys at a company, and how deposits are treated."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from billing.key_inputs import KeysForm, input_name
from booking.models import BookingRules
from booking.page_forms import DAY, HOUR, with_present
from booking.services.deposits.accounts import AccountChange, AccountSetup
from saas.core.money import format_amount, format_money, parse_money

MODES = [("test", _("Test mode")), ("live", _("Live mode"))]
HOLDS = (
    (10, _("10 minutes")), (15, _("15 minutes")), (20, _("20 minutes")), (30, _("30 minutes")),
    (45, _("45 minutes")), (HOUR, _("1 hour")), (2 * HOUR, _("2 hours")), (12 * HOUR, _("12 hours")),
    (DAY, _("1 day")),
)  # fmt: skip


class AccountForm(KeysForm):
    """On or off, the mode, and the keys. A key that is stored is never filled in; an empty input keeps it."""

    is_enabled = forms.BooleanField(
        label=_("Switched on"),
        required=False,
        help_text=_(
            "Off: nobody can begin to pay with it. What was paid stays, and can be given back."
        ),
    )
    environment = forms.ChoiceField(
        label=_("Mode"),
        choices=MODES,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a mode.")},
        help_text=_("In test mode no money moves. In live mode payments are real."),
    )

    def __init__(self, data: QueryDict | None = None, *, setup: AccountSetup) -> None:
        row = setup.row
        initial = {"is_enabled": row.is_enabled, "environment": row.environment}
        super().__init__(data, setup=setup, initial=initial)

    def change(self) -> AccountChange:
        data = self.cleaned_data
        return AccountChange(data["is_enabled"], data["environment"], self.typed_keys)

    def refuse(self, errors: dict[str, list[Any]]) -> None:
        """What the door says is wrong, beside its field; of keys that cannot be entered here, above the form."""
        shown = {
            input_name(keys, one) for keys in self.key_sets if not keys.refused for one in keys.keys
        }
        for name, found in errors.items():
            self.add_error(name if name in shown | {"environment"} else None, found)


class DepositRulesForm(forms.ModelForm):
    """How long a time is kept for its deposit, and whether that comes back by itself."""

    class Meta:
        model = BookingRules
        fields = ("hold_minutes", "deposit_back")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hold_minutes"] = forms.TypedChoiceField(
            coerce=int,
            label=self.fields["hold_minutes"].label,
            choices=with_present(HOLDS, self.instance.hold_minutes),
            help_text=_(
                "A booking waits so long for its deposit. Then its time is free for others again."
            ),
            widget=forms.Select(
                {"class": "form-select", "aria-describedby": "id_hold_minutes_hint"}
            ),
            error_messages={"invalid_choice": _("Choose from the list.")},
        )
        back = self.fields["deposit_back"]
        back.help_text = _(
            "While your rules let them cancel by themselves. Off: you decide each time."
        )
        back.widget.attrs |= {
            "class": "form-check-input", "role": "switch", "aria-describedby": "id_deposit_back_hint",
        }  # fmt: skip


class GiveBackForm(forms.Form):
    """How much of a deposit goes back; all that is left, unless something else is typed."""

    def __init__(self, data: QueryDict | None = None, *, left: int, currency: str) -> None:
        super().__init__(data)
        self.left, self.currency = left, currency
        self.fields["amount"] = forms.CharField(
            label=_("How much"),
            initial=format_amount(left, currency),
            widget=forms.TextInput({"inputmode": "decimal", "class": "num"}),
            error_messages={"required": _("Enter an amount.")},
        )

    def clean_amount(self) -> int:
        """In minor units."""
        try:
            amount = parse_money(self.cleaned_data["amount"], self.currency)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        if not 0 < amount <= self.left:
            most = format_money(self.left, self.currency)
            raise forms.ValidationError(_("Between nothing and %(most)s.") % {"most": most})
        return amount
