"""What passes for a phone number: written as people write them, extension and all, but no nonsense."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from booking.models.search import digits

MOST_DIGITS = 20
"""Fifteen of the number (ITU E.164), and those of an extension."""
FEWEST_DIGITS = 2
NONSENSE = _("Enter a phone number with at most 20 digits, such as +351 912 345 678.")


def validate_phone(phone: str) -> None:
    """Return for what may be a phone number, also for none. Raises ValidationError."""
    if phone and not FEWEST_DIGITS <= len(digits(phone)) <= MOST_DIGITS:
        raise ValidationError(NONSENSE)
