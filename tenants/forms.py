"""What people type to get in: sign-up, another business, their name."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from saas.core import clock
from tenants.models import User
from tenants.services import signup
from tenants.services.addresses import address_problem, suggest_address


class OneLine(forms.CharField):
    """Text on one line: whatever spaces, tabs and line ends were pasted are single spaces afterwards."""

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())


class BusinessFields(forms.Form):
    """A business and its address. An empty address is filled from the name."""

    business_name = OneLine(
        label=_("Name of your business"),
        max_length=80,
        error_messages={"required": _("Enter the name of the business.")},
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    slug = forms.CharField(
        label=_("Your address"),
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug and (problem := address_problem(slug)):
            raise forms.ValidationError(str(problem), code="address")
        return slug

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("slug") == "" and "business_name" in self.cleaned_data:
            self.cleaned_data["slug"] = suggest_address(self.cleaned_data["business_name"])
        return self.cleaned_data


class BusinessForm(BusinessFields):
    """One more business for somebody who has a login."""


class SignupForm(BusinessFields, allauth_forms.SignupForm):
    """A login and its first business, in one transaction."""

    name = OneLine(
        label=_("Your name"),
        max_length=80,
        error_messages={"required": _("Enter your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["business_name", "slug", "name", "email", "password1"]

    def clean(self) -> dict[str, Any]:
        """A second press of the button is no conflict: it ends on the same page as the first."""
        super().clean()
        slug, email = self.data.get("slug", ""), self.cleaned_data.get("email", "")
        if self.has_error("slug") and signup.is_second_press(email, slug, clock.now()):
            del self.errors["slug"]
        return self.cleaned_data

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """The new user, or allauth's answer for an e-mail that has an account, also one made this very moment.

        Raises AddressTaken and SignUpClosed; then nothing is stored.
        """
        try:
            return super().try_save(request)
        except IntegrityError:
            if not User.objects.filter(email=self.cleaned_data["email"]).exists():
                raise
            self.account_already_exists = True
            return super().try_save(request)

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        return super().save(request)

    def custom_signup(self, request: HttpRequest, user: User) -> None:
        signup.open_business(
            user,
            name=self.cleaned_data["business_name"],
            slug=self.cleaned_data["slug"],
            now=clock.now(),
        )


class NameForm(forms.Form):
    name = OneLine(
        label=_("Your name"),
        max_length=80,
        error_messages={"required": _("Enter your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
