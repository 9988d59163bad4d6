"""Send a WhatsApp message: a text that Meta has approved, or, in a conversation of the last 24 hours, any text."""

import json
import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workflows import merge
from workflows.actions.base import ActionKind, Case, NothingToDo, Settings
from workflows.actions.forms import SendForm, WhenEmptyField, composer, form_for, set_choices
from workflows.actions.recipients import targets
from workflows.actions.sms import instead
from workflows.channels.catalogue import CHANNELS, WHATSAPP
from workflows.models import ApprovedTemplate, Message, Workflow

CHANNEL = CHANNELS[WHATSAPP]
PLACE = re.compile(r"\{\{\s*(\d+)\s*\}\}")
MOST = 1024


class WhatsAppForm(SendForm):
    template = forms.ChoiceField(
        label=_("Text"),
        required=False,
        help_text=_("Outside of a conversation only an approved text arrives."),
    )
    parameters = forms.CharField(
        label=_("What fills {{1}}, {{2}} …"),
        required=False,
        max_length=MOST,
        widget=forms.Textarea(attrs=composer(CHANNEL, rows="3")),
        help_text=_("One line for each, in their order."),
    )
    body = forms.CharField(
        label=_("Own text"),
        required=False,
        max_length=MOST,
        widget=forms.Textarea(attrs=composer(CHANNEL, rows="4")),
    )
    when_empty = WhenEmptyField()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.approved = {
            str(one.pk): one for one in ApprovedTemplate.objects.filter(is_active=True)
        }
        own = ("", _("Own text, in a conversation"))
        rest = ((pk, str(one)) for pk, one in self.approved.items())
        set_choices(self.fields["template"], [own, *rest])
        texts = json.dumps({pk: one.body for pk, one in self.approved.items()})
        self.fields["parameters"].widget.attrs["data-approved"] = texts

    def clean_parameters(self) -> str:
        return self.check_fields("parameters")

    def clean_body(self) -> str:
        return self.check_fields("body")

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        chosen = self.approved.get(found.get("template", ""))
        if chosen is None:
            if not found.get("body") and "body" not in self.errors:
                self.add_error("body", _("Write what it says, or choose an approved text."))
            return found
        wanted, given = places(chosen.body), len(found.get("parameters", "").splitlines())
        if wanted != given and "parameters" not in self.errors:
            self.add_error(
                "parameters",
                _("Lines here: %(given)s. This text has places for %(wanted)s.")
                % {"wanted": wanted, "given": given},
            )
        return found


def places(body: str) -> int:
    """How many places an approved text has."""
    return max((int(number) for number in PLACE.findall(body)), default=0)


def filled(body: str, parameters: Sequence[str]) -> str:
    """The approved text as it is read."""

    def value(match: "re.Match[str]") -> str:
        number = int(match[1])
        return parameters[number - 1] if 0 < number <= len(parameters) else ""

    return PLACE.sub(value, body)


def draft(case: Case, settings: Settings) -> Sequence[Message]:
    """One message to each recipient. Raises NothingToDo."""
    text, content = _words(case, settings)
    return [
        Message(
            key=f"{case.key}:{number}",
            channel=WHATSAPP,
            address=target.address,
            name=target.person.name[:120],
            person=target.person.ref,
            text=text,
            content={**content, **instead(case, settings, target, text)},
            units=1,
        )
        for number, target in enumerate(targets(case, CHANNEL, settings), 1)
    ]


def _words(case: Case, settings: Settings) -> tuple[str, dict[str, Any]]:
    fields = case.facts.fields
    if not settings.get("template"):
        text = merge.as_text(settings["body"], fields)
        if not text:
            raise NothingToDo(_("Nothing would stand in it: what fills its fields is empty."))
        return text, {}
    approved = _approved(case.workflow, settings["template"])
    if approved is None:
        raise NothingToDo(_("The approved text that it uses is not there any more."))
    lines = settings.get("parameters", "").splitlines()
    parameters = [as_parameter(merge.render(line, fields)) for line in lines]
    content = {
        "template": approved.name,
        "language": approved.language,
        "provider_name": approved.provider_name,
        "parameters": parameters,
    }
    return filled(approved.body, parameters), content


def as_parameter(text: str) -> str:
    """Meta takes no line break, no tab, no row of spaces, and nothing empty in a place."""
    return " ".join(merge.one_line(text).split()) or "–"


def _approved(workflow: Workflow, pk: str) -> ApprovedTemplate | None:
    """None for one that was taken back; read once for each Workflow object, however many cases it has."""
    kept = workflow.__dict__.setdefault("_approved", {})
    if pk not in kept:
        kept[pk] = ApprovedTemplate.objects.filter(pk=pk, is_active=True).first()
    return kept[pk]


KIND = ActionKind(
    key=WHATSAPP,
    label=_("Send a WhatsApp message"),
    icon=CHANNEL.icon,
    form=form_for(WhatsAppForm, CHANNEL),
    capability=CHANNEL.capability,
    channel=WHATSAPP,
    draft=draft,
)
