"""The template tags of the booking page (`{% load booking_page %}`). All of them speak for the page's `shop`."""

from datetime import datetime
from typing import Any

from django import template

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
def when(context: template.Context, instant: datetime) -> str:
    """`Tuesday 24 November, 10:30`."""
    text = _shop(context).writer.when(instant)
    return text[:1].upper() + text[1:]


@register.simple_tag(takes_context=True)
def price(context: template.Context, amount: int, *, short: bool = False) -> str:
    """`€38.00`; what costs nothing says so."""
    shop = _shop(context)
    return shop.writer.money(amount, short=short) if amount else shop.say("home.free")


@register.filter
def duration(minutes: int) -> str:
    return duration_text(minutes)
