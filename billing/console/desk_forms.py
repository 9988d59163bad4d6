"""What a super admin fills in about money: how much goes back, how a balance is adjusted, why something is settled."""

from typing import Any

from babel.numbers import get_currency_symbol
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.models import Payment
from saas.core.money import format_amount, format_money, locale_of, parse_money
from tenants.console_fields import TokenForm, reason_field

ADD, TAKE = "add", "take"


class AmountForm(forms.Form):
    """`amount` is typed as people write it, and is there in minor units once it is valid."""

    amount = forms.CharField(
        label=_("Amount"), max_length=40, error_messages={"required": _("Enter an amount.")}
    )
    currency = ""

    @property
    def currency_symbol(self) -> str:
        return str(get_currency_symbol(self.currency, locale=locale_of()))

    def clean_amount(self) -> int:
        try:
            amount = parse_money(self.cleaned_data["amount"], self.currency)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        if not amount:
            raise ValidationError(_("Enter more than nothing."))
        return amount


class RefundForm(AmountForm):
    """How much of a payment goes back, and why. `seen`: how often something had gone back when the form was shown."""

    reason = reason_field(required=True)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10_000)
    field_order = ["amount", "reason", "seen"]

    def __init__(self, data: Any = None, *, payment: Payment, seen: int) -> None:
        self.payment, self.currency = payment, payment.currency
        initial = {"amount": format_amount(payment.left, payment.currency), "seen": seen}
        super().__init__(data, initial=initial, auto_id="refund_%s")

    def clean(self) -> None:
        """What went back meanwhile is for the service to judge: it may have been this very press."""
        amount, left = self.cleaned_data.get("amount"), self.payment.left
        if amount and amount > left and self.cleaned_data.get("seen") == self.initial["seen"]:
            words = {"left": format_money(left, self.currency)}
            self.add_error("amount", _("At most %(left)s can go back.") % words)


class AdjustForm(TokenForm, AmountForm):
    """More or less on a balance, and why."""

    direction = forms.ChoiceField(
        label=_("What to do"),
        choices=[(ADD, _("Put on")), (TAKE, _("Take off"))],
        initial=ADD,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")},
    )
    reason = reason_field(required=True)
    field_order = ["direction", "amount", "reason", "token"]

    def __init__(self, data: Any = None, *, balance: int, currency: str) -> None:
        self.balance, self.currency = balance, currency
        super().__init__(data, auto_id="adjust_%s")

    @property
    def signed(self) -> int:
        """The amount with its sign, once the form is valid."""
        amount: int = self.cleaned_data["amount"]
        return -amount if self.cleaned_data["direction"] == TAKE else amount

    def clean(self) -> None:
        if self.cleaned_data.get("direction") != TAKE or "amount" not in self.cleaned_data:
            return
        if self.cleaned_data["amount"] > self.balance:
            there = format_money(self.balance, self.currency)
            message = _("There is only %(there)s to take off.") % {"there": there}
            self.add_error("amount", message)


class NoteForm(forms.Form):
    """How something was settled."""

    reason = reason_field(required=True)
