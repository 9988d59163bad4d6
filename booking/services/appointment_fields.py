"""What is given to book an appointment, or to change one. Instants are in UTC, `quantities` by the key of an extra."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Required, TypedDict

from booking.models import Location, Service, ServiceExtra, Staff, Status


class NewAppointment(TypedDict, total=False):
    service: Required[Service]
    staff: Required[Staff]
    starts_at: Required[datetime]
    location: Location | None
    extras: Sequence[ServiceExtra]
    quantities: Mapping[int, int]
    people: int
    status: Status
    note: str


class AppointmentFields(TypedDict, total=False):
    service: Service
    staff: Staff
    location: Location | None
    extras: Sequence[ServiceExtra]
    quantities: Mapping[int, int]
    people: int
    starts_at: datetime
    status: Status
    note: str
