"""Send an SMS. What it costs is counted in segments (decision D12)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import linebreaks
from django.utils.translation import gettext_lazy as _

from workflows import merge
from workflows.actions.base import ActionKind, Case, Settings
from workflows.actions.email import appearance, wrapped
from workflows.actions.forms import SendForm, WhenEmptyField, composer, form_for
from workflows.actions.recipients import Target, targets
from workflows.channels.catalogue import CHANNELS, SMS, normal_email
from workflows.channels.units import MOST_UNITS, count
from workflows.models import Message

CHANNEL = CHANNELS[SMS]
MOST = 1530
"""Ten segments of 153."""


class SmsForm(SendForm):
    body = forms.CharField(
        label=_("Message"),
        max_length=MOST,
        widget=forms.Textarea(attrs=composer(CHANNEL, rows="4")),
        error_messages={
            "required": _("Write what it says."),
            "max_length": _(
                "That is too long for an SMS: %(show_value)d characters, at most %(limit_value)d."
            ),
        },
    )
    when_empty = WhenEmptyField()

    def clean_body(self) -> str:
        body = self.check_fields("body")
        units = count(merge.render(body, self.event.fields)).units
        if units > MOST_UNITS:
            raise forms.ValidationError(
                _("That would be %(units)s SMS in one. At most %(most)s can be joined."),
                params={"units": units, "most": MOST_UNITS},
            )
        return body


def draft(case: Case, settings: Settings) -> Sequence[Message]:
    """One SMS to each recipient. Raises NothingToDo."""
    text = merge.render(settings["body"], case.facts.fields).strip()
    return [
        Message(
            key=f"{case.key}:{number}",
            channel=SMS,
            address=target.address,
            name=target.person.name[:120],
            person=target.person.ref,
            text=text,
            content=instead(case, settings, target, text),
            units=count(text).units,
        )
        for number, target in enumerate(targets(case, CHANNEL, settings), 1)
    ]


def instead(case: Case, settings: Settings, target: Target, text: str) -> dict[str, Any]:
    """The e-mail that leaves in its place when nothing is left to pay for it, where that is wanted and can be."""
    address = normal_email(target.person.email) if settings.get("when_empty") == "email" else None
    if address is None or case.facts.channel == "email":
        return {}
    shown = appearance(case)
    body = linebreaks(text, autoescape=True)
    return {
        "instead": {
            "channel": "email",
            "address": address,
            "text": text,
            "content": {
                **shown,
                "subject": merge.one_line(str(case.tenant or case.event.label)),
                "html": wrapped(body, sender=shown.get("sender_name", "")),
            },
        }
    }


KIND = ActionKind(
    key=SMS,
    label=_("Send an SMS"),
    icon=CHANNEL.icon,
    form=form_for(SmsForm, CHANNEL),
    capability=CHANNEL.capability,
    channel=SMS,
    draft=draft,
)
