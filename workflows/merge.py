"""Fields in messages: `{{ customer.first_name }}` becomes what the event says. Nothing else means anything.

A plain look-up in a mapping: no attributes, no formats, no logic, and never a template engine on what a tenant wrote.
What is put in is not looked at again, so a customer called “{{ x }}” stays that.
"""

import re
from collections.abc import Callable, Collection, Mapping
from difflib import get_close_matches

from django.utils.html import escape
from django.utils.translation import gettext as _

from saas.core.errors import DomainError, Sentence

GAP = r"(?:\s|&nbsp;)*"
"""An editor of rich text writes a space that must not break as “&nbsp;”: to whoever typed it, it is a space."""
FIELD = re.compile(rf"\{{\{{{GAP}([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*){GAP}\}}\}}")
BRACES = re.compile(r"\{\{|\}\}")
MEANT = re.compile(rf"\{{\{{{GAP}([\w.]+(?: [\w.]+)?)")
"""What stands behind two braces and may be meant for a field."""
CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


class BadTemplate(DomainError):
    """A text whose fields cannot be filled, said in one sentence."""

    status = 422

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)


def render(template: str, fields: Mapping[str, str]) -> str:
    """`template` with its fields filled; one that is unknown becomes nothing."""
    return _fill(template, lambda key: fields.get(key, ""))


def as_text(template: str, fields: Mapping[str, str]) -> str:
    """The text of an SMS or a chat: as `render`, its line breaks as one sign each, nothing at either end.

    A browser posts two signs for each line break, and a unit costs.
    """
    return render(template, fields).replace("\r\n", "\n").strip()


def render_html(html: str, fields: Mapping[str, str]) -> str:
    """As `render`, for HTML: what is put in is text, whatever it looks like."""
    return _fill(html, lambda key: escape(fields.get(key, "")))


def one_line(text: str) -> str:
    """`text` on one line: line breaks and control characters become a space, so that no header can be added."""
    return CONTROL.sub(" ", text).strip()


def fields_in(template: str) -> list[str]:
    """The fields, each once, in the order in which they appear."""
    return list(dict.fromkeys(FIELD.findall(template)))


def check(template: str, known: Collection[str]) -> None:
    """Return when every field is known and closed. Raises BadTemplate, with the nearest name where there is one."""
    for key in fields_in(template):
        if key not in known:
            raise BadTemplate(_unknown(key, known))
    rest = FIELD.sub("", template)
    if stray := BRACES.search(rest):
        raise BadTemplate(_stray(rest[stray.start() :], known))


def _unknown(key: str, known: Collection[str]) -> str:
    if near := _nearest(key, known):
        return _("There is no field “%(key)s”. Did you mean “%(near)s”?") % {
            "key": key,
            "near": near,
        }
    return _("There is no field “%(key)s” here.") % {"key": key}


def _stray(rest: str, known: Collection[str]) -> str:
    """About the braces with which `rest` begins."""
    shown = {"text": re.split(r"[\n<]", rest[:24])[0].replace("&nbsp;", " ").strip()}
    meant = MEANT.match(rest)
    if near := _nearest(meant[1], known) if meant else "":
        return _("“%(text)s” is not a field. Did you mean “{{ %(near)s }}”?") % {
            **shown,
            "near": near,
        }
    return _("“%(text)s” is not a field: write {{ name }}, with two braces on both sides.") % shown


def _nearest(key: str, known: Collection[str]) -> str:
    wanted = key[:80].lower().replace(" ", "_")
    return next(iter(get_close_matches(wanted, known, n=1, cutoff=0.5)), "")


def _fill(template: str, value_of: Callable[[str], str]) -> str:
    return FIELD.sub(lambda match: value_of(match[1]), template)
