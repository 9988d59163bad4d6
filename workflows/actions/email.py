"""Send an e-mail: a subject, a body that may be rich, a plain text made of it, and the appointment as a file."""

import base64
from collections.abc import Sequence
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from saas.core.richtext import clean_html, safe_html
from workflows import merge
from workflows.actions.base import ActionKind, Case, Settings
from workflows.actions.forms import SendForm, composer, form_for
from workflows.actions.recipients import Target, messaging_of, targets
from workflows.channels.catalogue import CHANNELS, EMAIL
from workflows.mail_text import as_text
from workflows.models import Message

CHANNEL = CHANNELS[EMAIL]
MOST = 20_000


class EmailForm(SendForm):
    subject = forms.CharField(
        label=_("Subject"),
        max_length=150,
        widget=forms.TextInput(attrs=composer(CHANNEL)),
        error_messages={"required": _("Write what it is about.")},
    )
    body = forms.CharField(
        label=_("Message"),
        max_length=MOST,
        widget=forms.Textarea(attrs=composer(CHANNEL, rows="8")),
        error_messages={"required": _("Write what it says.")},
    )
    attach_calendar = forms.BooleanField(
        label=_("Attach the appointment as a calendar file"), required=False
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        if not self.event.has_calendar:
            del self.fields["attach_calendar"]

    def clean_subject(self) -> str:
        subject = self.check_fields("subject")
        if merge.one_line(subject) != subject.strip():
            raise forms.ValidationError(_("A subject is one line, without line breaks."))
        return subject.strip()

    def clean_body(self) -> str:
        self.cleaned_data["body"] = clean_html(self.cleaned_data["body"])
        if not self.cleaned_data["body"]:
            raise forms.ValidationError(_("Write what it says."))
        return self.check_fields("body")


def draft(case: Case, settings: Settings) -> Sequence[Message]:
    """One e-mail to each recipient. Raises NothingToDo."""
    subject = merge.one_line(merge.render(settings["subject"], case.facts.fields))
    body = safe_html(merge.render_html(settings["body"], case.facts.fields))
    content = {"subject": subject, **appearance(case)}
    if settings.get("attach_calendar") and case.facts.calendar:
        content["attachments"] = [_calendar(case.facts.calendar())]
    return [
        _message(case, number, target, body, content)
        for number, target in enumerate(targets(case, CHANNEL, settings), 1)
    ]


def appearance(case: Case) -> dict[str, Any]:
    """Who writes, and where answers go."""
    if case.tenant is None:
        return {}
    chosen = messaging_of(case.tenant)
    return {
        "sender_name": merge.one_line(chosen.sender_name or case.tenant.name),
        "reply_to": chosen.reply_to,
    }


def wrapped(body: str, *, sender: str, stop_url: str = "") -> str:
    """The whole HTML of a message around `body`, which is clean."""
    return render_to_string(
        "workflows/mail/message.html", {"body": body, "sender": sender, "stop_url": stop_url}
    )


def _message(
    case: Case, number: int, target: Target, body: str, content: dict[str, Any]
) -> Message:
    sender = content.get("sender_name", "")
    stop_url = ""
    if case.tenant and target.person.ref.startswith("customer:"):
        from workflows.stopping import stop_url as make_stop_url

        stop_url = make_stop_url(case.tenant, EMAIL, target.address)
    return Message(
        key=f"{case.key}:{number}",
        channel=EMAIL,
        address=target.address,
        name=target.person.name[:120],
        person=target.person.ref,
        text=as_text(body),
        content={
            **content,
            "html": wrapped(body, sender=sender, stop_url=stop_url),
            "unsubscribe_url": stop_url,
        },
        units=1,
    )


def _calendar(ics: bytes) -> dict[str, str]:
    return {
        "name": "appointment.ics",
        "type": "text/calendar; charset=utf-8",
        "base64": base64.b64encode(ics).decode(),
    }


KIND = ActionKind(
    key=EMAIL,
    label=_("Send an e-mail"),
    icon=CHANNEL.icon,
    form=form_for(EmailForm, CHANNEL),
    capability=CHANNEL.capability,
    channel=EMAIL,
    draft=draft,
)
