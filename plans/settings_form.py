"""The platform's settings, as the owner fills them in."""

from typing import cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from plans.currencies import Repricing, currency_choices, repricings
from plans.fields import WholeNumberField
from plans.models import Plan, PlatformSettings
from plans.services.settings import SettingsData, save_platform_settings, version
from saas.core.versioned_form import VersionedForm
from saas.core.versions import ChangedMeanwhile

PLAN_GONE = _("This plan is not here any more. Choose another one.")
FIELDS = (
    "platform_name",
    "currency",
    "contact_email",
    "contact_text",
    "trial_plan",
    "trial_days",
    "expired_plan",
)
PLAN_CHOICES = ("trial_plan", "expired_plan")


class PlatformSettingsForm(VersionedForm):
    """Another currency is saved only once the owner has seen what the prices will read."""

    platform_name = forms.CharField(
        label=_("Name of the platform"),
        max_length=40,
        help_text=_("Stands in the title of every page and in “Powered by”."),
        error_messages={"required": _("Enter a name.")},
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        help_text=_("All prices of the platform are in this one currency."),
    )
    confirm_currency = forms.BooleanField(required=False)
    contact_email = forms.EmailField(
        label=_("Contact e-mail"),
        required=False,
        max_length=254,
        help_text=_("On invoices, on the landing page, and wherever a tenant cannot pay online."),
    )
    contact_text = forms.CharField(
        label=_("How to get a paid plan"),
        required=False,
        max_length=200,
        help_text=_("One sentence on the tenants’ Billing page, where they cannot pay online."),
    )
    trial_plan = forms.ModelChoiceField(
        label=_("Trial plan"),
        queryset=Plan.objects.none(),
        required=False,
        empty_label=_("No trial: sign-ups get the default plan"),
        help_text=_("New sign-ups start on it. Tenants who are here already stay where they are."),
        error_messages={"invalid_choice": PLAN_GONE},
    )
    trial_days = WholeNumberField(
        label=_("Trial duration"),
        least=1,
        most=365,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "num"}),
    )

    expired_plan = forms.ModelChoiceField(
        label=_("Expired plan"),
        queryset=Plan.objects.none(),
        required=False,
        empty_label=_("None: tenants keep the plan that has run out"),
        help_text=_(
            "A tenant whose plan runs out goes onto it by itself and reads nothing of it. "
            "A hidden copy of your free plan with no appointments is a good choice."
        ),
        error_messages={"invalid_choice": PLAN_GONE},
    )

    def __init__(self, data: QueryDict | None = None, *, settings: PlatformSettings) -> None:
        self.settings, self.version = settings, version(settings)
        initial = {name: getattr(settings, name) for name in FIELDS}
        super().__init__(data, initial=initial)
        self.new_prices: list[Repricing] = []
        cast(forms.ChoiceField, self.fields["currency"]).choices = currency_choices(
            settings.currency
        )
        for name in PLAN_CHOICES:
            field = cast("forms.ModelChoiceField[Plan]", self.fields[name])
            field.queryset = Plan.objects.in_order()

    def clean(self) -> None:
        currency = self.cleaned_data.get("currency", self.settings.currency)
        if currency == self.settings.currency:
            return
        self.new_prices = repricings(self.settings.currency, currency)
        if self.new_prices and not self.cleaned_data.get("confirm_currency"):
            self.add_error(
                "confirm_currency", _("Tick this to change the currency. Nothing is saved yet.")
            )

    def save(self) -> PlatformSettings | None:
        """The settings as stored; None when they could not be: then the form says why."""
        data = {name: self.cleaned_data[name] for name in FIELDS}
        try:
            return save_platform_settings(cast(SettingsData, data), seen=self.was_seen)
        except ChangedMeanwhile:
            self.conflict = True
        except forms.ValidationError as error:  # a plan went away since, or there is money
            for name, errors in error.error_dict.items():
                if name == "currency":
                    self.add_error(name, errors)
                else:
                    self.add_error(name if name in PLAN_CHOICES else None, PLAN_GONE)
        return None
