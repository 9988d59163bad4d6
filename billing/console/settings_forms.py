"""A gateway's settings and those about money, as the owner fills them in."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from billing.console.fields import Lines
from billing.key_inputs import KeysForm, input_name
from billing.models import BillingSettings, GatewaySettings
from billing.services.setup.billing_settings import (
    AUDITED,
    MAX_GRACE,
    BillingData,
    prefix_complaint,
    save_billing_settings,
    version,
)
from billing.services.setup.gateway_settings import GatewayChange, save_gateway
from billing.services.setup.gateway_setup import Setup
from saas.core.versioned_form import VersionedForm
from saas.core.versions import ChangedMeanwhile
from tenants.forms import OneLine

GRACE = gettext_lazy("Enter a whole number of days, from 0 to 60.")


class GatewayForm(KeysForm):
    """On or off, what for, and the keys. A key that is stored is never filled in; an empty input keeps it."""

    is_enabled = forms.BooleanField(
        label=gettext_lazy("Switched on"),
        required=False,
        help_text=gettext_lazy(
            "Off: nobody can begin to pay with it. Subscriptions that run go on."
        ),
    )
    used_for = forms.MultipleChoiceField(
        label=gettext_lazy("What tenants may pay with it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: QueryDict | None = None, *, setup: Setup, now: datetime) -> None:
        self.setup, self.now = setup, now
        initial = {"is_enabled": setup.row.is_enabled, "used_for": setup.used_for}
        super().__init__(data, setup=setup, initial=initial)
        cast(forms.MultipleChoiceField, self.fields["used_for"]).choices = setup.uses

    def save(self) -> GatewaySettings | None:
        """The gateway as stored; None when it could not be: then the form says why."""
        data = self.cleaned_data
        uses = frozenset(data["used_for"])
        change = GatewayChange(data["is_enabled"], uses, self.typed_keys)
        try:
            return save_gateway(self.setup.key, change, now=self.now, seen=data["seen"] or "?")
        except ChangedMeanwhile:
            self.conflict = True
        except ValidationError as error:
            refused = {
                input_name(keys, shown) for keys in self.key_sets if keys.refused
                for shown in keys.keys
            }  # fmt: skip
            for name, errors in error.error_dict.items():
                self.add_error(None if name in refused else name, errors)
        return None


class BillingSettingsForm(VersionedForm):
    """Who sells, what stands on invoices, and the grace."""

    seller_name = OneLine(
        label=gettext_lazy("Name of your business"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("On invoices. Empty: the name of the platform."),
    )
    seller_tax_id = OneLine(label=gettext_lazy("Tax number"), max_length=40, required=False)
    seller_address = Lines(label=gettext_lazy("Address"), max_length=400, required=False)
    invoice_prefix = OneLine(
        label=gettext_lazy("Before the number"),
        max_length=12,
        error_messages={"required": gettext_lazy("Enter a few letters, such as TN-.")},
    )
    invoice_note = OneLine(
        label=gettext_lazy("Note below each invoice"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("What the law or your accountant wants to read there."),
    )
    grace_days = forms.IntegerField(
        label=gettext_lazy("Grace"),
        min_value=0,
        max_value=MAX_GRACE,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "num"}),
        help_text=gettext_lazy(
            "How long a tenant keeps its plan while a renewal cannot be collected."
        ),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), GRACE),
    )

    def __init__(self, data: QueryDict | None = None, *, settings: BillingSettings) -> None:
        self.settings, self.version = settings, version(settings)
        super().__init__(data, initial={name: getattr(settings, name) for name in AUDITED})

    @property
    def next_number(self) -> str:
        """Of the next invoice, as things are stored."""
        return f"{self.settings.invoice_prefix}{self.settings.next_invoice}"

    def clean_invoice_prefix(self) -> str:
        prefix: str = self.cleaned_data["invoice_prefix"]
        if sentence := prefix_complaint(prefix):
            raise ValidationError(str(sentence))
        return prefix

    def save(self) -> BillingSettings | None:
        """The settings as stored; None when somebody was faster: then the form says so."""
        data: Any = {name: self.cleaned_data[name] for name in AUDITED}
        try:
            return save_billing_settings(cast(BillingData, data), seen=self.was_seen)
        except ChangedMeanwhile:
            self.conflict = True
        return None
