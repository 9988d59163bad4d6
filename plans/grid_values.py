"""The single values of a grid file, read strictly. Each function raises ValidationError with one sentence."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from plans.models import MAX_PRICE
from saas.core.money import decimals, format_money

CUSTOM = "custom"
MAX_DESCRIPTION = 5000


def text(value: Any) -> str:
    """One line of text, without space around it."""
    if not isinstance(value, str) or not value.isprintable():
        raise ValidationError(_("This must be text, in one line."))
    return value.strip()


def rich_text(value: Any) -> str:
    """Text of several lines, with nothing in it that a database cannot store."""
    if not isinstance(value, str) or not value.replace("\n", " ").isprintable():
        raise ValidationError(_("This must be text."))
    if len(value) > MAX_DESCRIPTION:
        raise ValidationError(_("This has at most %s characters.") % MAX_DESCRIPTION)
    return value


def whole(value: Any) -> int:
    """Nothing but this kind of value is taken for it."""
    if type(value) is not int:
        raise ValidationError(_("This must be a whole number."))
    return value


def flag(value: Any) -> bool:
    """Nothing but this kind of value is taken for it."""
    if not isinstance(value, bool):
        raise ValidationError(_("This must be true or false."))
    return value


def figure(value: Any) -> Decimal:
    """A number as it is written, without what binary fractions add."""
    if type(value) not in {int, float}:
        raise ValidationError(_("This must be a number."))
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValidationError(_("This must be a number."))
    return number


def minor_units(value: Any, currency: str) -> int | None:
    """A price in minor units of `currency`; None for one that is agreed with each tenant."""
    if value == CUSTOM:
        return None
    try:
        amount = figure(value).scaleb(decimals(currency))
    except (ValidationError, InvalidOperation):
        raise ValidationError(_("This must be a price of 0 or more, or “custom”.")) from None
    if not 0 <= amount <= MAX_PRICE:
        most = format_money(MAX_PRICE, currency)
        raise ValidationError(_("This must be a price of 0 to %s, or “custom”.") % most)
    if amount != int(amount):
        told = {"currency": currency, "places": decimals(currency)}
        raise ValidationError(_("%(currency)s has at most %(places)s decimals.") % told)
    return int(amount)
