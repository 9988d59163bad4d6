"""Send an SMS. What it costs is counted in segments (decision D12)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import linebreaks
from django.utils.translation import gettext_lazy as _

from saas.core.richtext import safe_html
from workflows import merge
from workflows.actions.base import ActionKind, Case, NothingToDo, Settings
from workflows.actions.email import mail
from workflows.actions.forms import SendForm, WhenEmptyField, composer, form_for
from workflows.actions.recipients import Target, targets
from workflows.channels.catalogue import CHANNELS, EMAIL, SMS, normal_email
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
        units = count(merge.as_text(body, self.event.fields)).units
        if units > MOST_UNITS:
            raise forms.ValidationError(
                _("That would be %(units)s SMS in one. At most %(most)s can be joined."),
                params={"units": units, "most": MOST_UNITS},
            )
        return body


def draft(case: Case, settings: Settings) -> Sequence[Message]:
    """One SMS to each recipient. Raises NothingToDo."""
    text = merge.as_text(settings["body"], case.facts.fields)
    units = count(text).units
    if not text:
        raise NothingToDo(_("Nothing would stand in it: what fills its fields is empty."))
    if units > MOST_UNITS:
        sentence = _(
            "With its fields filled it would be %(units)s SMS. At most %(most)s can be joined."
        )
        raise NothingToDo(sentence % {"units": units, "most": MOST_UNITS})
    return [
        Message(
            key=f"{case.key}:{number}",
            channel=SMS,
            address=target.address,
            name=target.person.name[:120],
            person=target.person.ref,
            text=text,
            content=instead(case, settings, target, text),
            units=units,
        )
        for number, target in enumerate(targets(case, CHANNEL, settings), 1)
    ]


def instead(case: Case, settings: Settings, target: Target, text: str) -> dict[str, Any]:
    """The e-mail that leaves in its place when nothing is left to pay for it, where that is wanted and can be."""
    address = normal_email(target.person.email) if settings.get("when_empty") == EMAIL else None
    if address is None or case.facts.channel == EMAIL:
        return {}
    subject = merge.one_line(case.tenant.name if case.tenant else str(case.event.label))
    body = safe_html(linebreaks(text, autoescape=True))
    content = mail(case, Target(address, target.person), subject, body)
    return {
        "instead": {"channel": EMAIL, "address": address, "text": text, "content": content},
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
