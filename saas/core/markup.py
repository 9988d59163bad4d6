"""The smallest pieces of the look, of which a list has several in each row: drawings, states, row menus.

They are written here and not as templates of their own because of that number: filling in a shape is many times
as quick as rendering a template. In templates they are the tags of `templatetags/ui.py`, in Python these functions.
"""

import html
import re
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

NOTHING = SafeString("")
DRAWING = '<svg class="{}" viewBox="0 0 24 24" {}>{}</svg>'
HIDDEN = SafeString('aria-hidden="true"')


def fill(shape: str, *values: object, **named: object) -> SafeString:
    """`shape` with the values in its braces, each escaped unless it is HTML already.

    As Django's `format_html`, and quicker with plain texts. The shape is written in the code, never by people.
    """
    safe = {name: _escaped(value) for name, value in named.items()}
    return SafeString(shape.format(*map(_escaped, values), **safe))


def _escaped(value: Any) -> str:
    if type(value) is SafeString:
        return value
    return html.escape(value) if type(value) is str else conditional_escape(value)


@lru_cache(maxsize=512)
def icon_body(name: str) -> SafeString:
    """The shapes inside Lucide's drawing `name`. Raises IconDoesNotExist."""
    match = re.search(r"<svg[^>]*>(.*)</svg>", lucide(name, size=None), re.DOTALL)
    if match is None:
        raise IconDoesNotExist(name)
    body = re.sub(r"\s*\n\s*", "", match[1]).replace(" />", "/>")
    return mark_safe(body)  # noqa: S308 - Lucide's


def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """The drawing `name`, decoration unless `label` says what it means; `css`: further classes.

    An unknown name raises IconDoesNotExist where UI_STRICT is on, so that a test finds it; else nothing is drawn.
    """
    try:
        if label:
            role = fill('role="img" aria-label="{}"', label)
            return fill(DRAWING, f"icon {css}".strip(), role, icon_body(name))
        return _decoration(name, css)
    except IconDoesNotExist:
        if getattr(settings, "UI_STRICT", True):
            raise
        return NOTHING


@lru_cache(maxsize=512)
def _decoration(name: str, css: str) -> SafeString:
    """It says nothing, so it is the same in every language and for everybody."""
    return fill(DRAWING, f"icon {css}".strip(), HIDDEN, icon_body(name))


def status(text: Any, level: str = "") -> SafeString:
    """A word beside the colour of its `level`: ok, info, warn, bad, none."""
    css = f"status status-{level}" if level else "status"
    return fill('<span class="{}">{}</span>', css, text)


def menu_link(
    url: str,
    label: Any,
    *,
    icon: str = "",
    dialog: bool = False,
    danger: bool = False,
    apart: bool = False,
) -> SafeString:
    """A link in a row menu, with its icon; `dialog`: it opens there; `apart`: a line above it."""
    return fill(
        '<li{}><a href="{}"{}{}>{}{}</a></li>',
        _APART if apart else NOTHING,
        url,
        _DANGER if danger else NOTHING,
        fill(' hx-get="{}" hx-target="#dialog"', url) if dialog else NOTHING,
        _before_word(icon),
        label,
    )


def menu_post(
    url: str,
    label: Any,
    token: str,
    *,
    icon: str = "",
    danger: bool = False,
    apart: bool = False,
    confirm: Any = "",
    htmx: bool = False,
) -> SafeString:
    """A row action that changes something: a form with one button and the CSRF field `token`."""
    asks = "hx-confirm" if htmx else "data-confirm"
    return fill(
        '<li{}><form method="post" action="{}"{}{}>{}<button type="submit"{}>{}{}</button></form></li>',
        _APART if apart else NOTHING,
        url,
        fill(' hx-post="{}" hx-swap="none"', url) if htmx else NOTHING,
        fill(' {}="{}"', asks, confirm) if confirm else NOTHING,
        token,
        _DANGER if danger else NOTHING,
        _before_word(icon),
        label,
    )


ROW_MENU = """
<button class="btn btn-quiet btn-icon"
        type="button"
        popovertarget="menu-{key}"
        aria-label="{label}">{dots}</button>
<ul class="menu" id="menu-{key}" popover aria-label="{label}">
  {items}
</ul>
"""


def row_menu(items: SafeString, key: Any, label: Any = "", of: Any = "") -> SafeString:
    """The ⋯ menu of the row `key` with its `items`; its `label`, or `of` which row it is: “Actions for Team”."""
    label = label or _("Actions for %(name)s") % {"name": of}
    return fill(ROW_MENU, key=key, label=label, dots=icon("ellipsis"), items=items)


_APART, _DANGER = SafeString(' class="apart"'), SafeString(' class="is-danger"')


def _before_word(name: str) -> SafeString:
    return fill("{} ", icon(name)) if name else NOTHING
