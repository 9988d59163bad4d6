"""What a customer types about themselves. Its sentences are those of the page, in the reader's language."""

import secrets
import unicodedata
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from booking.page.shop import Shop
from booking.services.guests import Guest
from workflows.channels.phones import country_of, normal, readable

LONGEST_NAME, LONGEST_NOTE, LONGEST_KEY = 80, 500, 40
CONTROL = {"Cc", "Cf", "Co", "Cs"}


def tidy(text: str) -> str:
    """One line without what nobody can see: such characters can turn a name around in the team's list."""
    shown = "".join(c if unicodedata.category(c) not in CONTROL else " " for c in text)
    return " ".join(shown.split())


class GuestForm(forms.Form):
    """One way to reach them is always asked for: a phone where the rules want one, else an e-mail address.

    After `is_valid`, `guest()` is what the door takes. Reads the tenant's country (one query) to check a phone.
    """

    name = forms.CharField(max_length=LONGEST_NAME)
    phone = forms.CharField(max_length=60, required=False)
    email = forms.EmailField(max_length=254, required=False)
    note = forms.CharField(
        max_length=LONGEST_NOTE, required=False, widget=forms.Textarea({"rows": 2})
    )
    agree = forms.BooleanField(required=False)
    news = forms.BooleanField(required=False)
    key = forms.CharField(max_length=LONGEST_KEY, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None, *, shop: Shop) -> None:
        super().__init__(data, initial={"key": secrets.token_urlsafe(18)})
        self.shop = shop
        rules, say = shop.rules, shop.say
        self.fields["phone"].required = rules.needs_phone
        self.fields["email"].required = not rules.needs_phone
        self.fields["agree"].required = bool(rules.terms)
        if not rules.terms:
            del self.fields["agree"]
        if not shop.asks_news:
            del self.fields["news"]
        for name, (key, long_key) in SENTENCES.items():
            if name in self.fields:
                errors = self.fields[name].error_messages
                errors.update(dict.fromkeys(("required", "invalid"), say(key)))
                errors["max_length"] = say(long_key)
        self._describe()

    def _describe(self) -> None:
        """What a phone's keyboard and a browser's memory need to know."""
        told = {
            "name": {"autocomplete": "name"},
            "phone": {"autocomplete": "tel", "inputmode": "tel", "type": "tel"},
            "email": {"autocomplete": "email"},
        }
        for name, field in self.fields.items():
            box = "form-check-input" if name in ("agree", "news") else "form-control"
            field.widget.attrs |= {"class": box, **told.get(name, {})}
            if name in self.errors:
                field.widget.attrs |= {
                    "aria-invalid": "true",
                    "aria-describedby": f"id_{name}_error",
                }

    def clean_name(self) -> str:
        name = tidy(self.cleaned_data["name"])
        if not name:
            raise ValidationError(self.shop.say("error.name"))
        return name

    def clean_phone(self) -> str:
        typed = self.cleaned_data["phone"]
        if not typed:
            return ""
        country = country_of(self.shop.tenant)
        number = normal(typed, country)
        if number is None:
            has_country = country or typed.strip().startswith(("+", "00"))
            raise ValidationError(
                self.shop.say("error.phone" if has_country else "error.phone_country")
            )
        return readable(number)

    def guest(self) -> Guest:
        told = self.cleaned_data
        return Guest(
            name=told["name"],
            email=told["email"].lower(),
            phone=told["phone"],
            note=told["note"],
            language=self.shop.language,
            agreed=told.get("agree", False),
            news=self.shop.news_words if told.get("news") else "",
        )


SENTENCES = {
    "name": ("error.name", "error.name_long"),
    "phone": ("error.phone_needed", "error.phone"),
    "email": ("error.email", "error.email"),
    "note": ("error.note_long", "error.note_long"),
    "agree": ("error.agree", "error.agree"),
}
