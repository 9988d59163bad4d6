"""The input of a key, in the console and in a business's panel: what is stored is never filled in, nor sent back."""

from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from billing.services.setup.gateway_keys import StoredKey
from billing.services.setup.gateway_setup import KeyShown


class KeyInput(forms.TextInput):
    """An input whose content never comes back to a page.

    Not of type “password”: a browser would fill in the one of whoever logs in here.
    """

    def format_value(self, value: Any) -> None:
        return None


def key_input(shown: KeyShown) -> forms.CharField:
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
