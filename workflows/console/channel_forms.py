"""What the owner enters of a channel: who carries it, where a test goes, and the texts that Meta has approved."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables

from billing.key_inputs import KeyInput
from saas.core.errors import Sentence
from saas.core.versioned_form import VersionedForm
from saas.core.versions import ChangedMeanwhile
from tenants.forms import OneLine
from tenants.models import User
from workflows.channels import phones
from workflows.channels.catalogue import EMAIL
from workflows.models import ApprovedTemplate, ChannelSettings
from workflows.services.approved_templates import FIELDS, LONGEST, Text, save_template
from workflows.services.channels import LONGEST_VALUE, Field, Setup, save_setup

PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


class CarrierForm(VersionedForm):
    """The fields of one driver. A secret that is stored is never filled in; an empty input keeps it."""

    def __init__(self, data: QueryDict | None = None, *, setup: Setup) -> None:
        if setup.kind is None:
            raise ValueError("Without a driver there is nothing to enter.")
        self.setup, self.kind, self.version = setup, setup.kind, setup.version
        super().__init__(data, initial=dict(setup.plain))
        for one in self.kind.fields:
            self.fields[one.name] = _input(one, is_stored=one.name in setup.stored)

    @property
    def inputs(self) -> list[tuple[forms.BoundField, bool]]:
        """Each with whether it may stay empty."""
        return [(self[one.name], not one.is_required) for one in self.kind.fields]

    @property
    def has_lost_keys(self) -> bool:
        """Whether secrets were typed that the page does not show again, though nothing was stored."""
        return self.is_bound and any(
            self.data.get(one.name) for one in self.kind.fields if one.is_secret
        )

    @sensitive_variables()
    def save(self, by: User, now: datetime) -> ChannelSettings | None:
        """The channel as stored; None when it could not be: then the form says why."""
        try:
            return save_setup(
                self.setup.channel,
                self.kind.key,
                self.cleaned_data,
                by=by,
                now=now,
                seen=self.was_seen,
            )
        except ChangedMeanwhile:
            self.conflict = True
        except ValidationError as error:
            for name, errors in error.error_dict.items():
                self.add_error(name, errors)
        return None


class TestForm(forms.Form):
    """Where a test message goes: an e-mail address, or a number in the form that carriers want."""

    to = OneLine(max_length=320)

    def __init__(self, data: QueryDict | None = None, *, channel: str, person: User) -> None:
        self.channel = channel
        is_email = channel == EMAIL
        super().__init__(data, initial={"to": person.email if is_email else ""})
        field = self.fields["to"]
        field.label = _("E-mail address") if is_email else _("Phone number")
        field.help_text = "" if is_email else _("With + and the country code.")
        field.error_messages["required"] = _("Enter where the test goes.")
        kind = {"type": "email", "autocomplete": "email"} if is_email else {"type": "tel"}
        field.widget = forms.TextInput(attrs={**kind, "maxlength": 320})
        field.widget.input_type = kind["type"]

    def clean_to(self) -> str:
        typed: str = self.cleaned_data["to"]
        if self.channel == EMAIL:
            return str(forms.EmailField().clean(typed))
        if number := phones.normal(typed):
            return number
        raise ValidationError(_("Enter a phone number with + and the country code."))


class TemplateForm(forms.Form):
    """One approved text, as Meta or Twilio shows it."""

    name = OneLine(
        label=gettext_lazy("Name"),
        max_length=120,
        widget=forms.TextInput(attrs={**PLAIN, "class": "code"}),
        help_text=gettext_lazy("As it is called at Meta."),
    )
    language = OneLine(
        label=gettext_lazy("Language"),
        max_length=10,
        initial="en",
        widget=forms.TextInput(attrs={**PLAIN, "class": "code"}),
        help_text=gettext_lazy("Such as en, en_US or pt_PT."),
    )
    body = forms.CharField(
        label=gettext_lazy("Text"),
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": LONGEST}),
        help_text=gettext_lazy(
            "Exactly as it was approved, with {{1}}, {{2}} … where workflows fill something in."
        ),
    )
    provider_name = OneLine(
        label=gettext_lazy("Twilio’s id"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={**PLAIN, "class": "code"}),
        help_text=gettext_lazy("Begins with HX. Only where Twilio carries WhatsApp."),
    )
    is_active = forms.BooleanField(
        label=gettext_lazy("In use"),
        required=False,
        initial=True,
        help_text=gettext_lazy(
            "Off: nobody can choose it, and workflows that use it send nothing by WhatsApp."
        ),
    )

    def __init__(
        self, data: QueryDict | None = None, *, template: ApprovedTemplate | None = None
    ) -> None:
        self.template = template
        known = {name: getattr(template, name) for name in FIELDS} if template else None
        super().__init__(data, initial=known)

    def clean_body(self) -> str:
        """Line ends as we write them; empty lines stay, for they were approved."""
        body: str = self.cleaned_data["body"]
        return body.replace("\r\n", "\n")

    def save(self, *, by: User) -> ApprovedTemplate | None:
        """The text as stored; None when it could not be: then the form says why."""
        pk = self.template.pk if self.template else None
        try:
            return save_template(Text(**self.cleaned_data), pk=pk, by=by)
        except ValidationError as error:
            for name, errors in error.error_dict.items():
                self.add_error(name, errors)
        return None


def _input(one: Field, *, is_stored: bool) -> forms.Field:
    """What is entered is judged by the service: here stands how it is asked for."""
    asked: dict[str, Any] = {"label": str(one.label), "required": False, "help_text": one.help}
    if one.choices:
        return forms.ChoiceField(**asked, choices=one.choices)
    if one.is_secret:
        asked["help_text"] = _told(one.help, is_stored=is_stored)
        widget: forms.TextInput = KeyInput(attrs={**PLAIN, "class": "code"})
    else:
        widget = forms.TextInput(attrs=PLAIN)
    return forms.CharField(**asked, max_length=LONGEST_VALUE, widget=widget)


def _told(help_text: Sentence, *, is_stored: bool) -> str:
    stored = _("Stored. Leave this empty to keep it.") if is_stored else ""
    return " ".join(filter(None, (stored, str(help_text))))
