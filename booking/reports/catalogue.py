"""Which reports there are, in their order: what each is called, how it can be narrowed and how it is made."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from booking.reports import bookings, customers, messages, no_shows, occupancy, revenue
from booking.reports.sheets import Sheet
from booking.reports.spans import Choice
from booking.reports.tallies import Question
from saas.core.errors import Sentence
from tenants.models import Tenant


@dataclass(frozen=True)
class Asked:
    """Everything that a report is asked with."""

    tenant: Tenant
    question: Question
    choice: Choice
    now: datetime


@dataclass(frozen=True)
class Report:
    """`narrowed_by`: staff, location. `capability`: a feature that it is about, which the plan must have as well."""

    key: str
    title: Sentence
    text: Sentence
    icon: str
    load: Callable[[Asked], Sheet]
    narrowed_by: tuple[str, ...] = ()
    capability: str = ""


REPORTS = {
    one.key: one
    for one in (
        Report(
            "bookings",
            _("Bookings"),
            _("How many appointments there were, and what became of them."),
            "calendar-check",
            lambda asked: bookings.sheet(asked.question, asked.choice),
            ("staff", "location"),
        ),
        Report(
            "revenue",
            _("Revenue"),
            _("What those who came have brought in, by service and by staff."),
            "banknote",
            lambda asked: revenue.sheet(asked.question, asked.choice),
            ("staff", "location"),
        ),
        Report(
            "occupancy",
            _("Occupancy"),
            _("How much of everybody’s working time was booked."),
            "clock",
            lambda asked: occupancy.sheet(asked.tenant, asked.question, asked.choice),
            ("staff", "location"),
        ),
        Report(
            "customers",
            _("New and returning"),
            _("Who came for the first time, and who came back."),
            "users",
            lambda asked: customers.sheet(asked.question, asked.choice),
        ),
        Report(
            "no-shows",
            _("No-shows"),
            _("Who did not come, and what that cost."),
            "user-x",
            lambda asked: no_shows.sheet(asked.question, asked.choice),
            ("staff", "location"),
        ),
        Report(
            "messages",
            _("Message use"),
            _("What was sent over which channel, and what is left."),
            "messages-square",
            lambda asked: messages.sheet(asked.tenant, asked.choice, asked.now),
            capability="workflows",
        ),
    )
}


def offered(tenant: Tenant) -> list[Report]:
    can = tenant.entitlements.can
    return [one for one in REPORTS.values() if not one.capability or can(one.capability)]
