"""The template tags of the look: icons, money, figures, fields and menus (`{% load ui %}`)."""

import re
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.template.defaulttags import CsrfTokenNode
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.safestring import SafeString

from saas.core import addresses, markup
from saas.core.money import format_money, format_number
from saas.core.richtext import safe_html

register = template.Library()

NEAR = 0.8  # a limit is near from 80 % on


@register.simple_tag
def icon(name: str, *, label: str = "", **attributes: str) -> SafeString:
    """`{% icon "users" %}`: an outline drawing from Lucide, inlined; `label` says what it means, `class` adds to it."""
    return markup.icon(name, label, attributes.get("class", ""))


@register.simple_tag
def status(text: Any, level: str = "") -> SafeString:
    """`{% status row.state_word row.level %}`: a word beside its colour."""
    return markup.status(text, level)


@register.simple_tag
def row_url(name: str, key: int) -> str:
    """`{% row_url "plans:edit" plan.pk as edit_url %}`: as `url`, for a view that takes one number."""
    return addresses.row_url(name, key)


@register.simple_tag(name="money")
def money_tag(amount_minor: int | None, currency: str, *, short: bool = False) -> str:
    """`{% money plan.monthly_price currency short=True %}`: minor units as `$29`; nothing for None."""
    return "" if amount_minor is None else format_money(amount_minor, currency, short=short)


@register.filter
def money(amount_minor: int | None, currency: str) -> str:
    """`{{ payment.amount|money:payment.currency }}`."""
    return money_tag(amount_minor, currency)


@register.filter
def number(value: Any) -> str:
    """`1284` as `1,284`, grouped as the active language does, with a real minus sign."""
    if value is None or value == "":
        return ""
    return format_number(value)


@register.filter
def signed(value: Any) -> str:
    """A change: `+40`, `−1`, `0`."""
    text = number(value)
    return f"+{text}" if text and value > 0 else text


@register.filter
def initials(text: Any) -> str:
    """Two letters for a mark: `Salon Aurora` is SA, `Ana` is AN."""
    words: list[str] = re.findall(r"\w+", str(text))
    if not words:
        return "?"
    letters = words[0][:2] if len(words) == 1 else words[0][0] + words[-1][0]
    return letters.upper()


@register.filter
def rich(html: str) -> SafeString:
    """Rich text that a person wrote, cleaned for the page."""
    return safe_html(html or "")


@register.filter
def unlimited(limit: Any) -> bool:
    """Whether `limit` is no ceiling at all: not given, or below zero."""
    return limit is None or limit == "" or limit < 0


@register.filter
def meter_state(used: int, limit: Any) -> str:
    """The class of a usage meter: `is-near` from 80 %, `is-full` when nothing is left, else empty.

    A plan that includes none of something is no alarm while nothing of it is used.
    """
    if unlimited(limit) or not (used or limit):
        return ""
    if used >= limit:
        return "is-full"
    return "is-near" if used >= limit * NEAR else ""


@register.simple_tag(takes_context=True)
def again(context: template.Context, block: str) -> str:
    """Render a block of this page a second time: a title stands in `<title>` and in the heading."""
    blocks = context.render_context[BLOCK_CONTEXT_KEY]
    node = blocks.get_block(block)
    return node.render(context) if node else ""


@register.inclusion_tag("ui/field.html")
def field(bound: BoundField, **options: Any) -> dict[str, Any]:
    """`{% field form.name span=6 hint="…" prefix="$" %}`: label, control, hint and error of a form field.

    Options: span (4, 6, 8; else the whole width), label, hint, prefix, suffix, placeholder, optional (says so),
    kind ("checkbox" instead of a switch; "color"; "rich"), on_label (beside a switch whose label stands above), and
    any attribute of the control as attr_<name>: attr_inputmode="decimal", attr_data_slug_from="id_name".
    """
    kind = options.get("kind") or kind_of(bound)
    span = f"span-{options['span']}" if options.get("span") else ""
    css = " ".join(filter(None, ["field", span, "is-wrong" if bound.errors else ""]))
    hint = options.get("hint", bound.help_text)
    base_id = bound.id_for_label or bound.auto_id or bound.html_name
    described = [f"{base_id}_hint"] * bool(hint) + [f"{base_id}_error"] * bool(bound.errors)
    attrs = {
        name[5:].replace("_", "-"): value
        for name, value in options.items()
        if name.startswith("attr_")
    }
    attrs["class"] = (
        f"{class_of(kind, bound, options)} {bound.field.widget.attrs.get('class', '')}".strip()
    )
    if options.get("placeholder"):
        attrs["placeholder"] = options["placeholder"]
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if kind == "switch":
        attrs["role"] = "switch"
    if kind == "choices":
        bound.field.widget.attrs["class"] = attrs["class"]  # its boxes are drawn one by one
    return {
        "bound": bound,
        "kind": kind,
        "label": bound.label,
        **options,
        "hint": hint,
        "css": css,
        "base_id": base_id,
        "described": attrs.get("aria-describedby", ""),
        "control": "" if kind == "choices" else bound.as_widget(attrs=attrs),
    }


def kind_of(bound: BoundField) -> str:
    widget = bound.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "choices"
    if isinstance(widget, forms.CheckboxInput):
        return "switch"
    return "text"


def class_of(kind: str, bound: BoundField, options: dict[str, Any]) -> str:
    widget = bound.field.widget
    if kind in {"switch", "checkbox", "choices"}:
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    figures = (
        isinstance(widget, forms.NumberInput)
        or options.get("prefix")
        or options.get("suffix") == "%"
    )
    return (
        "form-control num"
        if figures
        else "form-control code"
        if kind == "color"
        else "form-control"
    )


@register.simple_tag
def menu_link(url: str, label: str, **options: Any) -> SafeString:
    """A link in a row menu. Options: icon, dialog (opens there), danger, apart (a line above it)."""
    return markup.menu_link(url, label, **options)


@register.simple_tag(takes_context=True)
def menu_post(context: template.Context, url: str, label: str, **options: Any) -> SafeString:
    """A row action that changes something: a form with one button. Options: icon, danger, apart, confirm, htmx."""
    token = SafeString(CsrfTokenNode().render(context))
    return markup.menu_post(url, label, token, **options)


@register.simple_block_tag
def row_menu(content: SafeString, key: Any, label: str = "", of: str = "") -> SafeString:
    """`{% row_menu plan.pk of=plan.name %}…menu_link, menu_post…{% endrow_menu %}`: the ⋯ menu of a row.

    `key` makes its id, unique on the page. What it is called stands in `label`, or it says `of` what it is.
    """
    return markup.row_menu(content, key, label, of)
