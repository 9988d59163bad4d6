"""What the home page proposes: the steps of the first days, and afterwards what may be added now."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from plans.entitlements import UsageLine
from saas.core.errors import Sentence
from tenants.models import Tenant


@dataclass(frozen=True)
class Step:
    """One thing to do. `key` is the limit whose count says whether it was ever done.

    `again` is what it is called from the second time on; `why` says what it is good for.
    """

    label: Sentence
    view: str = ""
    key: str = ""
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


def first_steps(tenant: Tenant, usage: list[UsageLine]) -> list[Step]:
    """What is done and what is not, from the counts in `usage`; nothing once the page can be shared.

    No query of its own. Only what the plan lets the tenant do is asked of it.
    """
    lines = {line.limit.key: line for line in usage if line.ceiling}
    steps = [
        replace(step, done=lines[step.key].used > 0) for step in _possible(tenant, STEPS, lines)
    ]
    if all(step.done for step in steps):
        return []
    can_share = tenant.entitlements.can("booking_page")
    share = [Step(_("Share your page"), view="booking:public")] if can_share else []
    return [Step(_("Create your account"), done=True), *steps, *share]


def next_additions(tenant: Tenant, usage: list[UsageLine]) -> list[Step]:
    """What may be added now: the plan has the feature, and room. No query of its own."""
    lines = {line.limit.key: line for line in usage if line.has_room}
    return _possible(tenant, (*MORE[:1], *STEPS, *MORE[1:]), lines)


def _possible(tenant: Tenant, steps: Iterable[Step], lines: dict[str, UsageLine]) -> list[Step]:
    can = tenant.entitlements.can
    return [step for step in steps if step.key in lines and can(f"{step.key}.add")]
