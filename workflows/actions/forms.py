"""What the forms of the actions that send something have in common."""

import json
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from plans.event_types import PLATFORM, TENANT, EventType
from tenants.models import Tenant
from workflows import merge
from workflows.actions.recipients import FIXED
from workflows.channels import phones
from workflows.channels.catalogue import EMAIL, Channel, normal_email


class SendForm(forms.Form):
    """Whom to write to. `event`, `tenant` and `channel` are the class's own: made by `form_for`."""

    event: EventType
    tenant: Tenant | None
    channel: Channel

    to = forms.ChoiceField(
        label=_("To"), error_messages={"required": _("Choose whom to write to.")}
    )
    address = forms.CharField(label=_("Address"), required=False, max_length=254)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        choices: list[tuple[str, Any]] = [
            (one.key, one.label)
            for one in self.event.recipients
            if self.channel.key in one.channels and self._audience in one.audiences
        ]
        is_mail = self.channel.key == EMAIL
        choices.append((FIXED, _("An address") if is_mail else _("A number")))
        set_choices(self.fields["to"], choices)
        if not is_mail:
            self.fields["address"].label = _("Number")
        for field in self.fields.values():
            if "data-composer" in field.widget.attrs:
                field.widget.attrs |= self._for_script()
        self.fields["address"].help_text = (
            _("One address, such as desk@salon.example.")
            if is_mail
            else _("With its country, such as +351 912 345 678.")
        )

    def _for_script(self) -> dict[str, str]:
        """What static/js/composer.js needs to count and to fill as the server does, and in which words."""
        words = {
            "one": gettext("%(units)s SMS, %(characters)s of %(room)s characters"),
            "many": gettext("%(units)s SMS, %(characters)s characters"),
            "culprit": gettext(
                "“%(culprit)s” makes it longer: without it 160 characters fit, with it 70."
            ),
            "most": gettext("At most %(most)s can be joined."),
            "meter": gettext("Characters used"),
            "insert": gettext("Insert a field"),
            "more": gettext("All fields"),
        }
        samples = {key: str(sample) for key, sample in self.event.fields.items()}
        return {"data-fields": json.dumps(samples), "data-words": json.dumps(words)}

    @property
    def _audience(self) -> str:
        return TENANT if self.tenant else PLATFORM

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("to") != FIXED:
            found["address"] = ""
            return found
        normal = self._normal(found.get("address", ""))
        if normal is None:
            self.add_error("address", self._complaint())
        else:
            found["address"] = normal
        return found

    def _normal(self, raw: str) -> str | None:
        if self.channel.key == EMAIL:
            return normal_email(raw)
        return phones.normal(raw, phones.country_of(self.tenant) if self.tenant else "")

    def _complaint(self) -> Any:
        if self.channel.key == EMAIL:
            return _("Enter one e-mail address.")
        return _("Enter a phone number with its country, such as +351 912 345 678.")

    def check_fields(self, name: str) -> str:
        """The text of the field `name`, in which every merge field is one of the event's."""
        text = self.cleaned_data[name]
        try:
            merge.check(text, self.event.fields)
        except merge.BadTemplate as bad:
            raise forms.ValidationError(str(bad.message)) from bad
        return text


def set_choices(field: forms.Field, choices: Sequence[tuple[str, Any]]) -> None:
    """The choices of a choice field, which are known only when the form is made."""
    cast(forms.ChoiceField, field).choices = choices


class WhenEmptyField(forms.ChoiceField):
    """What becomes of a message that nothing is left to pay for."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            label=_("When nothing is left to pay for it"),
            choices=[
                ("hold", _("Hold it until something is")),
                ("email", _("Send an e-mail instead, where there is an address")),
            ],
            required=False,
            **more,
        )

    def clean(self, value: Any) -> str:
        return super().clean(value) or "hold"


def form_for(base: type[SendForm], channel: Channel) -> Any:
    """A maker of form classes, as `ActionKind.form` wants it."""

    def make(event: EventType, tenant: Tenant | None) -> type[SendForm]:
        name = f"{base.__name__}For{event.key.title().replace('.', '')}"
        return type(name, (base,), {"event": event, "tenant": tenant, "channel": channel})

    return make


def composer(channel: Channel, **attrs: str) -> dict[str, str]:
    """What the composer's script looks for on a field."""
    return {"data-composer": "", "data-channel": channel.key, **attrs}
