"""An audit entry in words: the fields that changed by their names on screen, their values as people say them."""

import re
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from plans.entitlements import UNLIMITED
from plans.registry import registry
from saas.core import audit
from saas.core.audit_values import HIDDEN
from saas.core.models import AuditEntry
from saas.core.richtext import plain_text
from saas.core.templatetags.ui import number

SHORT = 60
"""How many characters of a value stand in the table; the whole text can be unfolded."""
FEW = 4
"""How many changes of one entry stand in the table before the rest is folded."""
TAG = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)
LINE_END = re.compile(r"</(?:p|li)>(?!\s*</)|<br ?/?>", re.IGNORECASE)
DATE, INSTANT = "j M Y", "j M Y, H:i"


@dataclass(frozen=True)
class Line:
    """One field's change. `before` is empty where there was nothing."""

    label: str
    before: str
    after: str

    @property
    def is_long(self) -> bool:
        return max(len(self.before), len(self.after)) > SHORT

    @property
    def short_before(self) -> str:
        return Truncator(self.before).chars(SHORT)

    @property
    def short_after(self) -> str:
        return Truncator(self.after).chars(SHORT)


def lines(entry: AuditEntry) -> list[Line]:
    """What changed, one line for each field, in the order in which the model declares them.

    Postgres keeps the keys of a JSON object in an order of its own.
    """
    kind = entry.subject_kind
    changes = sorted(entry.fields, key=lambda change: _place(kind, change[0]))
    return [_line(kind, *change) for change in changes]


def verb_label(key: str) -> str:
    """The deed as a title; its bare key when the app that brought it is gone."""
    verb = audit.verbs.get(key)
    return str(verb.label) if verb else key


def _line(kind: str, path: str, old: Any, new: Any) -> Line:
    label = _label(kind, path)
    if HIDDEN in (old, new):
        return Line(label, "", _secret(old, new))
    before, after = _words(kind, path, old), _words(kind, path, new)
    if TAG.search(before + after) and _without_tags(before) != _without_tags(after):
        before, after = _without_tags(before), _without_tags(after)
    return Line(label, before, after or _("nothing"))


def _without_tags(html: str) -> str:
    """The words of a rich text, a line for each paragraph and list item."""
    return plain_text(LINE_END.sub("\n", html))


def _secret(old: Any, new: Any) -> str:
    if not old:
        return _("set (not shown)")
    return _("changed (not shown)") if new else _("removed")


def _label(kind: str, path: str) -> str:
    """The field's name on screen: of the model's field, or of what the registry knows below it."""
    name, _dot, key = path.partition(".")
    known: dict[str, Any] = {"capabilities": registry.capabilities, "limits": registry.limits}
    if key and name in known:
        thing = known[name].get(key)
        return str(thing.label) if thing else key
    field = _field(kind, name)
    label = capfirst(str(field.verbose_name) if field else name.replace("_", " "))
    return f"{label}: {key.replace('_', ' ')}" if key else label


def _place(kind: str, path: str) -> tuple[int, str]:
    field = _field(kind, path.partition(".")[0])
    return (field.creation_counter if field else sys.maxsize, path)


def _field(kind: str, name: str) -> "Field[Any, Any] | None":
    try:
        found = apps.get_model(kind)._meta.get_field(name)
    except (LookupError, FieldDoesNotExist):
        return None
    return found if isinstance(found, Field) else None


def _words(kind: str, path: str, value: Any) -> str:
    match value:
        case None | "" | []:
            return ""
        case bool():
            return _("on") if value else _("off")
        case int() | float():
            is_open = path.startswith("limits.") and value == UNLIMITED
            return _("unlimited") if is_open else number(value)
        case list():
            return ", ".join(str(item) for item in value)
    return _text(_field(kind, path), str(value))


def _text(field: "Field[Any, Any] | None", value: str) -> str:
    """A choice by its name, an instant or a day as dates are written here; any other text as it is."""
    if field and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    kind = field.get_internal_type() if field else ""
    if kind == "DateTimeField" and (instant := parse_datetime(value)):
        return _instant(instant)
    if kind == "DateField" and (day := parse_date(value)):
        return date_format(day, DATE)
    return value


def _instant(value: datetime) -> str:
    return date_format(localtime(value) if value.tzinfo else value, INSTANT)
