"""The inputs of keys, in the console and in a business's panel: what is stored is never filled in, nor sent back."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.services.setup.gateway_keys import StoredKey
from billing.services.setup.gateway_setup import KeySet, KeyShown, Setup
from saas.core.versioned_form import VersionedForm


class KeysForm(VersionedForm):
    """A form with the keys that `setup` has for each mode. A key that is stored stays where its input is empty."""

    def __init__(
        self, data: QueryDict | None = None, *, setup: Setup, initial: Mapping[str, Any]
    ) -> None:
        self.version = setup.version
        self.key_sets = setup.key_sets
        super().__init__(data, initial=dict(initial))
        for keys in self.key_sets:
            for shown in keys.keys:
                self.fields[input_name(keys, shown)] = _key_input(shown)

    @property
    def key_inputs(self) -> Iterator[tuple[KeySet, list[tuple[KeyShown, BoundField]]]]:
        """The inputs of each mode, with what is stored already."""
        for keys in self.key_sets:
            yield keys, [(shown, self[input_name(keys, shown)]) for shown in keys.keys]

    @property
    def has_lost_keys(self) -> bool:
        """Whether keys were typed that the page does not show again, though nothing was stored."""
        return self.is_bound and any(
            self.data.get(input_name(keys, shown)) for keys in self.key_sets for shown in keys.keys
        )

    @property
    def typed_keys(self) -> dict[str, dict[str, str]]:
        """{mode: {name: value}}, once the form is valid; an empty one stays as it is."""
        return {
            str(keys.environment): {
                shown.field.name: self.cleaned_data[input_name(keys, shown)] for shown in keys.keys
            }
            for keys in self.key_sets
        }


def input_name(keys: KeySet, shown: KeyShown) -> str:
    return f"{keys.environment}_{shown.field.name}"


class KeyInput(forms.TextInput):
    """An input whose content never comes back to a page.

    Not of type “password”: a browser would fill in the one of whoever logs in here.
    """

    def format_value(self, value: Any) -> None:
        return None


def _key_input(shown: KeyShown) -> forms.CharField:
    """The input of one key, which tells of the one that is stored as much as may be told."""
    attributes = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
    return forms.CharField(
        label=str(shown.field.label),
        help_text=_told(shown.stored) if shown.stored else str(shown.field.help),
        required=False,
        widget=KeyInput(attrs={**attributes, "class": "code"}),
    )


def _told(stored: StoredKey) -> str:
    """“Stored: ends in …4242, set on 3 Dec 2026. …”"""
    words = {
        "tail": stored.tail,
        "day": date_format(stored.set_at, "j M Y") if stored.set_at else "",
        "until": date_format(stored.old_until, "j M Y, H:i") if stored.old_until else "",
    }
    told = [
        _("Stored: ends in …%(tail)s, set on %(day)s.")
        if stored.tail
        else _("Stored, set on %(day)s.")
    ]
    if stored.old_until:
        told.append(_("The one before is valid until %(until)s (UTC)."))
    told.append(_("Leave this empty to keep it."))
    return " ".join(told) % words
