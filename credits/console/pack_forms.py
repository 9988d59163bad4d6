"""What a super admin fills in about a top-up plan."""

from typing import Any

from babel.numbers import get_currency_symbol
from django import forms
from django.utils.translation import gettext_lazy as _

from credits.console.fields import CreditsField
from credits.console.rows import channels
from credits.models import CreditPack
from credits.services.packs import complaint_about
from plans.fields import MoneyField
from saas.core.errors import Sentence
from saas.core.money import locale_of
from tenants.forms import OneLine


def channel_choices() -> list[tuple[str, Sentence]]:
    return [(one.key, one.label) for one in channels()]


class PackWordsForm(forms.Form):
    """What can change of a pack that is there: how it is called, and whether tenants see it."""

    name = OneLine(label=_("Name"), max_length=60, error_messages={"required": _("Enter a name.")})
    description = OneLine(
        label=_("Description"),
        max_length=200,
        required=False,
        help_text=_("One sentence, shown with the name."),
    )
    is_active = forms.BooleanField(
        label=_("Active"),
        required=False,
        help_text=_("Tenants see it and can buy it. Switched off, it stays here."),
    )

    def __init__(self, data: Any = None, *, pack: CreditPack | None = None) -> None:
        super().__init__(data, initial=self.initial_of(pack), auto_id="pack_%s")

    def initial_of(self, pack: CreditPack | None) -> dict[str, Any]:
        if pack is None:
            return {"is_active": True}
        return {name: getattr(pack, name) for name in self.base_fields}


class PackForm(PackWordsForm):
    """A new pack. Given one, it is filled in like that, for selling the same otherwise."""

    channel = forms.ChoiceField(label=_("Channel"), choices=channel_choices)
    price = MoneyField(label=_("Price"), error_messages={"required": _("Enter a price.")})
    credits = CreditsField(label=_("Credits"))
    field_order = ["channel", "name", "description", "price", "credits", "is_active"]

    def __init__(
        self, data: Any = None, *, currency: str, channel: str = "", pack: CreditPack | None = None
    ) -> None:
        self.currency = currency
        super().__init__(data, pack=pack)
        self.initial.setdefault("channel", channel)
        price = self.fields["price"]
        assert isinstance(price, MoneyField)  # noqa: S101 - for the type alone
        price.currency = currency
        if pack and pack.currency != currency:
            del self.initial["price"]

    @property
    def currency_symbol(self) -> str:
        return str(get_currency_symbol(self.currency, locale=locale_of()))

    def clean_price(self) -> int:
        price: int = self.cleaned_data["price"]
        if complaint := complaint_about(price, 1, self.currency):
            raise forms.ValidationError(complaint)
        return price
