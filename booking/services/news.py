"""Consent to news and offers is taken back by whoever gave it: by the private link, by STOP, by an e-mail's link."""

from datetime import datetime

from django.db.models.functions import Lower

from booking.models import Customer
from booking.models.search import phone_key
from booking.services.resources import locked
from booking.services.stops import addresses_of
from tenants.models import Tenant
from workflows.channels.catalogue import EMAIL

MOST = 50
"""With the same address that are looked at."""


def take_back_news(tenant: Tenant, customer_id: int, *, now: datetime) -> None:
    """That customer wants no news any more, since `now`; nothing happens where it is so already."""
    with locked(tenant):
        _take_back([customer_id], now)


def take_back_news_at(tenant: Tenant, channel: str, address: str, *, now: datetime) -> None:
    """Whoever is reached at `address` (normal form) over `channel` has asked for no more: they want no news either."""
    with locked(tenant):
        here = Customer.objects.listed().filter(wants_news=True).alias(small=Lower("email"))
        if channel == EMAIL:
            found = here.exclude(email="").filter(small=address.lower())
        else:
            key = phone_key(address)
            found = here.exclude(phone_key="").filter(phone_key=key)
        theirs = [one.pk for one in found[:MOST] if (channel, address) in addresses_of(tenant, one)]
        _take_back(theirs, now)


def _take_back(keys: list[int], now: datetime) -> None:
    agreed = Customer.objects.filter(pk__in=keys, wants_news=True)
    agreed.update(wants_news=False, consent_at=now, consent_words="")
