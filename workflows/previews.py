"""What the messages of a rule will look like, with the sample values of its event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from saas.core.errors import Sentence
from saas.core.richtext import clean_html
from workflows import merge
from workflows.actions import whatsapp
from workflows.channels import units

if TYPE_CHECKING:
    from workflows.rule_form import RuleForm
    from workflows.rule_parts import ActionPart


@dataclass(frozen=True)
class Preview:
    """`html` is clean; `text` is plain. `units` only where a message is counted in them."""

    number: int
    label: Sentence
    icon: str
    channel: str
    subject: str = ""
    html: str = ""
    text: str = ""
    units: "units.Units | None" = None

    @property
    def is_empty(self) -> bool:
        return not (self.subject or self.html or self.text)


def of(form: "RuleForm") -> list[Preview]:
    """Of every action that writes to somebody, also while it has no words yet."""
    if form.event is None:
        return []
    samples = form.event.fields
    found = (_preview(part, samples) for part in form.actions if part.kind.channel)
    return [one for one in found if one]


def _preview(part: "ActionPart", samples: Mapping[str, str]) -> Preview | None:
    subject, body = _value(part, "subject"), _value(part, "body")
    start = (part.number, part.kind.label, part.kind.icon, part.kind.channel)
    if part.kind.channel == "email":
        html = clean_html(merge.render_html(clean_html(body), samples))
        return Preview(*start, subject=merge.render(subject, samples), html=html)
    if part.kind.channel == "sms":
        text = merge.as_text(body, samples)
        return Preview(*start, text=text, units=units.count(text))
    if part.kind.channel == "whatsapp":
        return Preview(*start, text=_whatsapp(part, body, samples))
    return None


def _whatsapp(part: "ActionPart", body: str, samples: Mapping[str, str]) -> str:
    """The approved text that is chosen, filled line by line, or the text of one's own."""
    approved = part.form.approved.get(_value(part, "template"))
    if approved is None:
        return merge.as_text(body, samples)
    lines = _value(part, "parameters").splitlines()
    return whatsapp.filled(approved.body, [merge.render(line, samples) for line in lines])


def _value(part: "ActionPart", name: str) -> str:
    return str(part.form[name].value() or "") if name in part.form.fields else ""
