"""What is typed about a service: what it is, its time, its price and deposit, who offers it and where."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from booking.deposits import USUAL_PERCENT, must_ask
from booking.forms import MINUTES, NAME, LinkedForm, LinksField, MoneyField
from booking.models import LONGEST_BUFFER, MOST_PEOPLE, Deposit, Location, Service, Staff
from booking.services.services import DEPOSIT_TOO_HIGH, DEPOSIT_WANTED

WRONG_NUMBER = ("required", "invalid", "min_value", "max_value")
BUFFER = _("Enter between 0 and %(most)s minutes.") % {"most": LONGEST_BUFFER}
PEOPLE = _("Enter a whole number from 1 to %(most)s.") % {"most": MOST_PEOPLE}
PERCENT = _("Enter a whole number from 1 to 100.")
LEFT_EMPTY = {"buffer_before": 0, "buffer_after": 0, "capacity": 1}
"""What a field that may be left empty means then."""


class ServiceForm(LinkedForm):
    """`cleaned_data` are the arguments of the door; `percent` and `amount` have become `deposit`."""

    price = MoneyField(
        label=_("Price"),
        max_length=40,
        error_messages={"required": _("Enter a price. Zero is fine for a free service.")},
    )
    deposit_kind = forms.ChoiceField(
        label=_("Deposit"),
        choices=Deposit.choices,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose what is asked for in advance.")},
    )
    percent = forms.IntegerField(
        label=_("Part of the price"),
        required=False,
        min_value=1,
        max_value=100,
        error_messages=dict.fromkeys(WRONG_NUMBER, PERCENT),
    )
    amount = MoneyField(label=_("Amount"), max_length=40, required=False)
    offered_by = LinksField(Staff, _("Offered by"), _("None ticked means everybody."))
    locations = LinksField(Location, _("Offered at"), _("None ticked means everywhere."))

    class Meta:
        model = Service
        fields = [
            "name",
            "category",
            "minutes",
            "price",
            "description",
            "buffer_before",
            "buffer_after",
            "capacity",
            "color",
        ]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        error_messages = {
            "name": {"required": NAME},
            "category": {
                "invalid_choice": _("That category is not there any more. Choose another.")
            },
            "minutes": dict.fromkeys(WRONG_NUMBER, MINUTES),
            "buffer_before": dict.fromkeys(WRONG_NUMBER, BUFFER),
            "buffer_after": dict.fromkeys(WRONG_NUMBER, BUFFER),
            "capacity": dict.fromkeys(WRONG_NUMBER, PEOPLE),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = self.tenant.platform_settings.currency
        for name in ("price", "amount"):
            self.fields[name].currency = self.currency  # type: ignore[attr-defined]
        for name in LEFT_EMPTY:
            self.fields[name].required = False
        if not self.tenant.entitlements.can("services.categories"):
            del self.fields["category"]  # what a service has stays, and is not shown
        else:
            self.fields["category"].empty_label = _("No category")  # type: ignore[attr-defined]
        self._offer_deposit()

    def _offer_deposit(self) -> None:
        """Without the feature to do without, “No deposit” is offered for what costs nothing alone."""
        row = self.instance
        kind = row.deposit_kind
        self.initial["percent"] = row.deposit if kind == Deposit.PERCENT else USUAL_PERCENT
        self.initial["amount"] = row.deposit if kind == Deposit.FIXED else None
        if must_ask(self.tenant.entitlements, price=1):
            free = (Deposit.NONE.value, _("No deposit, because it is free"))
            rest = [choice for choice in Deposit.choices if choice[0] != Deposit.NONE]
            costs = bool(row.price) or not row.pk
            self.fields["deposit_kind"].choices = [*rest, *([] if costs else [free])]  # type: ignore[attr-defined]
            kind = Deposit.PERCENT if costs and kind == Deposit.NONE else kind
        self.initial["deposit_kind"] = kind

    def clean_buffer_before(self) -> int:
        return self.cleaned_data["buffer_before"] or 0

    def clean_buffer_after(self) -> int:
        return self.cleaned_data["buffer_after"] or 0

    def clean_capacity(self) -> int:
        value = self.cleaned_data["capacity"]
        return 1 if value is None else value

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        percent, amount = data.pop("percent", None), data.pop("amount", None)
        price, kind = data.get("price"), data.get("deposit_kind")
        for name, asked in (("percent", Deposit.PERCENT), ("amount", Deposit.FIXED)):
            if kind != asked:
                self.errors.pop(name, None)  # what is not asked for is not shown either
        if kind is None or price is None:
            return data
        data["deposit_kind"], data["deposit"] = Deposit.NONE.value, 0
        if price and kind == Deposit.PERCENT and "percent" not in self.errors:
            if percent is None:
                self.add_error("percent", str(PERCENT))
            data["deposit_kind"], data["deposit"] = kind, percent
        elif price and kind == Deposit.FIXED and "amount" not in self.errors:
            self._check_amount(amount, price)
            data["deposit_kind"], data["deposit"] = kind, amount
        elif not kind and must_ask(self.tenant.entitlements, price):
            self.add_error("deposit_kind", str(DEPOSIT_WANTED))
        return data

    def _check_amount(self, amount: int | None, price: int) -> None:
        if not amount:
            self.add_error("amount", _("Enter the amount that is asked for in advance."))
        elif amount > price:
            self.add_error("amount", str(DEPOSIT_TOO_HIGH))
