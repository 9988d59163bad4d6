"""Numbers of credits as people type them."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from credits.models.packs import MOST_CREDITS
from saas.core.templatetags.ui import number

SPACE = " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
GROUPED = re.compile(rf"[0-9]+|[0-9]{{1,3}}(?:[,.'’{SPACE}][0-9]{{3}})+")


class CreditsField(forms.CharField):
    """1 to MOST_CREDITS, grouped (“10,000”) or not; cleaned to an integer."""

    default_error_messages = {
        "required": _("Enter a number of credits."),
        "invalid": _("Enter a whole number, such as 1,000."),
        "range": _("Enter 1 to %(most)s credits."),
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, **options)
        self.widget.attrs |= {"inputmode": "numeric", "autocomplete": "off"}

    def prepare_value(self, value: Any) -> Any:
        return number(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int:
        text = str(super().clean(value)).strip()
        if not GROUPED.fullmatch(text):
            raise ValidationError(self.error_messages["invalid"])
        credits = int(re.sub(r"[^0-9]", "", text))
        if not 1 <= credits <= MOST_CREDITS:
            raise ValidationError(
                self.error_messages["range"], params={"most": number(MOST_CREDITS)}
            )
        return credits
