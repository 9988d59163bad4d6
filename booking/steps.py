"""What the home page proposes: the checklist of a new business, and what may be added on any later day."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from booking.home import Facts
from plans.entitlements import UsageLine
from saas.core.errors import Sentence
from tenants.models import Tenant


@dataclass(frozen=True)
class Step:
    """One thing to do. `key` is the limit whose count says whether it was ever done; or `fact`, the fact that does.
    `needs` is the feature behind it, where it is not the adding of `key`.

    `again` is what it is called from the second time on; `why` says what it is good for.
    """

    label: Sentence
    view: str = ""
    key: str = ""
    fact: str = ""
    needs: str = ""
    icon: str = ""
    text: Sentence = ""
    why: Sentence = ""
    again: Sentence = ""
    done: bool = False

    @property
    def url(self) -> str:
        return reverse(self.view) if self.view else ""


STEPS = (
    Step(
        _("Add your first service"),
        view="booking:service_add",
        key="services",
        icon="scissors",
        text=_("Name, price and how long it takes"),
        why=_("Your public page is empty until then. Tell people what you offer."),
        again=_("Add a service"),
    ),
    Step(
        _("Add your staff"),
        view="booking:staff_add",
        key="staff",
        icon="id-card",
        text=_("Whoever serves your customers"),
        why=_("Whoever serves your customers is shown on your public page, by name."),
        again=_("Add staff"),
    ),
)

HOURS = Step(
    _("Set your opening hours"),
    view="booking:hours",
    fact="has_hours",
    needs="appointments",
    icon="clock",
    text=_("So that customers only see times at which you are there"),
)
LOGO = Step(
    _("Add your logo"),
    view="booking:page_rules",
    fact="has_logo",
    needs="booking_page.upload_logo",
    icon="image",
    text=_("Your booking page then looks like yours"),
)
SHARE = Step(
    _("Share your booking link"),
    view="booking:public",
    fact="was_booked_online",
    needs="booking_page.receive_appointments",
    icon="share-2",
    text=_("Done with the first booking that a customer makes there"),
)

MORE = (
    Step(
        _("New appointment"),
        view="booking:appointment_add",
        key="appointments",
        icon="calendar-check",
        text=_("Who comes when, and to whom"),
        again=_("Book an appointment"),
    ),
    Step(
        _("Add a customer"),
        view="booking:customer_add",
        key="customers",
        icon="users",
        text=_("Name, and how to reach them"),
        again=_("Add a customer"),
    ),
    Step(
        _("Add a location"),
        view="booking:location_add",
        key="locations",
        icon="map-pin",
        text=_("Where your customers come to"),
        again=_("Add a location"),
    ),
)
"""What may be added on any later day, beside STEPS."""


def checklist(tenant: Tenant, usage: list[UsageLine], facts: Facts) -> list[Step]:
    """What a new business has done and has not; nothing once all of it is. Only what the plan has is asked for.

    No query of its own.
    """
    can = tenant.entitlements.can
    lines = {line.limit.key: line for line in usage if line.ceiling}
    counted = [
        replace(step, done=lines[step.key].used > 0) for step in _possible(tenant, STEPS, lines)
    ]
    if not counted:
        return []  # nothing can be offered here
    wanted = [step for step in (HOURS, LOGO, SHARE) if can(step.needs)]
    steps = [*counted, *(replace(step, done=getattr(facts, step.fact)) for step in wanted)]
    if all(step.done for step in steps):
        return []
    return [Step(_("Create your account"), done=True), *steps]


def is_first_day(steps: list[Step]) -> bool:
    """Whether there is nothing yet that could be booked: then the next step is all that the page is about."""
    return any(step.key and not step.done for step in steps)


def next_additions(tenant: Tenant, usage: list[UsageLine]) -> list[Step]:
    """What may be added now: the plan has the feature, and room. No query of its own."""
    lines = {line.limit.key: line for line in usage if line.has_room}
    return _possible(tenant, (*MORE[:1], *STEPS, *MORE[1:]), lines)


def _possible(tenant: Tenant, steps: Iterable[Step], lines: dict[str, UsageLine]) -> list[Step]:
    can = tenant.entitlements.can
    return [step for step in steps if step.key in lines and can(f"{step.key}.add")]
