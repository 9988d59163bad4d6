"""Send an e-mail: a subject, a body that may be rich, a plain text made of it, and the appointment as a file."""

import base64
from collections.abc import Sequence
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from saas.core.richtext import clean_html, safe_html
from workflows import merge, stopping
from workflows.actions.base import ActionKind, Case, NothingToDo, Settings
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
    if not body:
        raise NothingToDo(_("Nothing would stand in it: what fills its fields is empty."))
    more: dict[str, Any] = {}
    if settings.get("attach_calendar") and case.facts.calendar:
        more["attachments"] = [_calendar(case.facts.calendar())]
    return [
        Message(
            key=f"{case.key}:{number}",
            channel=EMAIL,
            address=target.address,
            name=target.person.name[:120],
            person=target.person.ref,
            text=as_text(body),
            content={**mail(case, target, subject, body), **more},
        )
        for number, target in enumerate(targets(case, CHANNEL, settings), 1)
    ]


def mail(case: Case, target: Target, subject: str, body: SafeString) -> dict[str, Any]:
    """The content of an e-mail to `target` around `body`, which is clean HTML.

    A customer, and nobody else, finds a link in it by which no more of them come.
    """
    shown = appearance(case)
    stop_url = ""
    if case.tenant and target.person.ref.startswith("customer:"):
        stop_url = stopping.stop_url(case.tenant, EMAIL, target.address)
    words = {
        "subject": subject,
        "body": body,
        "sender": shown.get("sender_name", ""),
        "stop_url": stop_url,
    }
    html = render_to_string("workflows/mail/message.html", words)
    return {**shown, "subject": subject, "html": html, "unsubscribe_url": stop_url}


def appearance(case: Case) -> dict[str, Any]:
    """Who writes, and where answers go."""
    if case.tenant is None:
        return {}
    chosen = messaging_of(case.tenant)
    return {
        "sender_name": merge.one_line(chosen.sender_name or case.tenant.name),
        "reply_to": chosen.reply_to,
    }


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
