"""The picture of a service on the public page. Each function needs `services.edit` in the plan."""

from datetime import datetime
from typing import IO

from booking.models import Picture, Service
from booking.selectors import find_row
from booking.services.pictures import forget_picture, store_picture
from booking.services.resources import allowed
from tenants.models import Tenant

SIDE = 192
"""Pixels: three for each that a phone shows, and about 5 KB, so that a list of services stays light."""


def set_picture(tenant: Tenant, pk: int, file: IO[bytes], *, now: datetime) -> Service:
    """Show the picture in `file` beside the service. Raises CapabilityMissing, NotHere, BadPicture."""
    with allowed(tenant, "services.edit"):
        row = find_row(Service, pk)
        return _put(row, store_picture(file, most_side=SIDE, now=now))


def remove_picture(tenant: Tenant, pk: int) -> Service:
    """Show none; nothing happens where there is none. Raises CapabilityMissing, NotHere."""
    with allowed(tenant, "services.edit"):
        return _put(find_row(Service, pk), None)


def _put(row: Service, picture: Picture | None) -> Service:
    before, row.picture = row.picture, picture
    row.save(update_fields=["picture"])
    if before != picture:
        forget_picture(before)
    return row
