"""The tenant's business, in the tenant's own schema.

No row here refers to a public one by a database constraint.
"""

from booking.models.appointments import (
    FLOW,
    STAFF_ONCE,
    UNPAID,
    VISITED,
    Appointment,
    AppointmentExtra,
    AppointmentQuerySet,
    Source,
    Status,
)
from booking.models.base import IN_USE, MAX_PRICE, PAUSED, SWITCHED_OFF, Counted, Pausable
from booking.models.customers import (
    DistinctCustomers,
    ImportRefusal,
    ImportRun,
    ImportState,
    MergedCustomer,
)
from booking.models.deposits import (
    DepositPayment,
    DepositPaymentQuerySet,
    DepositRefund,
    DepositState,
    PaymentAccount,
    RefundReason,
)
from booking.models.history import AppointmentEntry, By
from booking.models.hours import DAY, SpecialHours, TimeOff, WorkingHours
from booking.models.page import STEPS, BookingRules, PanelText
from booking.models.people import LISTED, NO_CONTACT, Customer, CustomerQuerySet, Location, Staff
from booking.models.pictures import Picture
from booking.models.services import (
    LONGEST,
    LONGEST_BUFFER,
    MOST_OF_ONE,
    MOST_PEOPLE,
    SHORTEST,
    Deposit,
    Service,
    ServiceCategory,
    ServiceExtra,
)

__all__ = [
    "DAY",
    "FLOW",
    "IN_USE",
    "LISTED",
    "LONGEST",
    "LONGEST_BUFFER",
    "MAX_PRICE",
    "MOST_OF_ONE",
    "MOST_PEOPLE",
    "NO_CONTACT",
    "PAUSED",
    "SHORTEST",
    "STAFF_ONCE",
    "STEPS",
    "SWITCHED_OFF",
    "UNPAID",
    "VISITED",
    "Appointment",
    "AppointmentEntry",
    "AppointmentExtra",
    "AppointmentQuerySet",
    "BookingRules",
    "By",
    "Counted",
    "Customer",
    "CustomerQuerySet",
    "Deposit",
    "DepositPayment",
    "DepositPaymentQuerySet",
    "DepositRefund",
    "DepositState",
    "DistinctCustomers",
    "ImportRefusal",
    "ImportRun",
    "ImportState",
    "Location",
    "MergedCustomer",
    "PanelText",
    "Pausable",
    "PaymentAccount",
    "Picture",
    "RefundReason",
    "Service",
    "ServiceCategory",
    "ServiceExtra",
    "Source",
    "SpecialHours",
    "Staff",
    "Status",
    "TimeOff",
    "WorkingHours",
]
