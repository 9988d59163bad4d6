"""Phone numbers as people write them, and as carriers want them: +351912345678 (E.164)."""

from functools import lru_cache

import phonenumbers
from babel.core import get_global

from tenants.models import Tenant
from workflows.models import MessagingSettings


@lru_cache(maxsize=4096)
def normal(raw: str, country: str = "") -> str | None:
    """E.164; None for what is no number that can be. `country` is that of numbers without +, such as “PT”."""
    try:
        found = phonenumbers.parse(raw, country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(found):
        return None
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def readable(number: str) -> str:
    """“+351 912 345 678”; what is no number stays as it is."""
    try:
        found = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def country_of(tenant: Tenant) -> str:
    """The country of the tenant's numbers: as it has said, else where its time zone lies; "" for UTC. One query."""
    return country_in(tenant, MessagingSettings.objects.filter(tenant=tenant).first())


def country_in(tenant: Tenant, settings: MessagingSettings | None) -> str:
    """The same for whoever has the settings. No query."""
    if settings and settings.country:
        return settings.country
    return _country_of_zone(tenant.time_zone)


def _country_of_zone(time_zone: str) -> str:
    found = get_global("zone_territories").get(time_zone, "")
    return found if len(found) == 2 else ""
