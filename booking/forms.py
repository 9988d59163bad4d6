"""What a tenant types about its business. A form checks its fields; whether it may be done at all, the services."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from booking.models import (
    MAX_PRICE,
    Customer,
    Location,
    Service,
    ServiceCategory,
    ServiceExtra,
    Staff,
)
from booking.phone_numbers import validate_phone
from booking.services.logins import logins_for
from saas.core.money import format_amount, format_money, parse_money
from tenants.models import Tenant, User

EMAIL = _("Enter an e-mail address such as ana@example.com.")
NAME = _("Enter a name.")
MINUTES = _("Enter between 5 minutes and 1440, which is 24 hours.")
TOO_LONG = _("Use at most %(limit_value)d characters.")


class MoneyField(forms.CharField):
    """An amount as people type it; cleaned, it is an integer of minor units of `currency`."""

    currency = ""

    def prepare_value(self, value: Any) -> Any:
        return format_amount(value, self.currency) if isinstance(value, int) else value

    def clean(self, value: Any) -> int:
        try:
            amount = parse_money(super().clean(value), self.currency)
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


class StaffForm(RowForm):
    class Meta:
        model = Staff
        fields = ["name", "title", "email", "phone", "user"]
        error_messages = {
            "name": {"required": NAME},
            "email": {"invalid": EMAIL},
            "user": {"invalid_choice": _("This login is not free any more. Choose another.")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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


class ServiceForm(RowForm):
    price = MoneyField(
        label=_("Price"),
        max_length=40,
        error_messages={"required": _("Enter a price. Zero is fine for a free service.")},
    )

    class Meta:
        model = Service
        fields = ["name", "category", "minutes", "price", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        error_messages = {
            "name": {"required": NAME},
            "category": {
                "invalid_choice": _("That category is not there any more. Choose another.")
            },
            "minutes": dict.fromkeys(("required", "invalid", "min_value", "max_value"), MINUTES),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = self.tenant.platform_settings.currency
        self.fields["price"].currency = self.currency  # type: ignore[attr-defined]
        if not self.tenant.entitlements.can("services.categories"):
            del self.fields["category"]  # what a service has stays, and is not shown
        else:
            self.fields["category"].empty_label = _("No category")  # type: ignore[attr-defined]


class ExtraForm(RowForm):
    price = MoneyField(
        label=_("Price"),
        max_length=40,
        error_messages={"required": _("Enter a price. Zero is fine for a free extra.")},
    )

    class Meta:
        model = ServiceExtra
        fields = ["service", "name", "price", "minutes"]
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
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = self.tenant.platform_settings.currency
        self.fields["price"].currency = self.currency  # type: ignore[attr-defined]
        if self.instance.pk:
            del self.fields["service"]
        else:
            self.fields["service"].queryset = Service.objects.order_by(Lower("name"), "pk")  # type: ignore[attr-defined]
            self.fields["service"].empty_label = _("Choose a service")  # type: ignore[attr-defined]


class CategoryForm(RowForm):
    class Meta:
        model = ServiceCategory
        fields = ["name", "order_number"]
        help_texts = {"order_number": _("Lower numbers stand further up.")}
        error_messages = {
            "name": {"required": NAME},
            "order_number": dict.fromkeys(
                ("required", "invalid", "min_value", "max_value"),
                _("Enter a whole number from 0 to 32767."),
            ),
        }
