"""What an owner types about logins, and an invited person about themselves."""

from typing import Any

from allauth.account.fields import PasswordField, SetPasswordField
from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from tenants.forms import OneLine
from tenants.models import Role, Tenant, User
from tenants.services.invitations import Wanted
from tenants.staff_links import free_staff

ABOUT = {
    Role.OWNER: _("Everything, with billing and who logs in"),
    Role.MANAGER: _("Runs the business from day to day, without billing"),
    Role.STAFF: _("Works with appointments, and looks at what managers set up"),
}


def role_choices() -> list[tuple[str, str]]:
    """Each role with a word on what it is for."""
    line = "{}<small>{}</small>"
    return [(role.value, format_html(line, role.label, about)) for role, about in ABOUT.items()]


class RoleForm(forms.Form):
    role = forms.ChoiceField(
        label=_("Role"),
        choices=role_choices,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose a role.")),
    )


class InviteForm(RoleForm):
    """Somebody new. `staff` is asked where there is somebody among the staff who has no login."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("Enter the e-mail address of whom you invite."),
            "invalid": _("Enter an e-mail address such as ana@example.com."),
            "max_length": _("Use at most %(limit_value)d characters."),
        },
    )
    staff = forms.TypedChoiceField(
        label=_("Is this one of your staff?"),
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": _("They have a login already, or are gone.")},
    )
    field_order = ["email", "role", "staff"]

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = free_staff(tenant)
        if people:
            self.fields["staff"].choices = [("", _("No")), *people]  # type: ignore[attr-defined]
        else:
            del self.fields["staff"]

    @property
    def wanted(self) -> Wanted:
        data = self.cleaned_data
        return Wanted(data["email"], data["role"], data.get("staff"))


class JoinForm(forms.Form):
    """The login of somebody who has none yet, by allauth's rules for passwords."""

    name = OneLine(
        label=_("Your name"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your name.")},
    )
    password1 = SetPasswordField(
        label=_("Password"), error_messages={"required": _("Choose a password.")}
    )
    password2 = PasswordField(
        label=_("Password again"),
        autocomplete="new-password",
        error_messages={"required": _("Enter the password a second time.")},
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = User(email=email, name=" ".join(str(self.data.get("name", "")).split())[:80])
        self.fields["password1"].user = person  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        super().clean()
        first, second = (self.cleaned_data.get(name) for name in ("password1", "password2"))
        if first and second and first != second:
            self.add_error("password2", _("This is not the same password."))
        return self.cleaned_data
