"""The channels: what a message is on each, whom it reaches, and what it costs."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from plans.event_types import Person
from saas.core.errors import Sentence
from workflows.channels import phones, units

EMAIL, SMS, WHATSAPP, WEBHOOK = "email", "sms", "whatsapp", "webhook"
BY_PHONE = (SMS, WHATSAPP)
"""Those that reach somebody at a phone number."""


@dataclass(frozen=True)
class Channel:
    """`address_of(person, country)` is where it reaches somebody, or None. `units_of(text)`: decision D12.

    `capability` and `limit` are empty for what the plan does not count.
    """

    key: str
    label: Sentence
    icon: str
    capability: str
    limit: str
    address_of: Callable[[Person, str], str | None]
    units_of: Callable[[str], int]
    none_left: Sentence = ""
    """“SMS”, as in “has asked for no more …”."""


def normal_email(raw: str) -> str | None:
    """In small letters; None for what is no address."""
    address = raw.strip().lower()
    try:
        validate_email(address)
    except ValidationError:
        return None
    return address


def _phone_of(person: Person, country: str) -> str | None:
    return phones.normal(person.phone, country)


def _one(_text: str) -> int:
    return 1


CHANNELS: dict[str, Channel] = {
    channel.key: channel
    for channel in (
        Channel(
            EMAIL,
            _("E-mail"),
            "mail",
            "workflows.email",
            "emails_per_month",
            lambda person, _country: normal_email(person.email),
            _one,
            _("e-mails"),
        ),
        Channel(
            SMS,
            _("SMS"),
            "message-square-text",
            "workflows.sms",
            "sms_per_month",
            _phone_of,
            lambda text: units.count(text).units,
            _("SMS"),
        ),
        Channel(
            WHATSAPP,
            _("WhatsApp"),
            "message-circle",
            "workflows.whatsapp",
            "whatsapp_per_month",
            _phone_of,
            _one,
            _("WhatsApp messages"),
        ),
        Channel(
            WEBHOOK,
            _("Webhook"),
            "webhook",
            "workflows.webhook",
            "",
            lambda _person, _country: None,
            _one,
        ),
    )
}
