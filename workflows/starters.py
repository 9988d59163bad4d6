"""Templates to start from in one click: data alone. One whose event, field or channel is not there is not offered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from plans.event_types import PLATFORM, TENANT
from saas.core.errors import Sentence
from tenants.models import Tenant
from workflows import offers
from workflows.actions.base import offered as offered_kinds
from workflows.models import Side, Unit
from workflows.services.rules import Rule


@dataclass(frozen=True)
class Starter:
    """`actions` are ways to do the same, the first that the plan has is taken: {kind: settings}.

    `conditions` are (field, values).
    """

    key: str
    name: Sentence
    text: Sentence
    icon: str
    audience: str
    event: str
    actions: Mapping[str, Mapping[str, Any]]
    conditions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    amount: int = 0
    unit: Unit = Unit.HOURS
    side: Side = Side.BEFORE


def email(to: str, subject: Sentence, body: Sentence, **more: Any) -> dict[str, dict[str, Any]]:
    return {"email": {"to": to, "subject": subject, "body": body, **more}}


def sms(to: str, body: Sentence) -> dict[str, dict[str, Any]]:
    return {"sms": {"to": to, "body": body, "when_empty": "hold"}}


STARTERS = (
    Starter(
        key="remind-customer",
        name=_("Remind the customer the day before"),
        text=_("24 hours before it starts, with the time, the person and the place."),
        icon="bell",
        audience=TENANT,
        event="appointment.starts",
        amount=24,
        actions=sms(
            "customer",
            _(
                "Hi {{ customer.first_name }}, see you on {{ appointment.date }} at "
                "{{ appointment.time }}: {{ service.name }}. {{ business.name }}"
            ),
        )
        | email(
            "customer",
            _("See you on {{ appointment.date }} at {{ appointment.time }}"),
            _(
                "<p>Hi {{ customer.first_name }},</p><p>this is a reminder of your appointment: "
                "<strong>{{ service.name }}</strong> on {{ appointment.date }} at "
                "{{ appointment.time }} with {{ staff.name }}.</p><p>To change or cancel it: "
                "{{ appointment.link }}</p><p>See you soon,<br>"
                "{{ business.name }}</p>"
            ),
            attach_calendar=True,
        ),
    ),
    Starter(
        key="thank-customer",
        name=_("Thank after the visit"),
        text=_("Two hours after an appointment has ended, a few warm words."),
        icon="heart",
        audience=TENANT,
        event="appointment.ends",
        amount=2,
        side=Side.AFTER,
        actions=email(
            "customer",
            _("Thank you for your visit"),
            _(
                "<p>Hi {{ customer.first_name }},</p><p>thank you for coming today. We hope you "
                "enjoyed your {{ service.name }} with {{ staff.name }}, and look forward to seeing "
                "you again: {{ business.url }}</p><p>{{ business.name }}</p>"
            ),
        )
        | sms(
            "customer",
            _(
                "Thank you for your visit, {{ customer.first_name }}! See you again: "
                "{{ business.url }}"
            ),
        ),
    ),
    Starter(
        key="confirm-booking",
        name=_("Confirm a booking"),
        text=_("As soon as it is booked, with an entry for the customer’s calendar."),
        icon="calendar-check",
        audience=TENANT,
        event="appointment.created",
        actions=email(
            "customer",
            _("Your appointment on {{ appointment.date }} at {{ appointment.time }}"),
            _(
                "<p>Hi {{ customer.first_name }},</p><p>your appointment is booked: "
                "<strong>{{ service.name }}</strong> on {{ appointment.date }} at "
                "{{ appointment.time }} with {{ staff.name }}.</p><p>To change or cancel it: "
                "{{ appointment.link }}</p><p>{{ business.name }}<br>"
                "{{ business.url }}</p>"
            ),
            attach_calendar=True,
        )
        | sms(
            "customer",
            _(
                "Your appointment is booked: {{ service.name }} on {{ appointment.date }} at "
                "{{ appointment.time }}. {{ business.name }}"
            ),
        ),
    ),
    Starter(
        key="tell-staff",
        name=_("Tell the staff of a new appointment"),
        text=_("Whoever is booked hears of it at once."),
        icon="user-check",
        audience=TENANT,
        event="appointment.created",
        actions=email(
            "staff",
            _("New appointment on {{ appointment.date }} at {{ appointment.time }}"),
            _(
                "<p>Hi {{ staff.name }},</p><p>{{ customer.name }} has booked "
                "<strong>{{ service.name }}</strong> with you on {{ appointment.date }} at "
                "{{ appointment.time }}.</p>"
            ),
        )
        | sms(
            "staff",
            _(
                "New appointment: {{ customer.name }}, {{ service.name }}, "
                "{{ appointment.date }} {{ appointment.time }}"
            ),
        ),
    ),
    Starter(
        key="sms-run-out",
        name=_("Tell me when SMS credits run out"),
        text=_("An e-mail to the owners on the day when nothing is left."),
        icon="battery-low",
        audience=TENANT,
        event="credits.exhausted",
        conditions=(("channel", ("sms",)),),
        actions=email(
            "owners",
            _("Your SMS credits have run out"),
            _(
                "<p>Hello,</p><p>nothing is left to pay for more {{ channel.name }} messages of "
                "{{ tenant.name }}. Those that are due wait until you send or discard "
                "them.</p><p>Top up or change your plan here: {{ billing.url }}</p>"
            ),
        ),
    ),
    Starter(
        key="welcome-business",
        name=_("Welcome a new business"),
        text=_("A first letter to its owners, with their address."),
        icon="party-popper",
        audience=PLATFORM,
        event="tenant.signed_up",
        actions=email(
            "owners",
            _("Welcome, {{ tenant.name }}"),
            _(
                "<p>Hello,</p><p>{{ tenant.name }} is ready at {{ tenant.url }}. Add your services "
                "and your staff first, and send the address to your customers.</p>"
            ),
        ),
    ),
    Starter(
        key="trial-ends",
        name=_("Trial ends in 3 days"),
        text=_("In time to choose a plan, and without any pressure."),
        icon="hourglass",
        audience=PLATFORM,
        event="tenant.trial_ends",
        amount=3,
        unit=Unit.DAYS,
        actions=email(
            "owners",
            _("Your trial ends on {{ trial.ends_on }}"),
            _(
                "<p>Hello,</p><p>the trial of {{ plan.name }} for {{ tenant.name }} ends on "
                "{{ trial.ends_on }}. Choose a plan until then and nothing changes: "
                "{{ tenant.url }}</p>"
            ),
        ),
    ),
    Starter(
        key="payment-failed",
        name=_("Payment failed"),
        text=_("The owners hear of it while there is still time."),
        icon="credit-card",
        audience=PLATFORM,
        event="billing.payment_failed",
        actions=email(
            "owners",
            _("Your payment did not go through"),
            _(
                "<p>Hello,</p><p>{{ payment.amount }} for {{ payment.title }} of {{ tenant.name }} "
                "could not be collected. Nothing changes for now; please look at your billing "
                "page.</p>"
            ),
        ),
    ),
    Starter(
        key="credits-run-out",
        name=_("Tell me when a business’s credits run out"),
        text=_("An e-mail to the platform’s owners, for a call at the right moment."),
        icon="battery-low",
        audience=PLATFORM,
        event="credits.exhausted",
        actions=email(
            "platform",
            _("{{ tenant.name }} has no {{ channel.name }} credits left"),
            _("<p>{{ tenant.name }} has used up its {{ channel.name }} credits.</p>"),
        ),
    ),
)


def offered(tenant: Tenant | None) -> list[Starter]:
    """Those whose event and at least one of whose channels are there."""
    audience = TENANT if tenant else PLATFORM
    return [one for one in STARTERS if one.audience == audience and kind_of(one, tenant)]


def kind_of(starter: Starter, tenant: Tenant | None) -> str:
    """The first kind of action that the plan has; empty where there is none."""
    event = offers.find_event(starter.event, tenant)
    if event is None:
        return ""
    there = {kind.key for kind in offered_kinds(event, tenant)}
    return next((key for key in starter.actions if key in there), "")


def rule_of(starter: Starter, tenant: Tenant | None) -> Rule:
    """What is stored of a starter that is offered, in the active language."""
    kind = kind_of(starter, tenant)
    settings = {
        name: value if isinstance(value, bool) else str(value)
        for name, value in starter.actions[kind].items()
    }
    return Rule(
        name=str(starter.name)[:80],
        event=starter.event,
        conditions=[
            {"field": name, "is_not": False, "values": list(values)}
            for name, values in starter.conditions
        ],
        actions=[(kind, settings)],
        amount=starter.amount,
        unit=starter.unit,
        side=starter.side,
    )
