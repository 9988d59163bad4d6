"""What a tenant types about its business. A form checks its fields; whether it may be done at all, the services."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from booking.models import (
    IN_USE,
    MAX_PRICE,
    MOST_OF_ONE,
    Customer,
    Location,
    Pausable,
    Service,
    ServiceCategory,
    ServiceExtra,
    Staff,
)
from booking.phone_numbers import validate_phone
from booking.services.logins import logins_for
from booking.services.resources import GONE
from saas.core.errors import Sentence
from saas.core.money import format_amount, format_money, parse_money
from tenants.console_fields import time_zones
from tenants.models import Tenant, User

EMAIL = _("Enter an e-mail address such as ana@example.com.")
NAME = _("Enter a name.")
MINUTES = _("Enter between 5 minutes and 1440, which is 24 hours.")
TOO_LONG = _("Use at most %(limit_value)d characters.")


class MoneyField(forms.CharField):
    """An amount as people type it; cleaned, it is an integer of minor units of `currency`, or None for nothing."""

    currency = ""

    def prepare_value(self, value: Any) -> Any:
        return format_amount(value, self.currency) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text and not self.required:
            return None
        try:
            amount = parse_money(text, self.currency)
        except ValueError as error:
            raise ValidationError(str(error)) from None
        if amount > MAX_PRICE:
            most = format_money(MAX_PRICE, self.currency)
            raise ValidationError(_("Enter at most %(most)s.") % {"most": most})
        return amount


class RowForm(forms.ModelForm):
    """The form of one row of `tenant`: nothing is saved by it, services do that."""

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        for field in self.fields.values():
            field.error_messages["max_length"] = TOO_LONG


class LinksField(forms.ModelMultipleChoiceField):
    """Rows that another is linked to, as boxes to tick: those in use, and those that it is linked to already.

    Cleaned, it is a list of them. Two queries.
    """

    widget = forms.CheckboxSelectMultiple

    def __init__(self, model: type[Pausable], label: Sentence, hint: Sentence) -> None:
        super().__init__(
            model._default_manager.none(),
            label=label,
            help_text=hint,
            required=False,
            error_messages=dict.fromkeys(("invalid_choice", "invalid_pk_value"), GONE),
        )
        self.model = model

    def offer(self, kept: Collection[int]) -> None:
        rows = self.model._default_manager.filter(IN_USE | Q(pk__in=kept))
        self.queryset = rows.order_by(Lower("name"), "pk")
        self.choices = [(row.pk, str(row)) for row in self.queryset]  # read once

    def clean(self, value: Any) -> list[Any]:  # type: ignore[override]  # a door takes no query
        return list(super().clean(value))


class LinkedForm(RowForm):
    """The form of a row that is linked to others. Fields whose module the plan lacks are left out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        can = self.tenant.entitlements.can
        for name, field in list(self.fields.items()):
            if not isinstance(field, LinksField):
                continue
            if not can(field.model.capability()):
                del self.fields[name]  # what a row is linked to stays, and is not shown
                continue
            self.initial[name] = self._linked(name) if self.instance.pk else []
            field.offer(self.initial[name])
            if not field.choices:
                del self.fields[name]

    def _linked(self, name: str) -> list[int]:
        return list(getattr(self.instance, name).values_list("pk", flat=True))


class StaffForm(LinkedForm):
    locations = LinksField(Location, _("Works at"), _("None ticked means everywhere."))
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        error_messages={"invalid_choice": _("Choose a time zone from the list.")},
    )

    class Meta:
        model = Staff
        fields = ["name", "title", "email", "phone", "color", "time_zone", "user"]
        error_messages = {
            "name": {"required": NAME},
            "email": {"invalid": EMAIL},
            "user": {"invalid_choice": _("This login is not free any more. Choose another.")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = _("As the business (%(zone)s)") % {"zone": self.tenant.time_zone}
        self.fields["time_zone"].choices = [("", usual), *time_zones()]  # type: ignore[attr-defined]
        logins = logins_for(self.tenant, self.instance)
        login = self.fields["user"]
        login.queryset = User.objects.filter(pk__in=[pk for pk, _name in logins])  # type: ignore[attr-defined]
        login.choices = [("", _("No login")), *logins]  # type: ignore[attr-defined]


class LocationForm(RowForm):
    class Meta:
        model = Location
        fields = ["name", "address", "phone"]
        error_messages = {"name": {"required": NAME}}


class CustomerForm(RowForm):
    class Meta:
        model = Customer
        fields = ["name", "email", "phone", "notes", "wants_news"]
        widgets = {"notes": forms.Textarea(attrs={"rows": 3})}
        error_messages = {"name": {"required": NAME}, "email": {"invalid": EMAIL}}

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        validate_phone(phone)
        return phone


class ExtraForm(RowForm):
    price = MoneyField(
        label=_("Price"),
        max_length=40,
        error_messages={"required": _("Enter a price. Zero is fine for a free extra.")},
    )

    class Meta:
        model = ServiceExtra
        fields = ["service", "name", "price", "minutes", "max_quantity"]
        error_messages = {
            "service": {
                "required": _("Choose a service."),
                "invalid_choice": _("That service is not there any more. Choose another."),
            },
            "name": {"required": NAME},
            "minutes": dict.fromkeys(
                ("required", "invalid", "min_value", "max_value"),
                _("Enter between 0 minutes and 1440, which is 24 hours."),
            ),
            "max_quantity": dict.fromkeys(
                ("required", "invalid", "min_value", "max_value"),
                _("Enter a whole number from 1 to %(most)s.") % {"most": MOST_OF_ONE},
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = self.tenant.platform_settings.currency
        self.fields["price"].currency = self.currency  # type: ignore[attr-defined]
        self.fields["max_quantity"].required = False
        if self.instance.pk:
            del self.fields["service"]
        else:
            self.fields["service"].queryset = Service.objects.order_by(Lower("name"), "pk")  # type: ignore[attr-defined]
            self.fields["service"].empty_label = _("Choose a service")  # type: ignore[attr-defined]

    def clean_max_quantity(self) -> int:
        return self.cleaned_data["max_quantity"] or 1


class CategoryForm(RowForm):
    class Meta:
        model = ServiceCategory
        fields = ["name", "parent", "order_number"]
        help_texts = {"order_number": _("Lower numbers stand further up.")}
        error_messages = {
            "name": {"required": NAME},
            "parent": {
                "invalid_choice": _("Choose a category that stands within no other."),
            },
            "order_number": dict.fromkeys(
                ("required", "invalid", "min_value", "max_value"),
                _("Enter a whole number from 0 to 32767."),
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tops = ServiceCategory.objects.filter(parent=None).exclude(pk=self.instance.pk)
        self.fields["parent"].queryset = tops  # type: ignore[attr-defined]
        self.fields["parent"].empty_label = _("No other category")  # type: ignore[attr-defined]
