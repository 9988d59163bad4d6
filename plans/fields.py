"""Form fields of this project's kinds: money, whole numbers, and rich text."""

import re
from typing import Any

from django import forms
from django.utils.html import escape
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from plans.models import MAX_PRICE
from saas.core.money import format_amount, format_money, parse_money
from saas.core.richtext import clean_html


class MoneyField(forms.CharField):
    """An amount as people type it; cleaned to integer minor units of `currency`, which the form sets."""

    default_error_messages = {"required": _("Enter an amount; 0 means free.")}
    currency = "USD"

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, **options)
        self.widget.attrs["inputmode"] = "decimal"

    def prepare_value(self, value: Any) -> Any:
        return format_amount(value, self.currency) if isinstance(value, int) else value

    def clean(self, value: Any) -> int:
        text = super().clean(value)
        try:
            amount = parse_money(text, self.currency)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None
        if amount > MAX_PRICE:
            most = format_money(MAX_PRICE, self.currency)
            raise forms.ValidationError(_("Enter at most %(most)s."), params={"most": most})
        return amount


class WholeNumberField(forms.IntegerField):
    """A whole number between two others: whatever is wrong, one sentence says which numbers there are."""

    def __init__(self, *, least: int, most: int, **options: Any) -> None:
        said = _("Enter a whole number from {least} to {most}.")
        sentence = format_lazy(said, least=f"{least:,}", most=f"{most:,}")
        kinds = ("required", "invalid", "min_value", "max_value")
        messages = dict.fromkeys(kinds, sentence)
        super().__init__(min_value=least, max_value=most, error_messages=messages, **options)


class RichTextField(forms.CharField):
    """Rich text, cleaned to what `saas.core.richtext` allows; plain lines, typed without a script, are understood."""

    def __init__(self, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 6})
        super().__init__(required=False, max_length=5000, widget=widget, **options)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        return clean_html(text if re.search(r"</?[a-zA-Z!]", text) else lines_to_html(text))


def lines_to_html(text: str) -> str:
    """Plain lines as paragraphs; lines that begin with - or * as bullets."""
    html = ""
    for line in filter(None, map(str.strip, text.splitlines())):
        bullet = re.match(r"[-*•]\s+(.*)", line)
        html += f"<ul><li>{escape(bullet[1])}</li></ul>" if bullet else f"<p>{escape(line)}</p>"
    return html.replace("</ul><ul>", "")
