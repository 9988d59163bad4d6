"""What a tenant fills in about its money."""

from typing import Any, cast

from babel.numbers import get_currency_symbol
from django import forms
from django.utils.translation import gettext_lazy as _

from billing.console.fields import Lines
from billing.models import BillingDetails
from billing.services.adding_funds import SUGGESTED, bounds_complaint
from billing.services.details import LONGEST_ADDRESS, version
from billing.services.ways import WayToPay
from saas.core.money import format_money, locale_of, parse_money
from saas.core.versioned_form import VersionedForm
from tenants.console_fields import TokenForm
from tenants.forms import OneLine

OTHER = "other"
MOST_LINES = 8
"""Of an address: more do not stand well at the top of an invoice."""


class FundsForm(TokenForm):
    """How much, and with what. `amount` is there once it is valid, in minor units."""

    amount = 0
    choice = forms.ChoiceField(error_messages={"required": _("Choose an amount.")})
    other = forms.CharField(label=_("Amount"), required=False, max_length=40)
    gateway = forms.ChoiceField(
        error_messages={
            "required": _("Choose how to pay."),
            "invalid_choice": _("This cannot be used at present. Choose another way to pay."),
        }
    )

    def __init__(self, data: Any = None, *, ways: list[WayToPay], currency: str) -> None:
        self.ways, self.currency = ways, currency
        super().__init__(data, auto_id="funds_%s")
        amounts = [(str(one), format_money(one, currency, short=True)) for one in SUGGESTED]
        self.amounts = [*amounts, (OTHER, str(_("Other")))]
        cast(forms.ChoiceField, self.fields["choice"]).choices = self.amounts
        known = [(way.key, way.label) for way in ways]
        cast(forms.ChoiceField, self.fields["gateway"]).choices = known
        self.currency_symbol = get_currency_symbol(currency, locale=locale_of())

    @property
    def chosen(self) -> str:
        """The amount that is marked: as it was sent, or the second of those suggested."""
        sent = str(self.data.get("choice", "")) if self.is_bound else ""
        return sent if sent in dict(self.amounts) else str(SUGGESTED[1])

    @property
    def chosen_gateway(self) -> str:
        """The way to pay that is marked: as it was sent, or the first."""
        keys = [way.key for way in self.ways]
        sent = str(self.data.get("gateway", "")) if self.is_bound else ""
        return sent if sent in keys else next(iter(keys), "")

    def clean(self) -> None:
        choice = self.cleaned_data.get("choice")
        if choice and choice != OTHER:
            self.amount = int(choice)
        elif choice and "other" in self.cleaned_data:
            self._take_other()

    def _take_other(self) -> None:
        try:
            self.amount = parse_money(self.cleaned_data["other"], self.currency)
        except ValueError as error:
            self.add_error("other", str(error))
            return
        if complaint := bounds_complaint(self.amount, self.currency):
            self.add_error("other", complaint)


class DetailsForm(VersionedForm):
    """To whom the next invoices are made out."""

    name = OneLine(label=_("Name on invoices"), max_length=120, required=False)
    address = Lines(label=_("Address"), max_length=LONGEST_ADDRESS, required=False, rows=4)
    tax_id = OneLine(label=_("Tax number"), max_length=40, required=False)

    def __init__(self, data: Any = None, *, details: BillingDetails) -> None:
        initial = {name: getattr(details, name) for name in ("name", "address", "tax_id")}
        self.version = version(details)
        super().__init__(data, initial=initial, auto_id="details_%s")

    def clean_address(self) -> str:
        address: str = self.cleaned_data["address"]
        if len(address.splitlines()) > MOST_LINES:
            message = _("Use at most %(most)s lines.")
            raise forms.ValidationError(message, params={"most": MOST_LINES})
        return address
