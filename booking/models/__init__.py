"""The tenant's business, in the tenant's own schema.

No row here refers to a public one by a database constraint.
"""

from booking.models.appointments import FLOW, STAFF_ONCE, Appointment, Status
from booking.models.base import IN_USE, MAX_PRICE, PAUSED, SWITCHED_OFF, Counted, Pausable
from booking.models.people import Customer, Location, Staff
from booking.models.services import LONGEST, SHORTEST, Service, ServiceCategory, ServiceExtra

__all__ = [
    "FLOW",
    "IN_USE",
    "LONGEST",
    "MAX_PRICE",
    "PAUSED",
    "SHORTEST",
    "STAFF_ONCE",
    "SWITCHED_OFF",
    "Appointment",
    "Counted",
    "Customer",
    "Location",
    "Pausable",
    "Service",
    "ServiceCategory",
    "ServiceExtra",
    "Staff",
    "Status",
]
