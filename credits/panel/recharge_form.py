"""What a tenant fills in about buying a pack by itself."""

from typing import Any, cast

from babel.numbers import get_currency_symbol
from django import forms
from django.utils.translation import gettext_lazy as _

from credits.models import AutoRecharge, CreditPack
from credits.panel.forms import PACK_GONE
from credits.services.recharge_wishes import MOST_BELOW, complaint_about
from plans.fields import MoneyField, WholeNumberField
from saas.core.errors import Sentence
from saas.core.money import format_money, locale_of

Source = AutoRecharge.Source


class RechargeForm(forms.Form):
    """When which pack is bought, from what, and for how much in a month."""

    below = WholeNumberField(label=_("When so many are left, or fewer"), least=0, most=MOST_BELOW)
    pack = forms.ChoiceField(
        label=_("Buy"),
        error_messages={"required": _("Choose what to buy."), "invalid_choice": PACK_GONE},
    )
    source = forms.ChoiceField(
        label=_("Pay with"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose how to pay."),
            "invalid_choice": _("This cannot be used at present. Choose another way to pay."),
        },
    )
    cap = MoneyField(
        label=_("Spend at most"),
        help_text=_("In a calendar month. When that is spent, it goes on with the next month."),
        error_messages={"required": _("Enter the most that may be spent.")},
    )

    def __init__(
        self,
        data: Any = None,
        *,
        packs: list[CreditPack],
        card: str,
        currency: str,
        wish: AutoRecharge | None,
        suggested: int,
    ) -> None:
        self.packs, self.currency = {str(pack.pk): pack for pack in packs}, currency
        super().__init__(data, initial=_initial(wish, packs, suggested), auto_id="recharge_%s")
        cast(forms.ChoiceField, self.fields["pack"]).choices = [
            (key, f"{pack.name} · {format_money(pack.price, currency)}")
            for key, pack in self.packs.items()
        ]
        cast(forms.ChoiceField, self.fields["source"]).choices = _sources(card)
        cast(MoneyField, self.fields["cap"]).currency = currency

    @property
    def currency_symbol(self) -> str:
        return str(get_currency_symbol(self.currency, locale=locale_of()))

    def clean(self) -> None:
        data = self.cleaned_data
        if {"pack", "cap"} <= data.keys():
            price = self.packs[data["pack"]].price
            if complaint := complaint_about(data["cap"], price, self.currency):
                self.add_error("cap", complaint)


def _sources(card: str) -> list[tuple[str, Sentence]]:
    offered: list[tuple[str, Sentence]] = [(Source.BALANCE, _("Balance"))]
    return [*offered, (Source.CARD, card)] if card else offered


def _initial(
    wish: AutoRecharge | None, packs: list[CreditPack], suggested: int
) -> dict[str, object]:
    if wish is None:
        first = packs[0]
        return {
            "below": suggested,
            "pack": str(first.pk),
            "source": Source.BALANCE,
            "cap": first.price * 2,
        }
    return {
        "below": wish.below,
        "pack": str(wish.pack_id or ""),
        "source": wish.source,
        "cap": wish.monthly_cap,
    }
