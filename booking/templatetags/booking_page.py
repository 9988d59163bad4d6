"""The template tags of the booking page (`{% load booking_page %}`). All of them speak for the page's `shop`."""

from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from booking.models.base import duration_text
from booking.page.shop import Shop

register = template.Library()


def _shop(context: template.Context) -> Shop:
    shop: Shop = context["shop"]
    return shop


@register.simple_tag(takes_context=True)
def say(context: template.Context, key: str, **values: Any) -> str:
    """`{% say "details.book" time=time %}`: the text of the page, in the reader's language."""
    return _shop(context).say(key, **values)


@register.simple_tag(takes_context=True)
def when(context: template.Context, instant: datetime, *, inside: bool = False) -> str:
    """`Tuesday 24 November, 10:30`; `inside` a sentence it has no capital where the language writes none."""
    text = _shop(context).writer.when(instant)
    return text if inside else text[:1].upper() + text[1:]


@register.simple_tag(takes_context=True)
def price(context: template.Context, amount: int, *, short: bool = False) -> str:
    """`€38.00`; what costs nothing says so."""
    shop = _shop(context)
    return shop.writer.money(amount, short=short) if amount else shop.say("home.free")


@register.filter
def duration(minutes: int) -> str:
    return duration_text(minutes)


@register.simple_tag(takes_context=True)
def phone_app(context: template.Context) -> SafeString:
    """What makes the panel installable, in its head; nothing where the plan has no mobile app."""
    tenant = context["request"].tenant
    if not tenant or not tenant.entitlements.can("mobile_app"):
        return mark_safe("")
    return format_html(
        '<link rel="manifest" href="{}"><link rel="apple-touch-icon" href="{}">',
        reverse("booking:phone_manifest"),
        reverse("booking:phone_icon", args=[180]),
    )
